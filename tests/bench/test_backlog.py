"""The simulation of the backlog: the same cases and checks under each order, and less harm under ours."""

import json
import random

import pytest

from bench import backlog


def test_less_harm_no_more_late_and_the_same_checks(capsys: pytest.CaptureFixture[str]) -> None:
    assert backlog.run(["--cases", "200"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    figures = told["figures"]
    assert told["barred"] > 10
    assert figures["ours in share of first come"] < 0.75
    assert figures["checks done differently from first come"] == figures["decided before a check"] == 0
    assert backlog.run(["--cases", "200"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == told


def test_a_decision_before_its_check_would_be_seen() -> None:
    terms, cases = backlog.arrivals(60, 1.0, random.Random(1))
    done = backlog.simulate(cases, terms, backlog.ORDERS["first come"])
    assert done.checked is not None
    assert sum(done.checked.values()) == sum(len(one.checks) for one in cases) > 0
    skipped = [backlog.Arrival(one.key, one.lane, one.at, one.due_at, one.curve, ()) for one in cases]
    less = backlog.simulate(skipped, terms, backlog.ORDERS["first come"])
    assert backlog._differ(done, less) == sum(done.checked.values())
