"""Hits are judged by two officers of the lead; nobody else sees them, the exporter least of all."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.audience import Audience
from core.errors import Blocked, Forbidden, Invalid
from ledger.models import Event
from licensing.models import Case
from licensing.services import decisions
from members.models import Membership, Organisation, Role, User
from screening import policies, selectors, services
from screening.lists.loading import load_ofac
from screening.matching import screen
from screening.models import Hit
from tests import journeys
from tests.standing import stays

FICTIONAL = Path(__file__).resolve().parents[2] / "screening" / "fixtures" / "demo"
pytestmark = pytest.mark.usefixtures("in_force")
REASON = "Another firm: founded elsewhere, other directors."


@stays
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
    services.clear(actor=first, hit=hit, reason=REASON)
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


def test_nobody_judges_hits_of_what_their_own_organisation_filed(
    stopped: Case, officer_of: Callable[..., User], organisation: Organisation
) -> None:
    insider, hit = officer_of("DE"), Hit.objects.get()
    Membership.objects.create(user=insider, organisation=organisation, role=Membership.Role.EXPORTER)
    for act in (services.clear, services.mark_unsure, services.confirm_match):
        with pytest.raises(Forbidden, match="who filed this"):
            act(actor=insider, hit=hit, reason=REASON)
    services.clear(actor=officer_of("DE"), hit=hit, reason=REASON)
    with pytest.raises(Forbidden, match="who filed this"):
        services.confirm_clear(actor=insider, hit=hit)


def test_a_reason_is_asked_for(stopped: Case, officer_of: Callable[..., User]) -> None:
    with pytest.raises(Invalid) as refused:
        services.clear(actor=officer_of("DE"), hit=Hit.objects.get(), reason="no")
    assert "reason" in refused.value.fields


def judged(hit: Hit, officer_of: Callable[..., User]) -> Hit:
    services.clear(actor=officer_of("DE"), hit=hit, reason=REASON)
    return services.confirm_clear(actor=officer_of("DE"), hit=hit)


def again(hit: Hit, **change: Any) -> list[Hit]:
    """Raise what a hit stands for once more, as another assessment of the case would."""
    found = screen(hit.queried_name)[0]
    return services.raise_hits(
        case_ref=hit.case_ref,
        lead=hit.lead,
        audience=Audience(frozenset(hit.audience)),
        matches=[("party:1", hit.shared_party, hit.queried_name, replace(found, **change))],
    )


def test_the_same_match_is_raised_once(stopped: Case) -> None:
    assert again(Hit.objects.get()) == []
    assert Hit.objects.count() == 1


def test_a_cleared_pair_stays_cleared_unless_it_matches_more_closely(
    stopped: Case, officer_of: Callable[..., User]
) -> None:
    hit = judged(Hit.objects.get(), officer_of)
    assert again(hit, score=0.9, rule="edit_2") == []
    assert selectors.open_hits(hit.case_ref) == 0
    (closer,) = again(hit, rule="identifier")
    assert closer.status == Hit.Status.OPEN
    assert selectors.uncleared(hit.case_ref) == {(hit.shared_party_id, hit.list_key, hit.entry_id)}


def test_a_hit_names_the_version_that_matched_though_another_came_into_force(
    stopped: Case, tmp_path: Path
) -> None:
    hit = Hit.objects.get()
    found = screen(hit.queried_name)[0]
    load_ofac(sdn=FICTIONAL / "sdn.csv", alt=FICTIONAL / "alt.csv", version="later")
    (raised,) = services.raise_hits(
        case_ref="case:0",
        lead="DE",
        audience=Audience(frozenset(hit.audience)),
        matches=[("party:1", hit.shared_party, hit.queried_name, found)],
    )
    assert raised.snapshot.version == "sdn"


def test_a_clearance_sent_back_may_be_proposed_again(stopped: Case, officer_of: Callable[..., User]) -> None:
    hit, first, second = Hit.objects.get(), officer_of("DE"), officer_of("DE")
    services.clear(actor=first, hit=hit, reason=REASON)
    with pytest.raises(Forbidden):
        services.reject_clear(actor=first, hit=hit, reason="I changed my mind.")
    assert services.reject_clear(actor=second, hit=hit, reason="Look at the address.").status == "open"
    assert services.clear(actor=second, hit=hit, reason=REASON).proposed_by == second
    assert services.confirm_clear(actor=first, hit=hit).status == "cleared"


def test_a_confirmed_match_is_final(stopped: Case, officer_of: Callable[..., User]) -> None:
    hit, officer = Hit.objects.get(), officer_of("DE")
    services.confirm_match(actor=officer, hit=hit, reason="Same founder and address.")
    assert selectors.confirmed_parties(hit.case_ref) == {hit.shared_party_id}
    for act in (
        lambda: services.clear(actor=officer, hit=hit, reason=REASON),
        lambda: services.confirm_clear(actor=officer_of("DE"), hit=hit),
        lambda: services.confirm_match(actor=officer, hit=hit, reason=REASON),
    ):
        with pytest.raises(Forbidden):
            act()


def test_each_act_is_an_event_of_the_case_for_those_with_a_part_in_it(
    stopped: Case, officer_of: Callable[..., User]
) -> None:
    hit = judged(Hit.objects.get(), officer_of)
    events = Event.objects.filter(type__startswith="hit.", aggregate=hit.case_ref).order_by("pk")
    assert [event.type for event in events] == ["hit.raised", "hit.proposed_clear", "hit.cleared"]
    for event in events:
        assert set(event.feed_entries.values_list("audience", flat=True)) == set(hit.audience)
    assert not any(key.startswith("organisation") for key in hit.audience)


@pytest.mark.parametrize(
    ("code", "roles", "second_factor", "said"),
    [
        ("DE", (Role.LICENSING_OFFICER,), True, ""),
        ("DE", (Role.DECIDER,), True, ""),
        ("DE", (Role.LICENSING_OFFICER,), False, "second factor"),
        ("DE", (Role.CUSTOMS_OFFICER,), True, "role"),
        ("DE", (Role.AUDITOR,), True, "role"),
        ("FR", (Role.LICENSING_OFFICER,), True, "leads the case"),
        ("JP", (Role.LICENSING_OFFICER,), True, "leads the case"),
    ],
)
def test_who_may_judge_a_hit(
    stopped: Case,
    officer_of: Callable[..., User],
    code: str,
    roles: tuple[Role, ...],
    second_factor: bool,
    said: str,
) -> None:
    verdict = policies.can_clear(officer_of(code, *roles, second_factor=second_factor), Hit.objects.get())
    assert bool(verdict) == (not said)
    assert said in verdict.reason


def test_an_exporter_judges_nothing(stopped: Case, exporter: User) -> None:
    assert not policies.can_judge(exporter, Hit.objects.get())
