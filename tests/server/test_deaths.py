from __future__ import annotations

import itertools

import pytest

from kresume_nb.server.deaths import Deaths


class System:
    """A clock that ticks, and what the system counts."""

    def __init__(self):
        self.kills = 0
        self.named: set[int] = set()
        ticks = itertools.count(1.0)
        self.deaths = Deaths(lambda: next(ticks), lambda: self.kills, lambda pid: pid in self.named)


@pytest.fixture
def system():
    return System()


def test_the_process_that_was_there_at_a_time_has_the_first_death_after_it(system):
    deaths = system.deaths
    deaths.began("a")
    deaths.died("a", 10, -11)
    deaths.began("a")
    deaths.died("a", 11, 3)
    assert deaths.first_after("a", 0.5).status == -11
    assert deaths.first_after("a", 1.5).status == 3
    assert deaths.first_after("a", 2.5) is None
    assert deaths.first_after("b", 0) is None


def test_a_kill_while_the_counter_grew_was_most_likely_for_want_of_memory(system):
    system.deaths.began("a")
    system.kills = 1
    system.deaths.died("a", 10, -9)
    assert system.deaths.first_after("a", 0).memory


@pytest.mark.parametrize("status", [-11, 1, None])
def test_another_end_was_not(system, status):
    system.deaths.began("a")
    system.kills = 1
    system.deaths.died("a", 10, status)
    assert not system.deaths.first_after("a", 0).memory


def test_nor_was_one_whose_counter_had_grown_before(system):
    system.kills = 4
    system.deaths.began("a")
    system.deaths.died("a", 10, -9)
    assert not system.deaths.first_after("a", 0).memory


def test_one_kill_accounts_for_one_kernel(system):
    system.deaths.began("a")
    system.deaths.began("b")
    system.kills = 1
    system.deaths.died("a", 10, -9)
    system.deaths.died("b", 11, -9)
    assert system.deaths.first_after("a", 0).memory
    assert not system.deaths.first_after("b", 0).memory


def test_the_systems_log_says_so_where_the_counter_does_not(system):
    system.kills = None
    system.deaths.began("a")
    system.named = {10}
    system.deaths.died("a", 10, -9)
    assert system.deaths.first_after("a", 0).memory


TOLD = {"alone": ["restart"], "with its parts": ["shutdown", "start", "restart"]}


def tell(deaths, actions):
    for action in actions:
        if action == "start":
            deaths.began("a")
        else:
            deaths.asked("a", action)


@pytest.mark.parametrize("actions", TOLD.values(), ids=TOLD)
def test_each_restart_that_was_asked_for_is_told_once(system, actions):
    deaths = system.deaths
    deaths.began("a")
    tell(deaths, actions)
    assert deaths.first_after("a", 0).asked == "restart"
    assert deaths.first_after("a", 1.5) is None
    tell(deaths, actions)
    assert deaths.first_after("a", 1.5).asked == "restart"
    assert deaths.first_after("a", 2.5) is None


@pytest.mark.parametrize("actions", TOLD.values(), ids=TOLD)
def test_a_restart_after_a_death_is_not_what_ended_it(system, actions):
    deaths = system.deaths
    deaths.began("a")
    deaths.died("a", 10, -9)
    tell(deaths, actions)
    assert deaths.first_after("a", 0).status == -9
    assert deaths.first_after("a", 1.5) is None
    deaths.died("a", 11, 3)
    assert deaths.first_after("a", 1.5).status == 3


def test_only_so_many_are_remembered(system):
    for number in range(600):
        system.deaths.began(f"k{number}")
        system.deaths.died(f"k{number}", None, 1)
    assert system.deaths.first_after("k0", 0) is None
    assert system.deaths.first_after("k599", 0) is not None
