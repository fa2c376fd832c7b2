"""Runs side by side, in a real JupyterLab: all on one server."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import comparisons
import lab
import matplotlib.image
import numpy as np
import pytest
from album import begun
from playwright.sync_api import expect

from kresume_nb.run import layout
from kresume_nb.run.records import End, Epoch, Position
from kresume_nb.run.run_state import read_state

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
KEYS = ["adam-001", "sgd-001", "rmsprop-001", "adam-002", "adam-003"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("compare")
    adam, *_ = comparisons.family(place / "kresume_runs")
    comparisons.with_weights(adam)
    odd(place)
    return place


def odd(place: Path) -> None:
    """Runs that are not like the others: damaged, newer, with other metrics, of the same name."""
    runs = place / "kresume_runs"
    broken = runs / "broken-001"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    newer = comparisons.written(runs, comparisons.Plan(base="newer"))
    for name in ("run.json", "history.json"):
        text = (newer / name).read_text()
        assert '"schema":' in text
        (newer / name).write_text(re.sub(r'"schema":\s*\d+', '"schema":99', text))
    other = comparisons.Plan(base="other", metrics=("perplexity",), epochs=4)
    comparisons.written(runs, other)
    comparisons.written(place / "elsewhere", comparisons.Plan(base="adam", epochs=3, seed=9))
    # As a version wrote it that knew neither steps nor seconds of epochs.
    older = comparisons.written(runs, comparisons.Plan(base="older", epochs=5))
    document = json.loads((older / "history.json").read_text())
    for name in ("step", "time", "seconds", "journal", "lacking", "inherited"):
        del document["kresume"][name]
    (older / "history.json").write_text(json.dumps(document))


@pytest.fixture(scope="module")
def served(root: Path) -> Iterator[lab.Lab]:
    with lab.Lab(root) as started:
        yield started


def opened(page: Any, served: lab.Lab, names: list[str], **more: Any) -> Any:
    """The comparison of these runs, complete."""
    begun(page, served)
    args = {"runs": [f"kresume_runs/{name}" for name in names], **more}
    page.evaluate("args => void window.jupyterapp.commands.execute('kresume:compare', args)", args)
    return complete(page)


def complete(page: Any) -> Any:
    page.locator(".kr-Compare[data-complete=true]").wait_for()
    page.wait_for_function("() => document.querySelector('.kr-CompareChart')?.dataset.curves")
    return page.locator(".kr-Compare")


def test_runs_are_overlaid_and_one_that_cannot_be_read_is_named(page: Any, served: lab.Lab) -> None:
    view = opened(page, served, [*KEYS, "broken-001"])
    chart = view.locator(".kr-CompareChart").first
    expect(chart).to_have_attribute("data-curves", "5")
    expect(view).to_contain_text("run.json is damaged")

    # By keyboard: along a curve, and what can be done from a point of it.
    chart.locator(".kr-Chart-plot").focus()
    page.keyboard.press("Home")
    expect(view.locator(".kr-Compare-said[role=status]")).to_contain_text("epoch 1")
    expect(chart.locator(".kr-CompareChart-value")).to_contain_text("adam-001")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    menu = view.get_by_role("menu")
    expect(menu).to_be_visible()
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run('.kr-Compare')")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
    menu.get_by_role("menuitem", name="Pin the checkpoint").click()
    expect(view.locator(".kr-Compare-told")).to_contain_text("Pinned epoch-0020.keras")
    marks = json.loads((served.root / "kresume_runs/adam-001/marks.json").read_text())
    assert marks["checkpoints"] == ["epoch-0020.keras"]

    # Off in the legend is off in the charts.
    view.get_by_role("button", name="sgd-001", exact=True).first.click()
    expect(chart).to_have_attribute("data-curves", "4")

    # Under the mouse: a point on every chart, values only on this one, also when it is drawn anew.
    charts = view.locator(".kr-CompareChart")
    chart.locator(".u-over").hover()
    expect(view.locator(".kr-CompareChart-dot:visible")).to_have_count(charts.count())
    view.get_by_role("button", name="rmsprop-001", exact=True).first.dispatch_event("click")
    expect(view.locator(".kr-CompareChart[data-curves='3']")).to_have_count(charts.count())
    expect(view.locator(".kr-CompareTip:visible")).to_have_count(1)


def test_the_table_sorts_and_what_differs_is_shown(page: Any, served: lab.Lab) -> None:
    view = opened(page, served, KEYS)
    table = view.locator("[data-section=runs]")
    table.get_by_role("button", name="best").first.click()
    expect(table.locator("th[aria-sort=ascending]")).to_contain_text("best")
    first = table.locator("tbody tr").first
    expect(first).to_contain_text("adam-00")
    differs = view.locator("[data-section=differences]")
    expect(differs.locator("tbody th").first).to_have_text("fit.epochs")
    expect(differs).not_to_contain_text("model.architecture")
    differs.get_by_label("only what differs").uncheck()
    expect(differs).to_contain_text("model.architecture")
    expect(differs.locator("ins")).to_contain_text(["Dense(128"])
    expect(differs.locator("del")).to_contain_text(["Dense(64"])
    lineage = view.locator("[data-section=lineage]")
    assert lineage.locator(".kr-CompareTree-branch").count() == 2


def test_a_link_restores_the_view_and_numbers_can_be_had(page: Any, served: lab.Lab) -> None:
    view = opened(page, served, KEYS[:2])
    page.get_by_role("radiogroup", name="x axis").get_by_role("radio", name="examples").check(
        force=True
    )
    view.get_by_role("button", name="Copy link").click()
    page.wait_for_function("() => document.querySelector('.kr-Compare').dataset.link")
    link = view.get_attribute("data-link")
    with page.expect_download() as saved:
        view.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(Path(saved.value.path()).read_text().splitlines()))
    assert len(rows) == 40
    assert {row["run"] for row in rows} == {"adam-001", "sgd-001"}
    trained = read_state(served.root / "kresume_runs" / "adam-001").history["val_loss"]
    told = [float(row["val_loss"]) for row in rows if row["run"] == "adam-001"]
    assert told == trained
    with page.expect_download() as saved:
        view.get_by_role("button", name="PNG").click()
    picture = matplotlib.image.imread(io.BytesIO(Path(saved.value.path()).read_bytes()), "png")
    assert picture.shape[1] == 2 * 2 * 640
    assert len(np.unique(picture.reshape(-1, picture.shape[2]), axis=0)) > 50
    with page.expect_download() as saved:
        view.get_by_role("button", name="SVG").click()
    drawing = ET.fromstring(Path(saved.value.path()).read_text())  # noqa: S314  # ours
    words = [node.text for node in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert {"val_loss", "loss", "adam-001", "sgd-001", "examples seen"} <= set(words)
    page.goto(f"{link}&token={lab.TOKEN}&reset")
    again = complete(page)
    expect(again.get_by_role("radio", name="examples")).to_be_checked()
    expect(again.locator(".kr-CompareChart").first).to_have_attribute("data-curves", "2")


def test_which_layers_still_move(page: Any, served: lab.Lab) -> None:
    view = opened(page, served, KEYS[:1])
    section = view.locator("[data-section=checkpoints]")
    section.locator("summary").click()
    heat = section.locator(".kr-CompareHeat")
    expect(heat.locator("tbody tr")).to_have_count(len(comparisons.LAYERS))
    expect(heat.locator("tbody tr").last).to_contain_text("✕")
    heat.locator("thead button").first.click()
    layers = section.locator("table").last
    expect(layers).to_contain_text("conv2d")
    layers.get_by_role("button", name="conv2d").click()
    layers.get_by_role("button", name="Histogram of conv2d").first.click()
    expect(layers.locator(".kr-CompareBars svg")).to_be_visible()
    # A checkpoint that cannot be read is left out and said, and the others are shown.
    damaged = served.root / "kresume_runs" / "adam-001" / layout.CHECKPOINTS / "epoch-0018.keras"
    damaged.write_bytes(b"PK")
    again = opened(page, served, KEYS[:1]).locator("[data-section=checkpoints]")
    again.locator("summary").click()
    expect(again.locator(".kr-CompareHeat tbody tr")).to_have_count(len(comparisons.LAYERS))
    expect(again).to_contain_text("Left out: epoch-0018.keras")


def test_without_the_server_s_extension_runs_are_compared_and_checkpoints_by_a_cell(
    page: Any, served: lab.Lab
) -> None:
    page.route("**/kresume/**", lambda route: route.fulfill(status=404))
    view = opened(page, served, KEYS[:2])
    expect(view.locator(".kr-CompareChart").first).to_have_attribute("data-curves", "2")
    section = view.locator("[data-section=checkpoints]")
    section.locator("summary").click()
    expect(section).to_contain_text("this server does not have it")
    expect(section.get_by_role("button", name="Insert a cell")).to_be_visible()
    assert section.locator(".kr-CompareHeat").count() == 0


def test_runs_that_have_little_in_common_are_shown_for_what_they_are(
    page: Any, served: lab.Lab
) -> None:
    odd_ones = ["other-001", "older-001", "newer-001", "../elsewhere/adam-001"]
    paths = ["elsewhere/adam-001" if ".." in name else f"kresume_runs/{name}" for name in odd_ones]
    view = opened(page, served, [], runs=["kresume_runs/adam-001", *paths])
    expect(view).to_have_attribute("data-runs", "4")
    expect(view).to_contain_text("was written in layout version 99")
    expect(view.locator(".kr-Panel-empty")).to_contain_text("no metric in common")
    legend = view.locator(".kr-CompareLegend")
    for name in ("kresume_runs/adam-001", "elsewhere/adam-001", "older-001"):
        expect(legend.get_by_role("button", name=name, exact=True)).to_be_visible()
    # What an older version left out is in the journal.
    row = view.locator("[data-section=runs] tr[data-run='kresume_runs/older-001']")
    expect(row).to_contain_text("300")  # steps
    charts = view.locator(".kr-CompareChart")
    curves = {
        chart.get_attribute("data-metric"): chart.get_attribute("data-curves")
        for chart in charts.all()
    }
    assert curves["loss"] == "3"
    assert view.locator("[data-section=runs] tbody tr").count() == 5


def test_a_run_that_is_being_written_grows_in_the_view(page: Any, served: lab.Lab) -> None:
    plan = comparisons.Plan(base="live", epochs=3, asked=5, status="running")
    with comparisons.told(served.root / "kresume_runs", plan) as written:
        view = opened(page, served, ["adam-001", written.path.name])
        row = view.locator(f"[data-section=runs] tr[data-run$='{written.path.name}']")
        expect(row).to_contain_text("3 of 5")
        expect(row).to_contain_text("Running")
        logs = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy"), 0.25)
        for number in (4, 5):
            written.append(
                Epoch(time=1.76e9 + number, epoch=number, step=60 * number, logs=logs,
                      learning_rate=0.001, seconds=3.0)
            )  # fmt: skip
        expect(row).to_contain_text("300")
        written.append(
            End(time=1.76e9 + 9, status="finished", position=Position(epoch=5, batch=0, step=300),
                reason="completed")
        )  # fmt: skip
        expect(row).to_contain_text("Finished")
        expect(row).to_contain_text("0.25")


def test_a_reload_brings_the_tab_back_as_it_was(page: Any, served: lab.Lab) -> None:
    view = opened(page, served, ["rmsprop-001", "adam-002"])
    page.get_by_role("radiogroup", name="x axis").get_by_role("radio", name="step").check(
        force=True
    )
    view.get_by_role("button", name="adam-002", exact=True).first.click()
    # JupyterLab saves a tab at once, and which tabs there are a little later.
    saved = """async () => {
        const { data } = await window.jupyterapp.serviceManager.workspaces.fetch('default');
        const name = 'kresume-compare:kresume_runs/rmsprop-001\\nkresume_runs/adam-002';
        const { view } = data[name]?.data ?? {};
        const open = data['layout-restorer:data']?.main?.dock?.widgets ?? [];
        return view?.x === 'step' && view.hidden?.length === 1 && open.includes(name);
    }"""
    lab.wait_for(lambda: page.evaluate(saved), 30, "The tab was not saved")
    page.goto(f"{served.url}/lab?token={lab.TOKEN}")
    again = complete(page)
    expect(again.get_by_role("radio", name="step")).to_be_checked()
    expect(again.locator(".kr-CompareChart").first).to_have_attribute("data-curves", "1")


def test_from_a_point_its_checkpoint_is_saved_or_laid_beside_another(
    page: Any, served: lab.Lab
) -> None:
    view = opened(page, served, ["adam-001"])
    chart = view.locator(".kr-CompareChart").first.locator(".kr-Chart-plot")

    def choose(key: str, name: str) -> None:
        chart.focus()
        page.keyboard.press(key)
        page.keyboard.press("Enter")
        view.get_by_role("menu").get_by_role("menuitem", name=name).click()

    with page.expect_download() as saved:
        choose("End", "Download epoch-0020.keras")
    kept = served.root / "kresume_runs" / "adam-001" / layout.CHECKPOINTS / "epoch-0020.keras"
    assert Path(saved.value.path()).read_bytes() == kept.read_bytes()
    choose("End", "Choose it to lay beside another")
    choose("Home", "Lay it beside the checkpoint chosen before")
    layers = view.locator("[data-section=checkpoints] table").last
    expect(layers).to_contain_text("conv2d")
    expect(layers.locator("tbody tr").first).to_contain_text("24")


def test_long_runs_come_as_their_extremes_until_somebody_looks_closer(
    page: Any, served: lab.Lab
) -> None:
    plan = comparisons.Plan(base="long", epochs=4200, metrics=("loss",), every=1000)
    first = comparisons.written(served.root / "kresume_runs", plan)
    names = [first.name]
    for number in range(2, 14):
        copy = first.with_name(f"long-{number:03d}")
        shutil.copytree(first, copy)
        names.append(copy.name)
    whole: list[str] = []
    page.on("request", lambda one: "history.json" in one.url and whole.append(one.url))
    view = opened(page, served, names)
    note = "Long curves are drawn through their least and greatest values"
    expect(view).to_contain_text(note)
    assert whole == []
    over = view.locator(".kr-CompareChart .u-over").first
    box = over.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 60, steps=4)
    page.mouse.up()
    expect(view).not_to_contain_text(note)
    assert len(whole) == len(names)
