"""Agents under a dated mandate: what they do and read, for whom, and until when."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, InternalError, ProgrammingError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase

from core import clock
from core.errors import Forbidden, IllegalTransition, Invalid
from correspondence.models import Notice
from deadlines import services as deadlines
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.models import Application, Case, Licence
from licensing.policies import applications as policies
from licensing.policies.common import is_ready_officer
from licensing.services import applications
from members import mandate_policies, services
from members.models import Mandate, Mandated, Membership, Organisation, Role, User
from members.services.mandates import midnight
from tests import factories, journeys, mandates
from tests.examples import examples
from tests.mandates import fresh
from tests.standing import stays


@stays
def broker(france: object) -> Organisation:
    """A French customs broker."""
    found: Organisation = factories.OrganisationFactory(
        name="Transit Dupont SA", jurisdiction=factories.JurisdictionFactory(code="FR")
    )
    return found


@stays
def agent(broker: Organisation) -> User:
    return factories.exporter_of(broker)


def draft(agent: User, mandate: Mandate) -> Application:
    return applications.start(
        actor=fresh(agent),
        organisation=mandate.principal,
        mandate=mandate,
        dossier=journeys.dossier(own_reference="DRILL-1"),
    )


def seen(user: User) -> set[str]:
    rows = Application.objects.visible_to(fresh(user))  # type: ignore[attr-defined]
    return set(rows.values_list("reference", flat=True))


def test_an_agent_sees_and_files_exactly_what_is_under_its_mandate(
    in_force: None, organisation: Organisation, exporter: User, broker: Organisation, agent: User
) -> None:
    own = applications.start(actor=exporter, organisation=organisation)
    other = factories.OrganisationFactory(jurisdiction=organisation.jurisdiction)
    noise = mandates.in_force(other, broker)
    mandate = mandates.in_force(organisation, broker)
    application = draft(agent, mandate)
    assert seen(agent) == {application.reference}
    assert seen(exporter) == {own.reference, application.reference}
    assert seen(factories.exporter_of(other)) == set()
    assert seen(factories.exporter_of(factories.OrganisationFactory())) == set()
    assert application.organisation == organisation
    with pytest.raises(Forbidden, match="do not belong to this organisation"):
        applications.replace_draft(actor=fresh(agent), application=own, dossier={"title": "Mine now"})
    with pytest.raises(Forbidden, match="given by another organisation"):
        applications.start(actor=fresh(agent), organisation=organisation, mandate=noise)

    applications.submit(actor=fresh(agent), application=application)
    event = Event.objects.get(type="application.registered")
    assert event.facts["mandate"] == mandate.reference
    assert (event.facts["agent"], event.facts["exporter"]) == ("Transit Dupont SA", organisation.name)
    case = Case.objects.get(application=application)
    assert set(Case.objects.visible_to(fresh(agent))) == {case}  # type: ignore[attr-defined]
    assert "mandate" not in Event.objects.filter(type="application.started").first().facts  # type: ignore[union-attr]
    run_deliveries()
    notices = exporter.notices.filter(subject__contains="filed for you")  # type: ignore[attr-defined]
    assert [mandate.reference in notice.text for notice in notices] == [True]

    services.end_mandate(
        actor=mandates.administrator_of(organisation), mandate=mandate, reason="We file ourselves now."
    )
    assert seen(agent) == set()
    assert not Case.objects.visible_to(fresh(agent)).exists()  # type: ignore[attr-defined]
    with pytest.raises(Forbidden, match="not in force: ended"):
        applications.withdraw(actor=fresh(agent), application=application)
    assert seen(exporter) == {own.reference, application.reference}


@pytest.mark.parametrize("act", Mandated.values)
def test_each_act_asks_for_its_own_mandate(
    organisation: Organisation, broker: Organisation, agent: User, act: str
) -> None:
    rest = [one for one in Mandated.values if one != act]
    mandate = mandates.in_force(organisation, broker, *rest)
    verdict = mandate_policies.can_use(fresh(agent), mandate, Mandated(act))
    assert verdict.reason.startswith(f"Mandate {mandate.reference} does not include this act")
    assert all(mandate_policies.can_use(fresh(agent), mandate, Mandated(one)) for one in rest)


def test_a_draft_goes_only_where_the_mandate_reaches(
    in_force: None, organisation: Organisation, broker: Organisation, agent: User
) -> None:
    mandate = mandates.in_force(organisation, broker, destinations=["jp", "KR"])
    application = draft(agent, mandate)
    with pytest.raises(Forbidden, match=r"is for JP, KR and does not reach SG"):
        applications.submit(actor=fresh(agent), application=application)
    with pytest.raises(Forbidden, match="does not reach"):
        applications.submit(actor=fresh(agent), application=application, declaration={"accepted": True})
    own = mandates.administrator_of(organisation)
    assert policies.can_submit(own, application)


def test_a_licence_is_the_exporters_and_read_only_with_the_act(
    in_force: None, organisation: Organisation, broker: Organisation, agent: User
) -> None:
    blind = factories.exporter_of(factories.OrganisationFactory(jurisdiction=broker.jurisdiction))
    mandate = mandates.in_force(organisation, broker)
    application = draft(agent, mandate)
    applications.submit(actor=fresh(agent), application=application)
    case = Case.objects.get(application=application)
    licence = Licence(case=case, holder=organisation)
    assert licence.holder != broker
    assert f"mandate_use:{mandate.pk}" in case.holder_audience.keys
    assert f"mandate_use:{mandate.pk}" in fresh(agent).audience.keys
    assert not any(key.startswith("mandate") for key in blind.audience.keys)
    writer = mandates.in_force(organisation, Organisation.objects.get(pk__in=blind.organisation_ids), "draft")
    assert fresh(blind).audience.keys & {f"mandate:{writer.pk}", f"mandate_use:{writer.pk}"} == {
        f"mandate:{writer.pk}"
    }


def test_an_officer_who_belongs_to_the_agent_works_on_none_of_its_cases(
    in_force: None, organisation: Organisation, broker: Organisation, agent: User
) -> None:
    mandate = mandates.in_force(organisation, broker)
    application = draft(agent, mandate)
    applications.submit(actor=fresh(agent), application=application)
    case = Case.objects.get(application=application)
    officer = factories.officer_of("DE", Role.DECIDER)
    assert is_ready_officer(officer, case)
    Membership.objects.create(user=officer, organisation=broker, role=Membership.Role.EXPORTER)
    services.end_mandate(
        actor=mandates.administrator_of(broker), mandate=mandate, reason="We closed this branch."
    )
    assert (
        is_ready_officer(fresh(officer), case).reason
        == "You belong to the agent that files for the exporter."
    )


def test_only_administrators_give_answer_and_end_it_and_only_in_its_state(
    organisation: Organisation, exporter: User, broker: Organisation, agent: User
) -> None:
    boss = mandates.administrator_of(broker)
    own = mandates.administrator_of(organisation)
    today = clock.today("Europe/Berlin")
    with pytest.raises(Forbidden, match="Only an administrator of the organisation"):
        services.give_mandate(
            actor=exporter,
            principal=organisation,
            agent=broker,
            acts=["draft"],
            starts_on=today,
            ends_on=today,
        )
    mandate = mandates.offered(organisation, broker, "draft")
    assert mandate.standing() == "offered"
    assert not fresh(agent).mandated()
    for stranger in (own, agent, exporter):
        with pytest.raises(Forbidden, match="administrator of the agent accepts"):
            services.accept_mandate(actor=stranger, mandate=mandate)
    with pytest.raises(Forbidden, match="administrator of the exporter or of the agent"):
        services.end_mandate(actor=boss, mandate=mandate, reason="Not accepted yet.")
    with pytest.raises(Invalid) as short:
        services.decline_mandate(actor=boss, mandate=mandate, reason=" no ")
    assert set(short.value.fields) == {"reason"}
    services.decline_mandate(actor=boss, mandate=mandate, reason="We do not file to Singapore.")
    with pytest.raises(IllegalTransition, match="is over: declined"):
        services.accept_mandate(actor=boss, mandate=mandate)
    second = mandates.in_force(organisation, broker, "draft")
    services.end_mandate(actor=boss, mandate=second, reason="We have no people for it.")
    types = Event.objects.filter(type__startswith="mandate.").order_by("pk").values_list("type", flat=True)
    assert [kind.partition(".")[2] for kind in types] == ["given", "declined", "given", "accepted", "ended"]


def test_both_sides_are_told_14_days_before_it_ends_and_not_of_one_that_was_ended(
    in_force: None, organisation: Organisation, broker: Organisation, time_machine: Any
) -> None:
    kept, ended = (mandates.in_force(organisation, broker) for _ in range(2))
    services.end_mandate(actor=mandates.administrator_of(broker), mandate=ended, reason="We file no more.")
    short = mandates.in_force(organisation, broker, ends_on=clock.today("Europe/Berlin") + timedelta(days=9))
    time_machine.move_to(kept.ends_at - timedelta(days=14, seconds=2))
    deadlines.tick()
    assert not Event.objects.filter(type="mandate.ending").exists(), short.reference
    time_machine.move_to(kept.ends_at - timedelta(days=14) + timedelta(seconds=1))
    deadlines.tick()
    (told,) = Event.objects.filter(type="mandate.ending")
    assert told.facts["mandate"] == kept.reference
    run_deliveries()
    notices = Notice.objects.filter(subject__contains="ends in 14 days")
    sides = [mandates.administrator_of(one) for one in (organisation, broker)]
    assert {one.recipient for one in notices} == set(sides)


def test_wrong_days_acts_and_agents_are_named(organisation: Organisation, broker: Organisation) -> None:
    own, today = mandates.administrator_of(organisation), clock.today("Europe/Berlin")
    good = {"agent": broker, "acts": ["draft"], "starts_on": today, "ends_on": today}
    for wrong, field in (
        ({"ends_on": today - timedelta(days=1)}, "ends_on"),
        ({"starts_on": today - timedelta(days=9), "ends_on": today - timedelta(days=1)}, "ends_on"),
        ({"ends_on": date.max}, "ends_on"),
        ({"starts_on": date.max, "ends_on": date.max}, "ends_on"),
        ({"starts_on": date.min}, "starts_on"),
        ({"acts": []}, "acts"),
        ({"acts": ["decide"]}, "acts"),
        ({"agent": organisation}, "registration_number"),
        ({"destinations": ["Singapore"]}, "destinations"),
    ):
        with pytest.raises(Invalid) as refused:
            services.give_mandate(actor=own, principal=organisation, **{**good, **wrong})  # type: ignore[arg-type]
        assert set(refused.value.fields) == {field}, wrong
    assert (
        services.find_agent(jurisdiction="FR", registration_number=broker.registration_number.lower())
        == broker
    )
    with pytest.raises(Invalid, match="No vetted organisation"):
        services.find_agent(jurisdiction="DE", registration_number=broker.registration_number)


def test_a_suspended_agent_does_nothing_until_it_is_reinstated(
    organisation: Organisation, broker: Organisation, agent: User
) -> None:
    mandate = mandates.in_force(organisation, broker)
    officer = factories.officer_of("FR")
    services.suspend_organisation(actor=officer, organisation=broker, reason="Its licence is in question.")
    with pytest.raises(Forbidden, match="paused"):
        applications.start(
            actor=fresh(agent), organisation=organisation, mandate=Mandate.objects.get(pk=mandate.pk)
        )
    services.reinstate_organisation(actor=officer, organisation=Organisation.objects.get(pk=broker.pk))
    assert fresh(agent).mandated() == {mandate.pk}


def test_one_that_ends_between_reading_and_writing_refuses_the_act(
    organisation: Organisation, broker: Organisation, agent: User
) -> None:
    mandate = mandates.in_force(organisation, broker)
    early = fresh(agent)
    assert early.mandated()
    services.end_mandate(actor=mandates.administrator_of(broker), mandate=mandate, reason="Closed today.")
    with pytest.raises(Forbidden, match="not in force: ended"):
        applications.start(actor=early, organisation=organisation, mandate=mandate)
    assert not Application.objects.exists()


def test_the_database_keeps_mandates_and_what_was_filed_under_them(
    organisation: Organisation, broker: Organisation, agent: User
) -> None:
    mandate = mandates.in_force(organisation, broker)
    rows = Mandate.objects.filter(pk=mandate.pk)
    for change in (
        {"acts": ["draft"]},
        {"ends_on": mandate.ends_on + timedelta(days=9)},
        {"ends_at": mandate.ends_at + timedelta(days=9)},
        {"agent": organisation},
    ):
        with (
            pytest.raises((ProgrammingError, InternalError), match="kept as they were given"),
            transaction.atomic(),
        ):
            rows.update(**change)
    with pytest.raises(ProgrammingError, match="kept as they were given"), transaction.atomic():
        rows.delete()
    foreign = factories.OrganisationFactory(jurisdiction=broker.jurisdiction)
    row = {"mandate": mandate, "created_by": agent, "created_at": clock.now(), "saved_at": clock.now()}
    with pytest.raises(IntegrityError, match="did not give this mandate"), transaction.atomic():
        Application.objects.create(organisation=foreign, reference="EA-0000-0001", **row)
    application = Application.objects.create(organisation=organisation, reference="EA-0000-0001", **row)
    with pytest.raises(ProgrammingError, match="stays under the mandate"), transaction.atomic():
        Application.objects.filter(pk=application.pk).update(mandate=None)


ZONES = ("Europe/Berlin", "Asia/Tokyo", "America/Toronto", "Pacific/Auckland", "America/Havana", "UTC")


class TestDays(HypothesisCase):
    """A mandate counts from the first instant of its first day to the last of its last, where the exporter is."""

    @settings(max_examples=examples(8), deadline=None)
    @given(
        zone=st.sampled_from(ZONES),
        first=st.dates(date(2026, 1, 1), date(2029, 12, 31)),
        days=st.integers(0, 400),
        shift=st.integers(-3, 3),
        seconds=st.sampled_from([-1, 0, 1, 43_200, 86_399]),
    )
    def test_in_force_is_the_local_day_and_both_answers_agree(
        self, zone: str, first: date, days: int, shift: int, seconds: int
    ) -> None:
        last = first + timedelta(days=days)
        germany = factories.JurisdictionFactory(code="DE")
        principal, agent = (factories.OrganisationFactory(jurisdiction=germany) for _ in range(2))
        by = factories.exporter_of(agent, Membership.Role.ADMINISTRATOR)
        mandate = Mandate.objects.create(
            reference="MD-0000-0000", principal=principal, agent=agent, acts=["draft"],
            starts_on=first, ends_on=last, starts_at=midnight(first, zone),
            ends_at=midnight(last + timedelta(days=1), zone), given_by=by, given_at=clock.now(),
            status="accepted", answered_by=by, answered_at=clock.now(),
        )  # fmt: skip
        for edge in (mandate.starts_at, mandate.ends_at):
            at = (edge + timedelta(days=shift, seconds=seconds)).astimezone(UTC)
            local = at.astimezone(ZoneInfo(zone)).date()
            counts = Mandate.objects.in_force(at).filter(pk=mandate.pk).exists()
            assert counts == (first <= local <= last)
            assert counts == (mandate.standing(at) == Mandate.Standing.IN_FORCE)


def test_midnight_is_the_first_instant_of_the_day() -> None:
    for zone in ZONES:
        for number in range(0, 1200, 7):
            day = date(2026, 1, 1) + timedelta(days=number)
            at = midnight(day, zone)
            assert at.astimezone(ZoneInfo(zone)).date() == day
            assert (at - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() < day
    assert midnight(date(2026, 11, 27), "Asia/Tokyo") == datetime(2026, 11, 26, 15, tzinfo=UTC)
    assert copy.copy(midnight(date(2026, 11, 27), "UTC")).tzinfo is not None
