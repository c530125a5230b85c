"""A refusal is told to the alliance, found again, and reviewed every three years."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command

from core import clock
from core.actors import PROCESS
from core.audience import ALLIANCE, Audience
from core.errors import Conflict, Forbidden, Invalid
from core.models import ref
from correspondence.models import Notice
from deadlines import services as deadlines
from deadlines.models import DueInstant
from intelligence import policies, services
from intelligence.models import Denial
from intelligence.selectors import denial_issuers, denials_concerning
from ledger.models import Event, EventDetail, FeedEntry
from members.models import Role
from tests.standing import stays


@stays(autouse=True)
def _calendars(db):
    call_command("load_calendars", "DE", "FR", verbosity=0)


def party(name="Acme Optics", country="KZ"):
    return services.share_party(
        name=name, country=country, kind="end_user", source_ref="revision:1", audience=Audience.of("x")
    )


def deny(member, *, source="decision:1", parties=None, codes=("6A003.b",), destination="KZ", **more):
    return services.record_denial(
        actor=PROCESS,
        source_ref=source,
        jurisdiction=member,
        parties=parties if parties is not None else [party()],
        control_codes=codes,
        destination=destination,
        ground_code="diversion",
        summary="Risk of diversion to a military end-user.",
        **more,
    )


def test_a_denial_is_told_to_the_alliance_without_names_in_the_open(germany):
    denial = deny(germany)
    event = Event.objects.get(type="denial.recorded")
    assert list(FeedEntry.objects.filter(event=event).values_list("audience", flat=True)) == [ALLIANCE]
    assert event.facts["control_codes"] == ["6A003"]
    assert "Acme" not in str(event.facts)
    assert EventDetail.objects.get(event=event).payload == {"parties": ["Acme Optics"]}
    assert denial.reference.startswith("DN-")


def test_a_refusal_has_one_denial(germany):
    deny(germany)
    with pytest.raises(Conflict):
        deny(germany)


def test_officers_of_the_alliance_see_denials_and_exporters_never(germany, officer_of, exporter):
    deny(germany)
    assert Denial.objects.visible_to(officer_of("JP")).count() == 1
    assert not Denial.objects.visible_to(exporter).exists()
    assert not Denial.objects.visible_to(officer_of("DE", second_factor=False)).exists()


def found(codes=("6A003",), destinations=("KZ",), known_to="FR"):
    return denials_concerning(codes, destinations, known_to=known_to)


def test_denials_are_found_by_item_and_destination(germany, france):
    mine = deny(germany)
    deny(france, source="decision:3", codes=["3A001"])
    deny(france, source="decision:4", destination="KG")
    assert found(["6a003.a", "9A610"], ["kz", "DE"]) == [mine]
    assert denial_issuers(found(["6A003", "3a001"])) == ["DE", "FR"]
    assert found([]) == found(destinations=[]) == []


def test_a_denial_released_to_some_is_known_to_them_alone(germany, officer_of):
    denial = deny(germany, releasable_to=["fr"])
    assert denial.releasable_to == ["DE", "FR"]
    assert [code for code in ("DE", "FR", "JP") if found(known_to=code)] == ["DE", "FR"]
    assert not Denial.objects.visible_to(officer_of("JP")).exists()
    entries = FeedEntry.objects.filter(event__type="denial.recorded").values_list("audience", flat=True)
    assert sorted(entries) == ["jurisdiction:DE", "jurisdiction:FR"]
    with pytest.raises(Forbidden):
        services.release_denial(actor=officer_of("FR", Role.DECIDER), denial=denial, releasable_to=["JP"])
    with pytest.raises(Invalid, match="XX"):
        services.release_denial(actor=officer_of("DE", Role.DECIDER), denial=denial, releasable_to=["XX"])
    services.release_denial(actor=officer_of("DE", Role.DECIDER), denial=denial, releasable_to=["JP"])
    assert found(known_to="JP")
    assert Denial.objects.visible_to(officer_of("JP")).exists()


def test_a_withdrawn_denial_is_not_found(germany, officer_of):
    denial = deny(germany)
    services.review_denial(actor=officer_of("DE", Role.DECIDER), denial=denial, keep=False)
    assert found() == []
    assert not DueInstant.objects.filter(subject=ref(denial), state="open").exists()
    with pytest.raises(Conflict):
        services.review_denial(actor=officer_of("DE", Role.DECIDER), denial=denial, keep=True)


def test_a_denial_is_withdrawn_before_its_review_with_a_reason(germany, officer_of):
    denial, decider = deny(germany), officer_of("DE", Role.DECIDER)
    with pytest.raises(Invalid, match="10 characters"):
        services.withdraw_denial(actor=decider, denial=denial, reason="")
    services.withdraw_denial(actor=decider, denial=denial, reason="The end-user was visited.")
    assert not DueInstant.objects.filter(subject=ref(denial), state="open").exists()
    with pytest.raises(Conflict):
        services.withdraw_denial(actor=decider, denial=denial, reason="The end-user was visited.")


def test_a_denial_is_reviewed_after_three_years(germany, officer_of):
    denial = deny(germany)
    assert timedelta(days=1094) < denial.review_due - denial.decided_at < timedelta(days=1101)
    decider, stranger = officer_of("DE", Role.DECIDER), officer_of("FR", Role.DECIDER)
    with time_machine.travel(denial.review_due + timedelta(minutes=1)):
        assert deadlines.tick() == 1
    assert list(Notice.objects.values_list("recipient", flat=True)) == [decider.pk]
    assert Event.objects.filter(type="denial.review_due").count() == 1
    with pytest.raises(Forbidden, match="Only the member that denied"):
        services.review_denial(actor=stranger, denial=denial, keep=True)
    kept = services.review_denial(actor=decider, denial=denial, keep=True)
    assert kept.reviews == 1
    assert kept.review_due > clock.now() + timedelta(days=1000)


def test_the_third_review_says_why_the_denial_is_kept(germany, officer_of):
    denial = deny(germany)
    decider = officer_of("DE", Role.DECIDER)
    for _ in range(2):
        services.review_denial(actor=decider, denial=denial, keep=True)
    with pytest.raises(Invalid) as error:
        services.review_denial(actor=decider, denial=denial, keep=True)
    assert "explanation" in error.value.fields
    services.review_denial(actor=decider, denial=denial, keep=True, explanation="The end-user is unchanged.")
    assert Event.objects.filter(type="denial.reviewed").last().facts["explanation"]


@pytest.mark.parametrize(
    ("code", "role", "allowed"),
    [
        ("DE", Role.DECIDER, True),
        ("DE", Role.LICENSING_OFFICER, False),
        ("DE", Role.AUDITOR, False),
        ("FR", Role.DECIDER, False),
        ("JP", Role.ADMINISTRATOR, False),
    ],
)
def test_who_may_review(germany, officer_of, code, role, allowed):
    verdict = policies.can_review(officer_of(code, role), deny(germany))
    assert verdict.allowed is allowed
    assert allowed or verdict.reason
