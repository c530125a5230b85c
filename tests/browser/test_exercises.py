"""Exercises in a browser at both widths: planned, started, watched, evaluated, acted upon."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from escalation import running
from escalation.models import Exercise
from escalation.services import exercises
from members.models import Role, User
from tests.browser.conftest import follow
from tests.browser.test_clocks import keep
from tests.browser.test_duty import become
from tests.escalation.test_exercises_answered import FUNCTIONAL
from tests.escalation.test_exercises_kept import CARD, PLANNED, printing

__all__ = ["become"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OfficerOf = Callable[..., User]
QUESTION = {
    "question": "001:1:0:FR:trade", "member": "FR", "ministry": "trade", "tier": 0, "opened": 12.5, "due": 60.5,
    "title": "Accelerator card for scientific computing", "item": "3A090", "quantity": "4", "binding": True,
    "buyer": "Straits Optics Institute 1", "country": "SG", "military": False, "lead": "DE",
    "purpose": "Accelerator card for scientific computing, installed and run by the buyer's own staff in Straits.",
}  # fmt: skip


def test_an_exercise_from_plan_to_what_is_to_be_done(
    in_force: None, officer_of: OfficerOf, page: Page, live_server, become, check
) -> None:
    planner = officer_of("DE", Role.DECIDER)
    become(planner)
    check(f"{live_server.url}/workbench/exercises/")
    follow(page.get_by_role("button", name="Plan an exercise"))
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
    follow(page.get_by_role("button", name="Write down what it showed"))
    check(page.url)
    page.get_by_label("What was found").fill("France was silent and nobody stood in for it.")
    page.get_by_role("button", name="Save").click()
    follow(page.get_by_role("button", name="Enter something to do"))
    check(page.url)
    page.goto(f"{live_server.url}/workbench/exercises/{found.uid}/")
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_text("The exercise is closed.")).to_be_visible()
    check(f"{live_server.url}/workbench/exercises/")


def test_a_table_top_in_a_browser(
    in_force: None, officer_of: OfficerOf, page: Page, live_server, become, check
) -> None:
    planner, french = officer_of("DE", Role.DECIDER), officer_of("FR")
    become(planner)
    page.goto(f"{live_server.url}/workbench/exercises/new/")
    page.get_by_label("What it is called").fill("Port closed")
    page.get_by_label("Table-top exercise").check()
    page.get_by_label("What the members are told").fill("0-24 The port of Singapore closes for a week.")
    keep(page, "plan")
    page.get_by_role("button", name="Plan it").click()
    page.get_by_role("button", name="Start it").click()
    expect(page.get_by_text("Nobody has answered yet.")).to_be_visible()
    home = page.url
    check(home)
    become(french)
    page.goto(home)
    follow(page.get_by_role("button", name="Say what you would do"))
    check(page.url)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    page.get_by_label("At which hour of the exercise").fill("6")
    page.get_by_label("No objection").check()
    page.get_by_label("By which rule").fill("Regulation (EU) 2021/821, Article 4")
    page.get_by_label("What you would do, and why").fill("We ask the port and let the goods wait for it.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your authority has answered this already.")).to_be_visible()
    keep(page, "table")
    become(planner)
    page.goto(home)
    page.get_by_role("button", name="Close this situation").click()
    expect(page.get_by_role("heading", name="Scorecard")).to_be_visible()
    check(home)
    keep(page, "table-card")
    check(f"{live_server.url}/workbench/charters/in-force/crisis-48-24-12/")
    keep(page, "charter")
    check(f"{live_server.url}/workbench/readiness/")
    keep(page, "readiness")


def test_the_questions_of_a_functional_exercise_in_a_browser(
    in_force: None, officer_of: OfficerOf, page: Page, live_server, become, check
) -> None:
    planner = officer_of("DE", Role.DECIDER)
    exercise = exercises.plan(actor=planner, **{**FUNCTIONAL, "number": 7})
    exercises.start(actor=planner, exercise=exercise)
    halfway = {**CARD, "until": 30, "cases": {**CARD["cases"], "open": 2}, "questions": [QUESTION]}
    running.run_waiting(printing(halfway))
    become(officer_of("FR"))
    home = f"{live_server.url}/workbench/exercises/{exercise.uid}/"
    check(home)
    keep(page, "functional")
    follow(page.get_by_role("link", name="FR (trade)"))
    check(page.url)
    keep(page, "answer")
    page.get_by_label("No objection").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("No objection, hour 30.0")).to_be_visible()
    become(planner)
    page.goto(home)
    follow(page.get_by_role("button", name="Let it go on"))
    check(page.url)
    page.get_by_label("Until which hour").fill("60")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It waits for a worker")).to_be_visible()
    assert Exercise.objects.get(pk=exercise.pk).plan["told"][0]["question"] == QUESTION["question"]
