"""Leaves secrets out of the sources of cells before they are written to `run.json`. Pure.

A run folder is copied, shared and committed; the cells that set a training up often hold a key. What
looks like one is replaced by `<masked>`. Whoever compares a cell with a recorded one masks both, so
that a new key is no change of the cell. The page's twin is `labextension/src/runs/masking.ts`; the
cases in `tests/golden/masking.json` hold both to the same answer.

Of a cell that is not to be stored at all a digest stands in its place, which is compared likewise. So
it does of a cell that first ran after the training: a resume runs it only where the notebook has it.

It is a net with holes: a secret that looks like any other text goes through.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from kresume_nb.run.records import Cell, Header

MASK = "<masked>"

_PATTERNS = (
    # Tokens that tell what they are by their beginning: AWS, GitHub, Hugging Face, OpenAI, Slack,
    # Google, and JSON web tokens.
    (
        r"()(\b(?:(?:AKIA|ASIA)[0-9A-Z]{16}\b|gh[pousr]_[0-9A-Za-z]{20,}|github_pat_[0-9A-Za-z_]{20,}"
        r"|hf_[0-9A-Za-z]{20,}|sk-[0-9A-Za-z_-]{20,}|xox[abprs]-[0-9A-Za-z-]{10,}|AIza[0-9A-Za-z_-]{30,}"
        r"|eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}))()"
    ),
    # Weights & Biases' keys: forty hexadecimal digits in quotes.
    r"""(["'])([0-9a-f]{40})(["'])""",
    # A password in an address.
    r"""(://[^\s/:@"']+:)([^\s/@"']+)(@)""",
    r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)([\s\S]{1,4000}?)(-----END)",
    # What is given to a name that says so, in Python, in a dict, or as an argument.
    (
        r"""((?:[Aa][Pp][Ii]_?[Kk][Ee][Yy]|[Ss][Ee][Cc][Rr][Ee][Tt]|[Tt][Oo][Kk][Ee][Nn](?![Ii][Zz])"""
        r"""|[Pp][Aa][Ss][Ss][Ww](?:[Oo][Rr])?[Dd]|[Pp][Ww][Dd]|[Cc][Rr][Ee][Dd][Ee][Nn][Tt][Ii][Aa][Ll]"""
        r"""|(?:[Pp][Rr][Ii][Vv][Aa][Tt][Ee]|[Aa][Cc][Cc][Ee][Ss][Ss])_?[Kk][Ee][Yy])[0-9A-Za-z_]*"""
        r"""["']?\]?\s*[=:]\s*["'])([^"'\n]+)(["'])"""
    ),
    # The environment of the process, but for settings of the libraries in use; and a login.
    (
        r"""(os\.environ\[(?!["']?(?:KERAS|TF|CUDA|NVIDIA|JAX|XLA|TORCH|PYTORCH|OMP|MKL|OPENBLAS|MPL"""
        r"""|PYTHON|KRESUME))[^\]\n]+\]\s*=\s*["'])([^"'\n]+)(["'])"""
    ),
    r"""(\blogin\(\s*(?:[a-z_]+\s*=\s*)?["'])([^"'\n]+)(["'])""",
    r"(%(?:set_)?env[ ]+(?!(?:KERAS|TF|CUDA|NVIDIA|JAX|XLA|TORCH|KRESUME))[0-9A-Za-z_]+(?:=|[ ]+)[ ]*)([^\s]+)()",
)
"""Each with three groups: what stays before, the secret, what stays after."""
_DIGEST = re.compile(r"<not stored: sha256 [0-9a-f]{64}>")
_SURROGATE = re.compile("[\ud800-\udfff]")
_COMPILED = [re.compile(pattern) for pattern in _PATTERNS]


def masked(source: str) -> str:
    """The source with every secret that is recognized replaced. Masking it again changes nothing.

    >>> masked('os.environ["WANDB_API_KEY"] = "0123"')
    'os.environ["WANDB_API_KEY"] = "<masked>"'
    """
    for pattern in _COMPILED:
        source = pattern.sub(rf"\g<1>{MASK}\g<3>", source)
    return source


def same_source(one: str, other: str) -> bool:
    """Whether two sources are the same cell's, secrets aside; either may be its digest.

    IPython tells the source of a cell that ran early without its last newlines.
    """
    if _DIGEST.fullmatch(one) or _DIGEST.fullmatch(other):
        return digest(one) == digest(other)
    return _bare(one) == _bare(other)


def digest(source: str) -> str:
    """What stands in the place of a source that is not stored; of a digest itself.

    >>> digest("x = 1")[:35]
    '<not stored: sha256 aa81b7f48be08dcf'
    """
    if _DIGEST.fullmatch(source):
        return source
    text = _SURROGATE.sub("\ufffd", _bare(source))
    return f"<not stored: sha256 {hashlib.sha256(text.encode()).hexdigest()}>"


def _bare(source: str) -> str:
    return masked(source).rstrip("\n")


def without_secrets(header: Header, *, keep_sources: bool = True) -> Header:
    """The header as it is written.

    Args:
        keep_sources: False for digests in the place of all sources.
    """

    def stored(cell: Cell) -> Cell:
        change = masked if keep_sources and not cell.late else digest
        return replace(cell, source=change(cell.source))

    cell = None if header.cell is None else stored(header.cell)
    return replace(header, cell=cell, setup=[stored(one) for one in header.setup])
