"""Each judgement of a hit, one by one and many at once, and what it does to the case."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.errors import Blocked, Forbidden, Invalid
from ledger.models import Event
from licensing.guards import blockers
from licensing.models import Case
from licensing.selectors import queue as queues
from licensing.services import decisions
from members.models import Organisation, Role, User
from screening import selectors, services
from screening.models import Hit
from tests import journeys
from tests.screening.raising import LISTED, NEAR, REASON, load, raise_one
from tests.standing import stays

OfficerOf = Callable[..., User]
MISSING = "The register extract that names its directors is missing."
pytestmark = pytest.mark.usefixtures("in_force")


@stays(autouse=True)
def listed(in_force: None) -> None:
    load()


def types(hit: Hit) -> list[str]:
    found = Event.objects.filter(subject_type="hit", subject_id=hit.pk).order_by("pk")
    return list(found.values_list("type", flat=True))


def test_one_officer_clears_what_is_not_strong(officer_of: OfficerOf) -> None:
    (hit,) = raise_one(**NEAR)
    officer = officer_of("DE")
    hit = services.clear(actor=officer, hit=hit, reason=REASON)
    assert (hit.status, hit.resolved_by, hit.proposed_by) == ("cleared", officer, None)
    assert types(hit) == ["hit.raised", "hit.cleared"]
    assert selectors.open_hits(hit.case_ref) == 0
    assert selectors.uncleared(hit.case_ref) == set()


def test_a_strong_hit_waits_for_a_second_officer(officer_of: OfficerOf) -> None:
    (hit,) = raise_one()
    hit = services.clear(actor=officer_of("DE"), hit=hit, reason=REASON)
    assert (hit.status, hit.resolved_by) == ("proposed_clear", None)
    assert selectors.open_hits(hit.case_ref) == 1


def test_the_database_itself_refuses_one_officer_for_a_strong_hit(officer_of: OfficerOf) -> None:
    (strong,), (near,) = raise_one("case:900001"), raise_one("case:900002", **NEAR)
    cleared = {"status": "cleared", "resolved_by": officer_of("DE"), "resolved_at": strong.raised_at}
    with pytest.raises(IntegrityError, match="hit_four_eyes"), transaction.atomic():
        Hit.objects.filter(pk=strong.pk).update(**cleared)
    assert Hit.objects.filter(pk=near.pk).update(**cleared) == 1


def test_an_unsure_hit_says_what_is_missing_and_may_be_judged_at_any_time(officer_of: OfficerOf) -> None:
    (hit,), officer = raise_one(), officer_of("DE")
    hit = services.mark_unsure(actor=officer, hit=hit, reason=MISSING)
    assert (hit.status, hit.reason, hit.unsure_by) == ("unsure", MISSING, officer)
    assert services.mark_unsure(actor=officer, hit=hit, reason=f"{MISSING} Asked for.").status == "unsure"
    assert services.clear(actor=officer, hit=hit, reason=REASON).status == "proposed_clear"
    hit = services.mark_unsure(actor=officer_of("DE"), hit=hit, reason=MISSING)
    assert (hit.status, hit.proposed_by) == ("unsure", None)
    assert services.confirm_match(actor=officer, hit=hit, reason=REASON).status == "confirmed"
    assert types(hit) == [
        "hit.raised", "hit.marked_unsure", "hit.marked_unsure", "hit.proposed_clear", "hit.marked_unsure",
        "hit.confirmed",
    ]  # fmt: skip


def test_who_says_what_is_missing_says_it_and_a_resolved_hit_lacks_nothing(officer_of: OfficerOf) -> None:
    (hit,) = raise_one(**NEAR)
    with pytest.raises(Invalid) as refused:
        services.mark_unsure(actor=officer_of("DE"), hit=hit, reason=" ")
    assert "reason" in refused.value.fields
    for stranger in (officer_of("FR"), officer_of("DE", Role.AUDITOR)):
        with pytest.raises(Forbidden):
            services.mark_unsure(actor=stranger, hit=hit, reason=MISSING)
    services.clear(actor=officer_of("DE"), hit=hit, reason=REASON)
    with pytest.raises(Forbidden, match="resolved"):
        services.mark_unsure(actor=officer_of("DE"), hit=hit, reason=MISSING)


def filed(exporter: User, organisation: Organisation) -> Case:
    content: dict[str, Any] = journeys.dossier()
    content["parties"][1]["name"] = LISTED
    return journeys.file(exporter, organisation, content)


def test_an_unsure_hit_keeps_the_case_from_being_granted(
    exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    case = filed(exporter, organisation)
    officer = officer_of("DE", Role.LICENSING_OFFICER)
    services.mark_unsure(actor=officer, hit=Hit.objects.get(), reason=MISSING)
    assert any("waits to be judged" in sentence for sentence in blockers(case, "grant"))
    with pytest.raises(Blocked):
        decisions.propose(
            actor=officer_of("DE", Role.DECIDER),
            case=case,
            kind="grant",
            criteria=["C1"],
            reasons="Fine by us.",
        )
    (row,) = queues.queue(officer)
    assert (row.waits_hit, row.waits_information) == (False, True)
    assert not queues.queue(officer_of("FR", Role.LICENSING_OFFICER)).filter(waits_information=True).exists()


def test_many_are_cleared_for_one_reason_and_the_strong_among_them_proposed(officer_of: OfficerOf) -> None:
    hits = [hit for n in range(4) for hit in raise_one(f"case:90000{n}", **(NEAR if n % 2 else {}))]
    first, second = officer_of("DE"), officer_of("DE")
    done = services.clear_many(actor=first, hits=hits, reason=REASON)
    assert [hit.status for hit in done] == ["proposed_clear", "cleared"] * 2
    waiting = [hit for hit in done if hit.status == "proposed_clear"]
    with pytest.raises(Invalid, match="another officer"):
        services.confirm_many(actor=first, hits=waiting)
    assert [hit.status for hit in services.confirm_many(actor=second, hits=waiting)] == ["cleared"] * 2


def test_one_that_cannot_be_cleared_keeps_all_from_it_and_is_named(officer_of: OfficerOf) -> None:
    hits = [hit for n in range(3) for hit in raise_one(f"case:90000{n}", **NEAR)]
    officer = officer_of("DE")
    services.confirm_match(actor=officer, hit=hits[1], reason=REASON)
    events = Event.objects.count()
    with pytest.raises(Invalid) as refused:
        services.clear_many(actor=officer, hits=hits, reason=REASON)
    assert LISTED in refused.value.fields["hits"][0]
    assert Event.objects.count() == events
    assert Hit.objects.filter(status="open").count() == 2


def test_nobody_clears_the_hits_of_another_member_among_many(officer_of: OfficerOf) -> None:
    hits = [*raise_one("case:900001", **NEAR), *raise_one("case:900002", lead="FR", **NEAR)]
    with pytest.raises(Forbidden, match="leads the case"):
        services.clear_many(actor=officer_of("DE"), hits=hits, reason=REASON)
    assert Hit.objects.filter(status="open").count() == 2


@pytest.mark.parametrize("count", [0, services.BULK + 1])
def test_none_and_too_many_are_refused(officer_of: OfficerOf, count: int) -> None:
    (hit,) = raise_one(**NEAR)
    with pytest.raises(Invalid, match="1 to 200"):
        services.clear_many(actor=officer_of("DE"), hits=[hit] * count, reason=REASON)
