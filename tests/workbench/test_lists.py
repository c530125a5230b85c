"""The lists in the workbench: their age is shown, and a list that is too old closes the fast lanes."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from core import clock
from licensing.models import Case
from members.models import Organisation, Role, User
from screening.lists import keeping
from screening.lists.loading import load_ofac
from screening.lists.rows import Link, Parsed, Row
from screening.models import Hit, SourceList
from screening.selectors import stale_lists
from tests import journeys
from tests.screening.test_lists import SDN, write

OfficerOf = Callable[..., User]
SignedIn = Callable[[User], Client]
KEY = "us-ofac-sdn"


@pytest.fixture
def old_list(db: None, tmp_path: Path) -> SourceList:
    """A list that was checked an hour more than two days ago."""
    load_ofac(**write(tmp_path, sdn=SDN), version="v1")
    SourceList.objects.update(checked_at=clock.now() - timedelta(hours=49), max_age_hours=48)
    return SourceList.objects.get()


def test_a_list_is_stale_past_its_greatest_age_and_not_before(old_list: SourceList) -> None:
    checked = old_list.checked_at
    assert stale_lists(checked + timedelta(hours=48)) == []
    assert stale_lists(checked + timedelta(hours=48, seconds=1)) == [KEY]
    SourceList.objects.update(max_age_hours=None)
    assert stale_lists(clock.now()) == []
    SourceList.objects.create(key="awaited", title="T", publisher="P", max_age_hours=1)
    assert stale_lists(clock.now()) == []  # what was never loaded has no age


def green(exporter: User, organisation: Organisation) -> Case:
    """File what is green and touches no other member."""
    dossier = journeys.dossier()
    legs = [{"origin": "DEHAM", "destination": "SGSIN", "mode": "sea"}]
    dossier["route"] = {"goods_location": "DE", "legs": legs}
    for item in dossier["items"]:
        item["components_from"] = []
    return journeys.file(exporter, organisation, dossier)


@pytest.mark.usefixtures("in_force")
def test_a_list_that_is_too_old_closes_the_fast_lane_until_an_officer_looked(
    old_list: SourceList,
    exporter: User,
    organisation: Organisation,
    officer_of: OfficerOf,
    signed_in: SignedIn,
) -> None:
    case = green(exporter, organisation)
    assert case.routing["rule_key"] == "green-stale"
    officer = officer_of("DE", Role.LICENSING_OFFICER)
    page = signed_in(officer).get(f"/workbench/cases/{case.reference}/").content.decode()
    assert f"Older than it may be when this case was assessed: {KEY}" in page
    assert "the fast lane is closed until an officer" in page
    (requirement,) = case.requirements.filter(satisfied_at=None, kind="confirm_routing")
    assert "An officer of the lead has to confirm the way" in requirement.sentence


@pytest.mark.usefixtures("in_force")
def test_a_fresh_list_leaves_the_fast_lane_open(
    old_list: SourceList, exporter: User, organisation: Organisation
) -> None:
    SourceList.objects.update(checked_at=clock.now())
    case = green(exporter, organisation)
    assert case.routing["rule_key"] == "green"
    assert not case.requirements.filter(kind="confirm_routing").exists()


def test_officers_see_every_list_with_its_age(
    old_list: SourceList, officer_of: OfficerOf, signed_in: SignedIn, exporter: User
) -> None:
    browser = signed_in(officer_of("FR"))
    page = browser.get("/workbench/lists/").content.decode()
    assert "49 hours" in page
    assert "Too old" in page
    assert "2 added, 0 changed, 0 removed" in page
    assert "no case takes a fast lane" in page
    SourceList.objects.update(checked_at=clock.now(), failed_at=clock.now(), failure="It answered 500.")
    page = browser.get("/workbench/lists/").content.decode()
    assert "Too old" not in page
    assert "It answered 500." in page
    assert signed_in(exporter).get("/workbench/lists/").status_code == 404


def test_officers_see_by_name_what_a_version_changed(
    old_list: SourceList, officer_of: OfficerOf, signed_in: SignedIn, tmp_path: Path
) -> None:
    first = old_list.snapshots.get()
    load_ofac(**write(tmp_path, sdn=SDN.replace("ALPHA", "OMEGA").replace("\n2,", "\n3,")), version="v2")
    browser, home = signed_in(officer_of("JP")), f"/workbench/lists/{KEY}/"
    page = browser.get(home).content.decode()
    for told in ("What v2 changed", "Added: 1", "Changed: 1", "Removed: 1", "OMEGA WORKS", "BETA, Carlo"):
        assert told in page
    page = browser.get(home, {"version": first.pk}).content.decode()
    assert "What v1 changed" in page
    assert "ALPHA WORKS" in page
    assert browser.get(home, {"version": "9999"}).status_code == 404
    assert browser.get("/workbench/lists/absent/").status_code == 404


def test_without_a_list_officers_are_told(officer_of: OfficerOf, signed_in: SignedIn) -> None:
    page = signed_in(officer_of("DE")).get("/workbench/lists/").content.decode()
    assert "nobody is screened" in page


@pytest.mark.usefixtures("in_force")
def test_the_page_of_a_hit_says_by_whom_an_owned_party_counts_as_listed(
    exporter: User, organisation: Organisation, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    rows = [Row("1", "company", "OMEGA WORKS"), Row("2", "company", "STEPPE OPTICS", listed=False)]
    about = keeping.About("other", "The other list", "Nobody")
    keeping.put_into_force(Parsed(rows, [Link("1", "2", 62.5)]), about=about, sha256="owned", version="v1")
    dossier = journeys.dossier()
    dossier["parties"][1]["name"] = "Steppe Optics"
    journeys.file(exporter, organisation, dossier)
    hit = Hit.objects.get()
    page = signed_in(officer_of("DE", Role.ADVISER)).get(f"/workbench/hits/{hit.uid}/").content.decode()
    assert "<bdi>OMEGA WORKS</bdi> → <bdi>STEPPE OPTICS</bdi> (62.50 %)" in page
