"""Pre-positions and emergency requests in a browser: every page at both widths, and both jobs done by hand."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from core import clock
from escalation.models import Preposition
from escalation.services import prepositions
from ledger.testing import run_deliveries
from licensing.models import Case
from licensing.services import applications
from members.models import Organisation, Role, User
from tests import journeys
from tests.browser.test_workbench import SignIn, sign_in
from tests.licensing.conftest import OfficerOf
from tests.licensing.test_emergencies import wanted

__all__ = ["sign_in"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_force"),
]


def deposit(author: User, second: User) -> Preposition:
    made = prepositions.propose(
        actor=author, trigger="consultation", crisis="", expression="'6A003' in control_codes && score < 60",
        kind="approve_with_conditions", summary="Seen before, at the same end-user.",
        conditions=[{"code": "no_reexport"}], valid_until=clock.today() + timedelta(days=200),
    )  # fmt: skip
    return prepositions.countersign(actor=second, preposition=made)


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("ENTENTE_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}-320.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.slow
def test_every_page_is_accessible_and_fits(
    live_server, page: Page, check, sign_in: SignIn, officer_of: OfficerOf, exporter: User,
    organisation: Organisation,
) -> None:  # fmt: skip
    author, second = officer_of("FR", Role.DECIDER), officer_of("FR", Role.COUNTERSIGNER)
    made = deposit(author, second)
    case = journeys.file(exporter, organisation, journeys.dossier(emergency=wanted()))
    draft = applications.start(actor=exporter, organisation=organisation, dossier=journeys.dossier())
    home = f"{live_server.url}/workbench/"
    pages = {
        author: {
            "list": f"{home}prepositions/",
            "new": f"{home}prepositions/new/",
            "opened": f"{home}prepositions/{made.reference}/",
            "withdraw": f"{home}prepositions/{made.reference}/withdraw/",
            "consultations": f"{home}cases/{case.reference}/consultations/",
        },
        officer_of("JP", Role.DECIDER): {"sealed": f"{home}prepositions/{made.reference}/"},
        officer_of("DE"): {
            "queue": home,
            "emergencies": f"{home}emergencies/",
            "triage": f"{home}cases/{case.reference}/emergency/",
        },
        exporter: {
            "asking": f"{live_server.url}/applications/{draft.reference}/emergency/",
            "waiting": f"{live_server.url}/applications/{case.application.reference}/",
        },
    }
    for person, addresses in pages.items():
        sign_in(page, person)
        for name, address in addresses.items():
            check(address)
            picture(page, name)


def test_a_position_is_deposited_at_320_px_without_javascript(
    live_server, plain_page: Page, sign_in: SignIn, officer_of: OfficerOf, exporter: User,
    organisation: Organisation,
) -> None:  # fmt: skip
    page, home = plain_page, f"{live_server.url}/workbench/prepositions/"
    page.set_viewport_size({"width": 320, "height": 700})
    before = journeys.file(exporter, organisation)
    sign_in(page, officer_of("FR", Role.DECIDER))
    page.goto(home)
    page.get_by_role("button", name="Deposit a position").click()
    page.get_by_label("What has to be true of the case").fill("score <")
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not an expression")
    page.get_by_label("What has to be true of the case").fill("score < 60")
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_role("heading", name="True of 1 open case")).to_be_visible()
    expect(page.get_by_role("link", name=before.reference)).to_be_visible()
    page.get_by_label("No objection").check()
    until = clock.today() + timedelta(days=30)
    for part, value in (("Day", until.day), ("Month", until.month), ("Year", until.year)):
        page.get_by_role("group", name="Valid until the end of").get_by_label(part).fill(str(value))
    page.get_by_role("button", name="Seal it").click()
    expect(page.get_by_text("is sealed and waits for a countersignature")).to_be_visible()
    where = page.url
    sign_in(page, officer_of("FR", Role.COUNTERSIGNER))
    page.goto(where)
    page.get_by_role("button", name="Countersign and deposit").click()
    expect(page.get_by_text("All members know its commitment now")).to_be_visible()
    journeys.file(exporter, organisation)
    run_deliveries()
    sign_in(page, officer_of("DE"))
    page.goto(where)
    expect(page.get_by_text("Commitment verifies")).to_be_visible()


def test_an_emergency_is_asked_for_and_triaged_at_320_px_without_javascript(
    live_server, plain_page: Page, sign_in: SignIn, officer_of: OfficerOf, exporter: User,
    organisation: Organisation,
) -> None:  # fmt: skip
    page = plain_page
    page.set_viewport_size({"width": 320, "height": 700})
    draft = applications.start(actor=exporter, organisation=organisation, dossier=journeys.dossier())
    sign_in(page, exporter)
    page.goto(f"{live_server.url}/applications/{draft.reference}/")
    page.get_by_role("link", name="Emergency handling").click()
    page.get_by_role("group", name="Do you ask for emergency handling?").get_by_label("Yes").check()
    asked = wanted()
    page.get_by_label("Why is it an emergency?").fill(asked["reason"])
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("alert")).to_contain_text("What happens without it?")
    page.get_by_label("What happens without it?").fill(asked["without_it"])
    year, month, day = asked["needed_by"].split("-")
    for part, value in (("Day", day), ("Month", month), ("Year", year)):
        page.get_by_role("group", name="By which day").get_by_label(part).fill(value)
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("button", name="Check your answers").click()
    page.get_by_label("Your full name").fill("Mara Lindt")
    page.get_by_label("In which capacity do you sign?").fill("Export manager")
    page.get_by_label("What I have stated is true").check()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Whether it is handled as an emergency you are told by:")).to_be_visible()
    run_deliveries()
    case = Case.objects.get(application=draft)
    sign_in(page, officer_of("DE"))
    page.goto(f"{live_server.url}/workbench/")
    page.get_by_role("link", name=case.reference).click()
    page.get_by_role("button", name="Triage the emergency request").click()
    page.get_by_label("Accept emergency handling").check()
    page.get_by_label("Why, for the exporter").fill("The hospital has confirmed it by telephone.")
    page.get_by_role("button", name="Record the outcome").click()
    expect(page.get_by_text("the criteria move the case into the crisis lane")).to_be_visible()
    run_deliveries()
    page.reload()
    expect(page.get_by_text("Crisis", exact=True).first).to_be_visible()
