"""Suspicious orders: whom one concerns, who reads it, what members make of it, and what the exporter hears."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from api.examples import SUSPICION
from core.errors import Forbidden, Invalid
from intelligence.identical import Named
from ledger.models import Event, FeedEntry
from ledger.testing import run_deliveries
from licensing.models import (
    Case,
    SuspiciousOrder,
    SuspiciousOrderMatch,
    SuspiciousOrderReview,
    SuspiciousOrderShare,
)
from licensing.policies import suspicions as policies
from licensing.selectors import suspicions as selectors
from licensing.selectors.queue import queue
from licensing.services import suspicions
from licensing.suspicions import resemblance
from licensing.undercut import RULER
from members.models import Membership, Organisation, Role, User
from tests import journeys
from tests.enforcement.test_mandates import filed as filed_by_agent
from tests.factories import OrganisationFactory, exporter_of
from tests.licensing.conftest import Desk, OfficerOf
from tests.mandates import administrator_of, fresh
from tests.standing import stays


@stays
def french_exporter(france: Any) -> tuple[User, Organisation]:
    organisation: Organisation = OrganisationFactory(jurisdiction=france, name="Atelier Lumière SA")
    return exporter_of(organisation), organisation


def filed(exporter: tuple[User, Organisation], **changed: Any) -> SuspiciousOrder:
    person, organisation = exporter
    report = suspicions.file(actor=person, organisation=organisation, **{**SUSPICION, **changed})
    run_deliveries()
    return report


def may_read(user: User) -> list[SuspiciousOrder]:
    return list(SuspiciousOrder.objects.visible_to(user))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "country", "numbers", "found"),
    [
        ("Straits Combustion Laboratory", "SG", (), "The same name"),
        ("Straights Combustion Laboratory", "SG", (), "resembles"),
        ("Straits Combustion Laboratory", "MY", (), ""),
        ("Another Name", "MY", ("lei:1",), "The same number"),
        ("Meridian Textiles", "SG", (), ""),
    ],
)
def test_a_party_is_taken_for_another_by_number_or_by_name_in_one_country(
    name: str, country: str, numbers: tuple[str, ...], found: str
) -> None:
    receiver = Named("Straits Combustion Laboratory", "end_user", "SG", numbers=frozenset({"lei:1"}))
    said = resemblance(Named(name, "ordered", country, numbers=frozenset(numbers)), [receiver], RULER)
    assert found in said
    assert bool(said) == bool(found)


def test_it_is_flagged_to_the_member_whose_open_case_has_the_party_and_the_exporter_hears_of_receipt_only(
    desk: Desk, officer_of: OfficerOf, french_exporter: tuple[User, Organisation]
) -> None:
    german = officer_of("DE")
    assert not queue(german).exists()
    report = filed(french_exporter)
    (case,) = queue(german)
    assert case.waits_report
    (match,) = selectors.bearing_on(german, desk.case)
    assert "The same name" in match.sentence
    assert german.notices.filter(subject__contains="suspicious order bears on it").exists()
    assert may_read(german) == may_read(officer_of("FR")) == [report]
    assert [may_read(officer_of(code)) for code in ("US", "JP")] == [[], []]
    assert may_read(officer_of("US", Role.AUDITOR)) == []
    suspicions.review(actor=german, report=report, outcome="noted")
    assert not queue(german).exists()
    # The exporter: its own report, one event with a reference in it, no notice.
    person, organisation = french_exporter
    heard = FeedEntry.objects.filter(
        audience=f"organisation:{organisation.pk}", event__type__startswith="susp"
    )
    (event,) = [entry.event for entry in heard]
    assert (event.type, event.facts) == ("suspicious_order.filed", {"reference": report.reference})
    assert not person.notices.exists()
    assert may_read(person) == [report]
    assert may_read(exporter_of(OrganisationFactory())) == []


def test_a_case_filed_later_is_held_against_what_was_reported_before(
    in_force: None,
    exporter: User,
    organisation: Organisation,
    officer_of: OfficerOf,
    french_exporter: tuple[User, Organisation],
) -> None:
    report = filed(french_exporter)
    assert may_read(officer_of("DE")) == []
    case = journeys.file(exporter, organisation)
    assert list(SuspiciousOrderMatch.objects.values_list("report", "case")) == [(report.pk, case.pk)]
    assert may_read(officer_of("DE")) == [report]
    assert suspicions.look(report=report) == suspicions.look_for_case(case=case) == []  # told once


def test_the_members_are_not_told_which_of_them_has_such_a_case(
    desk: Desk, officer_of: OfficerOf, french_exporter: tuple[User, Organisation]
) -> None:
    report, french = filed(french_exporter), officer_of("FR", Role.DECIDER)
    told = Event.objects.get(type="suspicious_order.matched")
    assert [entry.audience for entry in told.feed_entries.all()] == ["jurisdiction:DE"]
    assert list(selectors.matches_of(french, report)) == []
    assert selectors.bearing_on(officer_of("US"), desk.case) == []
    share = selectors.share_of(french, report)
    assert share is not None
    assert share.why == "establishment"
    suspicions.review(actor=french, report=report, outcome="passed_on", reason="Yours to know.", to=["DE"])
    with pytest.raises(Invalid, match="Nothing was recorded"):
        suspicions.review(
            actor=french, report=report, outcome="passed_on", reason="Yours to know.", to=["DE"]
        )


def test_only_the_exporters_member_passes_it_on_and_each_member_closes_it_for_itself(
    desk: Desk, officer_of: OfficerOf, french_exporter: tuple[User, Organisation]
) -> None:
    report, american = filed(french_exporter), officer_of("US")
    assert may_read(american) == []
    given = {"report": report, "outcome": "passed_on", "reason": "It may go your way.", "to": ["US"]}
    with pytest.raises(Forbidden, match="Only the member of the exporter"):
        suspicions.review(actor=officer_of("DE", Role.DECIDER), **given)
    with pytest.raises(Forbidden, match="Only a decider"):
        suspicions.review(actor=officer_of("FR"), **given)
    suspicions.review(actor=officer_of("FR", Role.DECIDER), **given)
    run_deliveries()
    assert may_read(american) == [report]
    assert american.notices.filter(subject__contains="passed on to your member").exists()
    german = officer_of("DE")
    suspicions.review(actor=german, report=report, outcome="closed", reason="Known, and harmless.")
    assert selectors.bearing_on(german, desk.case) == []
    with pytest.raises(Forbidden, match="has closed"):
        suspicions.review(actor=german, report=report, outcome="noted")
    suspicions.review(actor=american, report=report, outcome="noted")  # the others go on
    assert [one.outcome for one in selectors.reviews_of(german, report)] == ["closed"]


def test_who_reviews_is_no_stranger_no_reader_and_nobody_of_the_exporter(
    desk: Desk, officer_of: OfficerOf, french_exporter: tuple[User, Organisation]
) -> None:
    person, organisation = french_exporter
    report, insider = filed(french_exporter), officer_of("FR", Role.DECIDER)
    Membership.objects.create(user=insider, organisation=organisation, role=Membership.Role.EXPORTER)
    for refused, why in (
        (person, "Only officers"),
        (insider, "You belong"),
        (officer_of("JP"), "not shared"),
        (officer_of("DE", Role.AUDITOR), "Your role"),
        (officer_of("DE", second_factor=False), "second factor"),
    ):
        with pytest.raises(Forbidden, match=why):
            suspicions.review(actor=refused, report=report, outcome="noted")
    assert not queue(insider).filter(waits_report=True).exists()
    assert may_read(insider) == []
    with pytest.raises(Forbidden, match="your own organisation"):
        suspicions.file(actor=officer_of("FR"), organisation=organisation, **SUSPICION)


def test_what_is_wrong_is_named(french_exporter: tuple[User, Organisation]) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("goods", {"goods": ""}),
        ("party_name", {"party_name": " "}),
        ("party_country", {"party_country": "Singapore"}),
        ("party_address", {"party_address": "x" * 501}),
        ("identifiers[0].scheme", {"identifiers": [{"scheme": "duns", "value": "12"}]}),
        ("identifiers[0].value", {"identifiers": [{"scheme": "lei", "value": "NOT0A0LEI"}]}),
        ("red_flags", {"red_flags": []}),
        ("red_flags", {"red_flags": ["RF99"]}),
        ("reasons", {"reasons": "Odd."}),
        ("outcome", {"outcome": "ignored"}),
    ]
    for field, change in wrong:
        with pytest.raises(Invalid) as refused:
            filed(french_exporter, **change)
        assert list(refused.value.fields) == [field]
    assert not SuspiciousOrder.objects.exists()


def test_an_application_of_another_is_no_link(desk: Desk, french_exporter: tuple[User, Organisation]) -> None:
    with pytest.raises(Invalid, match="not filed") as refused:
        filed(french_exporter, application=desk.case.application)
    assert list(refused.value.fields) == ["application"]


def test_nothing_of_it_is_ever_changed(
    desk: Desk, officer_of: OfficerOf, french_exporter: tuple[User, Organisation]
) -> None:
    report = filed(french_exporter)
    suspicions.review(actor=officer_of("DE"), report=report, outcome="noted")
    assert Case.objects.get(suspicions__report=report) == desk.case
    for model in (SuspiciousOrder, SuspiciousOrderShare, SuspiciousOrderMatch, SuspiciousOrderReview):
        rows = model._default_manager.all()
        assert rows.exists()
        with pytest.raises(DatabaseError, match="kept"), transaction.atomic():
            rows.update(id=0)


@pytest.mark.usefixtures("in_force")
def test_an_officer_of_the_agent_does_not_read_what_is_about_its_application(
    organisation: Organisation, officer_of: OfficerOf
) -> None:
    desk, clerk = filed_by_agent(organisation, officer_of=officer_of)
    (agent,) = clerk.organisation_ids
    insider = officer_of("DE", Role.DECIDER)
    report = filed((administrator_of(organisation), organisation), application=desk.case.application)
    assert may_read(insider) == [report]
    Membership.objects.create(user=insider, organisation_id=agent, role=Membership.Role.EXPORTER)
    insider = fresh(insider)
    assert may_read(insider) == []
    assert (
        policies.can_review(insider, report).reason == "You belong to the agent that files for the exporter."
    )
