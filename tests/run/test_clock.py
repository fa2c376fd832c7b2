"""The golden folders hold the page's clock to the same; here is what the numbers mean."""

from __future__ import annotations

from dataclasses import replace

from kresume_nb.run.fold import Fold


def seconds(events):
    return Fold().feed(events).summary("x").seconds


def test_dead_time_is_cut_out(generate):
    at = generate.at
    first = [generate.start(), replace(generate.epoch(1, 0.5), time=1010.0)]
    again = [
        replace(generate.start(at(1), "epoch-0001.keras"), time=5000.0),
        replace(generate.epoch(2, 0.25), time=5007.0),
    ]
    assert seconds(first + again) == [10.0, 17.0]


def test_a_pause_is_cut_out(generate):
    at = generate.at
    events = [
        generate.start(),
        replace(generate.control("pause", at(0, 1)), time=1004.0),
        replace(generate.control("continue", at(0, 1)), time=1104.0),
        replace(generate.epoch(1, 0.5), time=1110.0),
    ]
    assert seconds(events) == [10.0]


def test_time_never_goes_back_with_the_computers_clock(generate):
    events = [
        generate.start(),
        replace(generate.epoch(1, 0.5), time=1010.0),
        replace(generate.epoch(2, 0.5), time=900.0),
        replace(generate.epoch(3, 0.5), time=1011.0),
    ]
    assert seconds(events) == [10.0, 10.0, 11.0]
