"""The workbench in a browser: every page held to the rules, and the officers' part of the main job by hand."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from core import clock
from core.models import ref
from ledger.testing import run_deliveries
from licensing.models import Licence
from members.models import Role, User
from screening.models import Entry, Hit, Snapshot, SourceList
from tests.licensing.conftest import OBJECTION, Desk, OfficerOf, answered, desk

__all__ = ["answered", "desk"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Page, User], None]


@pytest.fixture
def sign_in(live_server) -> SignIn:
    """Let a page be a person's."""

    def become(page: Page, person: User) -> None:
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.clear_cookies()
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )

    return become


@pytest.fixture
def hit(desk: Desk) -> Hit:
    """A party of the case that resembles a listed one."""
    source = SourceList.objects.create(key="drill", title="List of the drill", publisher="The alliance")
    snapshot = Snapshot.objects.create(
        source_list=source,
        version="2026-11-01",
        sha256="0" * 64,
        loaded_at=clock.now(),
        in_force_from=clock.now(),
        entries_count=1,
        names_count=1,
    )
    Entry.objects.create(
        source_list=source,
        since=snapshot,
        entry_id="D-1",
        kind="company",
        name="STRAITS COMBUSTION LAB",
        remarks="Of the drill.",
    )
    party = desk.case.revision.parties.first()
    return Hit.objects.create(
        case_ref=ref(desk.case),
        subject_ref=ref(party),
        lead="DE",
        audience=sorted(desk.case.audience.keys),
        shared_party=party.shared_party,
        snapshot=snapshot,
        list_key="drill",
        entry_id="D-1",
        entry_name="STRAITS COMBUSTION LAB",
        queried_name=party.name,
        matched_name="STRAITS COMBUSTION LAB",
        rule="edit_2",
        score=Decimal("0.910"),
        strong=False,
        explanation=["Both names begin alike."],
        raised_at=clock.now(),
    )


@pytest.mark.slow
def test_every_page_is_accessible_and_fits(
    live_server, page: Page, check, sign_in: SignIn, desk: Desk, hit: Hit, officer_of: OfficerOf
) -> None:
    officer = officer_of("DE", Role.LICENSING_OFFICER, Role.DECIDER)
    sign_in(page, officer)
    home = f"{live_server.url}/workbench/"
    case = f"{home}cases/{desk.case.reference}/"
    check(home)
    check(f"{home}queue/ours/?status=in_review")
    check(f"{home}search/?q=straits")
    for tab in ("", "parties/", "dossier/", "consultations/", "questions/", "questions/ask/", "decision/"):
        check(case + tab)
    for tab in ("decision/grant_in_part/", "decision/refuse/", "notes/", "timeline/", "reassign/"):
        check(case + tab)
    check(f"{home}hits/{hit.uid}/")
    check(f"{home}denials/")
    check(f"{home}lists/")
    check(f"{home}lists/{hit.list_key}/")
    sign_in(page, officer_of("FR"))
    check(f"{home}consultations/{desk.consultation('FR').uid}/position/")


def test_officers_take_a_case_from_position_to_licence_at_320_px_without_javascript(
    live_server, plain_page: Page, sign_in: SignIn, desk: Desk, officer_of: OfficerOf
) -> None:
    page, case = plain_page, desk.case
    page.set_viewport_size({"width": 320, "height": 700})

    def at_work(*roles: str, jurisdiction: str = "DE") -> None:
        sign_in(page, officer_of(jurisdiction, *roles))
        page.goto(f"{live_server.url}/workbench/")
        page.get_by_role("link", name=case.reference).click()

    at_work(jurisdiction="FR")
    page.get_by_role("button", name="Take a position for FR (Trade)").click()
    page.get_by_role("button", name="Take this position").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a position.")
    page.get_by_label("Approve with conditions").check()
    page.get_by_label("No re-export").check()
    page.get_by_role("button", name="Take this position").click()
    expect(page.get_by_role("main")).to_contain_text("Your position is taken.")
    expect(page.get_by_role("main")).to_contain_text("No re-export")
    desk.answer("US")
    run_deliveries()

    at_work(Role.DECIDER)
    page.get_by_role("button", name="Propose a decision").click()
    page.get_by_role("link", name="Propose: grant", exact=True).click()
    page.get_by_label("International obligations").check()
    page.get_by_label("Reasons, for officers").fill("Civil end-use at a named site.")
    page.get_by_role("button", name="Propose to the countersigner").click()
    expect(page.get_by_role("main")).to_contain_text("waits for its countersignature")

    at_work(Role.COUNTERSIGNER)
    page.get_by_role("button", name="Countersign the decision").click()
    page.get_by_role("button", name="Countersign", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("takes effect")
    licence = Licence.objects.get(case=case)
    assert licence.conditions == [{"code": "no_reexport"}]
    page.get_by_role("link", name="Licence", exact=False).first.click()
    expect(page.get_by_role("main")).to_contain_text(licence.number)


def test_a_stale_form_keeps_both_texts(
    live_server, page: Page, sign_in: SignIn, desk: Desk, officer_of: OfficerOf
) -> None:
    sign_in(page, officer_of("FR"))
    page.goto(f"{live_server.url}/workbench/consultations/{desk.consultation('FR').uid}/position/")
    page.get_by_label("Abstain").check()
    page.get_by_label("Remark to the lead").fill("We take no side in this.")
    desk.answer("FR", **OBJECTION)
    page.get_by_role("button", name="Take this position").click()
    expect(page.get_by_role("main")).to_contain_text("We take no side in this.")
    expect(page.get_by_role("main")).to_contain_text(str(OBJECTION["summary"]))
    page.get_by_role("button", name="Take this position").click()
    expect(page.get_by_role("main")).to_contain_text("Your position is taken.")
