"""Hits are judged by two officers of the lead; nobody else sees them, the exporter least of all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.errors import Blocked, Forbidden, Invalid
from licensing.models import Case
from licensing.services import decisions
from members.models import Organisation, Role, User
from screening import services
from screening.lists.loading import load_ofac
from screening.models import Hit
from tests import journeys

FICTIONAL = Path(__file__).resolve().parents[2] / "screening" / "fixtures" / "demo"
pytestmark = pytest.mark.usefixtures("in_force")
REASON = "Another firm: founded elsewhere, other directors."


@pytest.fixture
def stopped(exporter: User, organisation: Organisation) -> Case:
    """A case whose end-user is listed under an alias."""
    load_ofac(**{name: FICTIONAL / f"{name}.csv" for name in ("sdn", "alt", "add")})
    content: dict[str, Any] = journeys.dossier()
    content["parties"][1]["name"] = "Kavir Mavad Pishrafteh"
    return journeys.file(exporter, organisation, content)


def test_a_listed_end_user_stops_the_case_and_shows_what_matched(
    stopped: Case, officer_of: Callable[..., User], exporter: User
) -> None:
    hit = Hit.objects.get()
    assert (hit.list_key, hit.snapshot.version, hit.matched_name) == (
        "us-ofac-sdn", "sdn", "KAVIR MAVAD PISHRAFTEH",
    )  # fmt: skip
    assert stopped.charter_key != "lead-alone"
    assessment = stopped.assessments.get()
    assert assessment.band == "black"
    assert assessment.hard_stops[0]["code"] == "list-match"
    assert list(Hit.objects.visible_to(officer_of("FR"))) == [hit]
    assert not Hit.objects.visible_to(exporter).exists()
    assert not Hit.objects.visible_to(officer_of("JP")).exists()


def test_clearing_takes_two_officers(stopped: Case, officer_of: Callable[..., User]) -> None:
    hit, first, second = Hit.objects.get(), officer_of("DE"), officer_of("DE")
    services.propose_clear(actor=first, hit=hit, reason=REASON)
    with pytest.raises(Forbidden, match="another officer"):
        services.confirm_clear(actor=first, hit=hit)
    with pytest.raises(Forbidden, match="leads the case"):
        services.confirm_clear(actor=officer_of("FR"), hit=hit)
    assert services.confirm_clear(actor=second, hit=hit).status == "cleared"


def test_the_database_itself_refuses_one_pair_of_eyes(stopped: Case, officer_of: Callable[..., User]) -> None:
    officer = officer_of("DE")
    with pytest.raises(IntegrityError, match="hit_four_eyes"), transaction.atomic():
        Hit.objects.update(
            status="cleared", proposed_by=officer, resolved_by=officer, resolved_at=stopped.opened_at
        )


def test_no_licence_while_a_hit_is_open(stopped: Case, officer_of: Callable[..., User]) -> None:
    with pytest.raises(Blocked) as blocked:
        decisions.propose(
            actor=officer_of("DE", Role.DECIDER),
            case=stopped,
            kind="grant",
            criteria=["C1"],
            reasons="Fine by us.",
        )
    assert any("hit" in sentence for sentence in blocked.value.blockers)


def test_a_reason_is_asked_for(stopped: Case, officer_of: Callable[..., User]) -> None:
    with pytest.raises(Invalid) as refused:
        services.propose_clear(actor=officer_of("DE"), hit=Hit.objects.get(), reason="no")
    assert "reason" in refused.value.fields
