"""An exporter registers, its own jurisdiction vets it, and nobody else does."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core import audience, clock
from core.errors import Conflict, Forbidden, IllegalTransition, Invalid
from ledger.models import Event, FeedEntry
from members import services
from members.models import Jurisdiction, Membership, Organisation, Role, User
from tests.factories import AuthorityFactory, OrganisationFactory, UserFactory

OfficerOf = Callable[..., User]


def details(**changed: Any) -> dict[str, Any]:
    given = {
        "jurisdiction": "DE",
        "name": "Nordlicht Sensorik GmbH",
        "address": "Hafenstraße 1, 20457 Hamburg",
        "registration_number": "hrb  4711",
        "contact_email": "Exports@Nordlicht.example",
        "lei": "",
        "vat": "",
    }
    return {**given, **changed}


def test_who_registers_an_organisation_administers_it_and_it_waits(germany: Jurisdiction):
    person = UserFactory()
    made = services.apply_organisation(actor=person, **details())
    assert (made.status, made.registration_number, made.contact_email) == (
        Organisation.Status.APPLIED,
        "HRB 4711",
        "exports@nordlicht.example",
    )
    assert Membership.objects.get(organisation=made).role == Membership.Role.ADMINISTRATOR
    event = Event.objects.get(type="organisation.applied")
    readers = set(FeedEntry.objects.filter(event=event).values_list("audience", flat=True))
    assert readers == {audience.organisation(made.pk), audience.jurisdiction("DE")}


def test_every_wrong_answer_is_named_at_once(germany: Jurisdiction):
    wrong = details(
        name=" ", lei="DEMO", vat="DE1", contact_email="nobody", jurisdiction="XX", address="x" * 501
    )
    with pytest.raises(Invalid) as refused:
        services.apply_organisation(actor=UserFactory(), **wrong)
    assert set(refused.value.fields) == {"name", "lei", "vat", "contact_email", "jurisdiction", "address"}
    assert not Organisation.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"), [("registration_number", "HRB 4711"), ("lei", "DEMO00RHEINWERK00015")]
)
def test_a_number_registers_one_organisation_only(germany: Jurisdiction, field: str, value: str):
    services.apply_organisation(actor=UserFactory(), **details(**{field: value}))
    second = details(registration_number="HRB 1") if field == "lei" else details()
    with pytest.raises(Conflict, match="already registered") as refused:
        services.apply_organisation(actor=UserFactory(), **{**second, field: value})
    assert list(refused.value.fields) == [field]


def test_a_person_registers_no_second_organisation_while_one_waits(germany: Jurisdiction):
    person = UserFactory()
    services.apply_organisation(actor=person, **details())
    with pytest.raises(Forbidden, match="not been vetted yet"):
        services.apply_organisation(actor=person, **details(registration_number="HRB 2"))


def test_an_officer_registers_no_exporter(officer_of: OfficerOf):
    with pytest.raises(Forbidden, match="Officers do not"):
        services.apply_organisation(actor=officer_of("DE"), **details())


@pytest.fixture
def waiting(germany: Jurisdiction) -> Organisation:
    return services.apply_organisation(actor=UserFactory(), **details())


def test_vetting_lets_an_organisation_file_and_is_recorded(waiting: Organisation, officer_of: OfficerOf):
    officer = officer_of("DE")
    services.vet_organisation(actor=officer, organisation=waiting)
    found = Organisation.objects.get(pk=waiting.pk)
    assert found.status == Organisation.Status.VETTED
    assert found.vetted_at is not None
    event = Event.objects.get(type="organisation.vetted")
    assert (event.actor_id, event.subject_label) == (str(officer.uid), waiting.name)


def test_another_jurisdiction_vets_nobody(waiting: Organisation, officer_of: OfficerOf):
    for code in ("FR", "JP"):
        with pytest.raises(Forbidden, match="own jurisdiction"):
            services.vet_organisation(actor=officer_of(code), organisation=waiting)


def test_nobody_vets_an_organisation_they_belong_to(waiting: Organisation, officer_of: OfficerOf):
    officer = officer_of("DE")
    Membership.objects.create(user=officer, organisation=waiting, role=Membership.Role.EXPORTER)
    with pytest.raises(Forbidden, match="belong to this organisation"):
        services.vet_organisation(actor=officer, organisation=waiting)


def test_an_officer_without_second_factor_vets_nobody(waiting: Organisation, officer_of: OfficerOf):
    with pytest.raises(Forbidden, match="second factor"):
        services.vet_organisation(actor=officer_of("DE", second_factor=False), organisation=waiting)


def test_a_refused_organisation_is_told_why_mends_its_answers_and_waits_again(
    waiting: Organisation, officer_of: OfficerOf
):
    services.refuse_organisation(
        actor=officer_of("DE"), organisation=waiting, reason="The number is unknown."
    )
    refused = Organisation.objects.get(pk=waiting.pk)
    assert refused.status_reason == "The number is unknown."
    owner = waiting.memberships.get().user
    answers = details(registration_number="HRB 4712")
    answers.pop("jurisdiction")
    services.apply_again(actor=owner, organisation=refused, **answers)
    again = Organisation.objects.get(pk=waiting.pk)
    assert (again.status, again.status_reason, again.registration_number) == ("applied", "", "HRB 4712")


def test_a_reason_is_asked_for(waiting: Organisation, officer_of: OfficerOf):
    with pytest.raises(Invalid) as refused:
        services.refuse_organisation(actor=officer_of("DE"), organisation=waiting, reason="  ")
    assert list(refused.value.fields) == ["reason"]


def test_suspending_and_reinstating(organisation: Organisation, officer_of: OfficerOf):
    officer = officer_of("DE")
    services.suspend_organisation(actor=officer, organisation=organisation, reason="Under inspection.")
    assert Organisation.objects.get(pk=organisation.pk).status == "suspended"
    services.reinstate_organisation(actor=officer, organisation=organisation)
    assert Organisation.objects.get(pk=organisation.pk).status == "vetted"


ACTS: dict[str, Callable[[User, Organisation], object]] = {
    "vet": lambda actor, it: services.vet_organisation(actor=actor, organisation=it),
    "refuse": lambda actor, it: services.refuse_organisation(actor=actor, organisation=it, reason="x"),
    "suspend": lambda actor, it: services.suspend_organisation(actor=actor, organisation=it, reason="x"),
    "reinstate": lambda actor, it: services.reinstate_organisation(actor=actor, organisation=it),
}
POSSIBLE = {("applied", "vet"), ("applied", "refuse"), ("vetted", "suspend"), ("suspended", "reinstate")}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", Organisation.Status.values)
def test_each_act_fits_its_states_and_no_other(
    state: str, act: str, germany: Jurisdiction, officer_of: OfficerOf
):
    dated = clock.now() if state in ("vetted", "suspended") else None
    organisation = OrganisationFactory(jurisdiction=germany, status=state, vetted_at=dated)
    if (state, act) in POSSIBLE:
        ACTS[act](officer_of("DE"), organisation)
    else:
        with pytest.raises(IllegalTransition):
            ACTS[act](officer_of("DE"), organisation)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", Role.values)
def test_only_vetting_roles_vet(role: str, act: str, organisation: Organisation, officer_of: OfficerOf):
    state = next(state for state, possible in POSSIBLE if possible == act)
    dated = clock.now() if state in ("vetted", "suspended") else None
    it = OrganisationFactory(jurisdiction=organisation.jurisdiction, status=state, vetted_at=dated)
    if role in (Role.LICENSING_OFFICER, Role.ADMINISTRATOR):
        ACTS[act](officer_of("DE", role), it)
    else:
        with pytest.raises(Forbidden, match="licensing officers and administrators"):
            ACTS[act](officer_of("DE", role), it)


@pytest.mark.parametrize("act", ACTS)
def test_no_exporter_vets(act: str, organisation: Organisation, exporter: User):
    with pytest.raises(Forbidden):
        ACTS[act](exporter, organisation)


def test_the_database_refuses_a_vetted_organisation_without_a_date(germany: Jurisdiction):
    with pytest.raises(IntegrityError, match="organisation_vetted_iff_dated"), transaction.atomic():
        OrganisationFactory(jurisdiction=germany, status="vetted", vetted_at=None)


def test_organisations_are_seen_by_their_own(
    organisation: Organisation, exporter: User, officer_of: OfficerOf, france: Jurisdiction
):
    OrganisationFactory(jurisdiction=france)
    AuthorityFactory(jurisdiction=france)

    def seen(user: User) -> list[Organisation]:
        return list(Organisation.objects.visible_to(user))

    assert seen(exporter) == [organisation]
    assert seen(officer_of("DE")) == [organisation]
    assert organisation not in seen(officer_of("FR"))
    assert seen(officer_of("JP")) == []
    assert seen(officer_of("DE", second_factor=False)) == []
    assert len(seen(officer_of("JP", Role.AUDITOR))) == 2
