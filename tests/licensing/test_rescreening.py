"""Parties are screened again when a list changes and before a grant; a change touches only what it can match."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import Blocked
from correspondence.models import Notice
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.models import Case, Decision, Licence
from licensing.services import decisions, rescreening
from members.models import Organisation, Role, User
from screening.lists.loading import load_ofac
from screening.models import Hit, Snapshot
from tests import journeys
from tests.licensing.conftest import Desk
from tests.standing import stays

EMPTY = ["-0- "] * 8


def load(folder: Path, *names: str, kind: str = "-0- ") -> Snapshot:
    """Load a list of these names; numbers are their places."""
    path = folder / "sdn.csv"
    with path.open("w", newline="") as handle:
        out = csv.writer(handle)
        out.writerows([number, name, kind, "TEST", *EMPTY] for number, name in enumerate(names, start=1))
    return load_ofac(sdn=path, accept_shrink=True).snapshot


def buyer(case: Case) -> str:
    return case.revision.parties.get(role="end_user").name


def requested() -> set[str]:
    return set(Event.objects.filter(type="screening.requested").values_list("subject_id", flat=True))


@stays
def noise(db: None, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return load(tmp_path_factory.mktemp("list"), "UNRELATED HARBOUR WORKS", "SOMEBODY ELSE LLC")


@stays
def filed(in_force: None, noise: Snapshot, exporter: User, organisation: Organisation) -> Case:
    return journeys.file(exporter, organisation)


def test_a_new_version_that_lists_a_party_of_an_open_case_raises_the_hit(
    filed: Case, tmp_path: Path, officer_of: Callable[..., User]
) -> None:
    judge = officer_of("DE")
    load(tmp_path, "UNRELATED HARBOUR WORKS", "SOMEBODY ELSE LLC", buyer(filed).upper())
    run_deliveries()
    hit = Hit.objects.get(case_ref=f"case:{filed.pk}")
    assert (hit.entry_id, hit.strong) == ("3", True)
    assert Event.objects.filter(type="hit.raised", aggregate=f"case:{filed.pk}").count() == 1
    told = Event.objects.get(type="case.rescreened").facts
    assert told == {"why": "list", "new_hits": 1, "strong": True, "licence": ""}
    assert Notice.objects.filter(recipient=judge, subject__contains="new screening hits").exists()


def test_a_change_touches_no_case_that_it_cannot_match(filed: Case, tmp_path: Path) -> None:
    load(tmp_path, "UNRELATED HARBOUR WORKS", "SOMEBODY ELSE LLC", "A THIRD PARTY OF NO CONCERN")
    run_deliveries()
    assert requested() == set()
    assert not Hit.objects.exists()


def test_the_same_version_again_and_a_second_screening_raise_nothing_twice(
    filed: Case, tmp_path: Path
) -> None:
    names = ("UNRELATED HARBOUR WORKS", buyer(filed).upper())
    for _time in range(2):
        load(tmp_path, *names)
        run_deliveries()
    assert rescreening.rescreen(case=filed, why="shipment") == []
    assert Hit.objects.count() == 1


def test_a_party_of_a_live_licence_is_watched_and_of_one_that_is_over_no_longer(
    answered: Desk, tmp_path: Path, officer_of: Callable[..., User]
) -> None:
    judge, licence = officer_of("DE"), answered.licence()
    load(tmp_path, buyer(licence.case).upper())
    run_deliveries()
    assert Event.objects.get(type="case.rescreened").facts["licence"] == licence.number
    assert Notice.objects.filter(recipient=judge, text__contains=licence.number).exists()
    Licence.objects.update(status="revoked")
    load(tmp_path, buyer(licence.case).upper(), buyer(licence.case).upper() + " LTD")
    run_deliveries()
    assert Hit.objects.count() == 1


def test_a_hit_that_came_since_the_proposal_stops_the_grant_and_stays(
    answered: Desk, tmp_path: Path, officer_of: Callable[..., User]
) -> None:
    decision = answered.propose()
    with pytest.MonkeyPatch.context() as patch:  # the list is there, its event not yet delivered
        patch.setattr(rescreening, "ask_for_rescreening", lambda **_given: [])
        load(tmp_path, buyer(decision.case).upper())
    with pytest.raises(Blocked):
        decisions.countersign(actor=officer_of("DE", Role.COUNTERSIGNER), decision=decision)
    assert Hit.objects.get().status == Hit.Status.OPEN
    assert Event.objects.get(type="case.rescreened").facts["why"] == "issue"
    assert Decision.objects.get(pk=decision.pk).status == Decision.Status.PROPOSED
    assert not Licence.objects.exists()
