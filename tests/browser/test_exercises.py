"""Exercises in a browser at both widths: planned, started, watched, evaluated, acted upon."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from escalation import running
from escalation.models import Exercise
from escalation.services import exercises
from members.models import Role, User
from tests.browser.test_duty import become
from tests.escalation.test_exercises_kept import CARD, PLANNED, printing

__all__ = ["become"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OfficerOf = Callable[..., User]


def test_an_exercise_from_plan_to_what_is_to_be_done(
    in_force: None, officer_of: OfficerOf, page: Page, live_server, become, check
) -> None:
    planner = officer_of("DE", Role.DECIDER)
    become(planner)
    check(f"{live_server.url}/workbench/exercises/")
    page.get_by_role("button", name="Plan an exercise").click()
    check(page.url)
    page.get_by_label("What it is called").fill(PLANNED["title"])
    page.get_by_label("Number").fill("7")
    page.get_by_label("What goes wrong").fill("flood")
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    page.get_by_label("What goes wrong").fill("silent:FR@24-72")
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_role("heading", name="Autumn drill")).to_be_visible()
    page.get_by_role("button", name="Start it").click()
    expect(page.get_by_text("It waits for a worker")).to_be_visible()
    found = Exercise.objects.get()
    exercises.note_progress(exercise_id=found.pk, progress={"hour": 30, "until": 504, "filed": 4})
    expect(page.get_by_text("It is hour 30 of at most 504")).to_be_visible()
    check(page.url)
    Exercise.objects.filter(pk=found.pk).update(lease_until=None)
    running.run_waiting(printing(CARD))
    expect(page.get_by_role("heading", name="Scorecard")).to_be_visible()
    check(page.url)
    page.get_by_role("button", name="Write down what it showed").click()
    check(page.url)
    page.get_by_label("What was found").fill("France was silent and nobody stood in for it.")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Enter something to do").click()
    check(page.url)
    page.goto(f"{live_server.url}/workbench/exercises/{found.uid}/")
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_text("The exercise is closed.")).to_be_visible()
    check(f"{live_server.url}/workbench/exercises/")
