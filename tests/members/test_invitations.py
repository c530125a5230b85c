"""A person gets in by an invitation: to one place, by one link, once, for fourteen days."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from core import clock
from core.errors import Conflict, EntenteError, Forbidden, Invalid, NotFound
from ledger.models import Event
from members import services
from members.models import Authority, Invitation, Membership, Ministry, Organisation, Role, User
from tests import factories
from tests.factories import AuthorityFactory, UserFactory
from tests.standing import stays

OfficerOf = Callable[..., User]
PASSWORD = "korrektes pferd batterie"


@stays
def defence(administrator: User) -> Authority:
    return AuthorityFactory(jurisdiction__code="DE", ministry=Ministry.DEFENCE)


def invite_officer(
    actor: User, authority: Authority, *roles: str, email: str = "new@def.example"
) -> Invitation:
    return services.invite(
        actor=actor,
        email=email,
        name="New Officer",
        authority=authority,
        roles=list(roles or (Role.ADVISER,)),
    )


def accept(invitation: Invitation, **how: object) -> User:
    given = {"password": PASSWORD, "name": "Newcomer"} if "actor" not in how else {}
    return services.accept_invitation(token=services.invitation_token(invitation), **{**given, **how})


def test_an_invited_officer_takes_place_and_roles(administrator: User, defence: Authority):
    person = accept(invite_officer(administrator, defence, Role.ADVISER, Role.CRISIS_SEAT))
    assert person.authority == defence
    assert person.roles == {Role.ADVISER, Role.CRISIS_SEAT}
    assert person.check_password(PASSWORD)
    assert person.emailaddress_set.get().verified


def test_a_new_officer_reads_only_what_is_public_until_the_second_factor_is_there(
    administrator: User, defence: Authority
):
    person = accept(invite_officer(administrator, defence))
    assert set(person.audience.keys) == {"public"}


def test_the_ledger_names_the_place_and_hides_the_person(administrator: User, defence: Authority):
    invitation = invite_officer(administrator, defence)
    event = Event.objects.get(type="person.invited")
    assert "new@def.example" not in f"{event.subject_label}{event.facts}"
    assert event.detail.payload == {"email": "new@def.example", "name": "New Officer"}
    assert invitation.email == "new@def.example"


@pytest.mark.parametrize("role", Role.values)
def test_only_an_administrator_of_the_own_jurisdiction_invites_officers(
    role: str, officer_of: OfficerOf, defence: Authority
):
    for code in ("DE", "FR", "JP"):
        actor = officer_of(code, role)
        if role == Role.ADMINISTRATOR and code == "DE":
            invite_officer(actor, defence)
        else:
            with pytest.raises(Forbidden):
                invite_officer(actor, defence)


def test_only_an_administrator_of_the_organisation_invites_members(
    organisation: Organisation, office: User, exporter: User, administrator: User
):
    stranger = factories.exporter_of(factories.OrganisationFactory(), Membership.Role.ADMINISTRATOR)
    for actor in (exporter, administrator, stranger):
        with pytest.raises(Forbidden):
            services.invite(actor=actor, email="a@b.example", name="A", organisation=organisation)
    invitation = services.invite(actor=office, email="a@b.example", name="A", organisation=organisation)
    person = accept(invitation)
    assert person.organisation_ids == {organisation.pk}


def test_an_expired_invitation_opens_nothing(administrator: User, defence: Authority):
    invitation = invite_officer(administrator, defence)
    later = clock.now() + timedelta(days=14, seconds=1)
    with time_machine.travel(later), pytest.raises(Conflict, match="expired"):
        accept(invitation)
    assert not User.objects.filter(email="new@def.example").exists()


def test_an_invitation_works_until_its_last_second(administrator: User, defence: Authority):
    invitation = invite_officer(administrator, defence)
    with time_machine.travel(invitation.expires_at - timedelta(seconds=1), tick=False):
        assert accept(invitation).is_active


def test_an_invitation_works_once(administrator: User, defence: Authority):
    invitation = invite_officer(administrator, defence)
    accept(invitation)
    with pytest.raises(Conflict, match="already been used"):
        accept(invitation, password="another good password")
    assert User.objects.get(email="new@def.example").check_password(PASSWORD)


def test_a_withdrawn_invitation_opens_nothing(administrator: User, defence: Authority):
    invitation = invite_officer(administrator, defence)
    services.withdraw_invitation(actor=administrator, invitation=invitation)
    with pytest.raises(Conflict, match="withdrawn"):
        accept(invitation)


def test_a_second_invitation_to_the_same_place_ends_the_first(administrator: User, defence: Authority):
    first = invite_officer(administrator, defence)
    second = invite_officer(administrator, defence, Role.DECIDER)
    with pytest.raises(Conflict, match="withdrawn"):
        accept(first)
    assert accept(second).roles == {Role.DECIDER}


@pytest.mark.parametrize(
    "forge", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda t: "x" + t, lambda t: ""]
)
def test_a_forged_link_finds_nothing(administrator: User, defence: Authority, forge: Callable[[str], str]):
    token = services.invitation_token(invite_officer(administrator, defence))
    with pytest.raises(NotFound):
        services.accept_invitation(token=forge(token), password=PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "123456789012", "1q2w3e4r5t6y", "new@def.example"])
def test_a_weak_password_is_refused_and_the_link_stays_good(
    administrator: User, defence: Authority, password: str
):
    invitation = invite_officer(administrator, defence)
    with pytest.raises(Invalid) as refused:
        accept(invitation, password=password)
    assert list(refused.value.fields) == ["password"]
    assert accept(invitation).is_active


def test_nobody_takes_over_an_account_by_an_invitation_to_its_address(
    administrator: User, defence: Authority
):
    owner = UserFactory(email="owner@example.org", password="the owner's own password")
    invitation = invite_officer(administrator, defence, email="owner@example.org")
    with pytest.raises(Forbidden, match="Sign in with it"):
        accept(invitation)
    with pytest.raises(Forbidden, match="Sign in with it"):
        accept(invitation, actor=UserFactory())
    assert User.objects.get(pk=owner.pk).check_password("the owner's own password")


def test_an_exporter_cannot_become_an_officer_with_the_same_account(
    administrator: User, defence: Authority, exporter: User
):
    invitation = invite_officer(administrator, defence, email=exporter.email)
    with pytest.raises(Conflict, match="belongs to an exporter"):
        accept(invitation, actor=exporter)


def test_an_officer_cannot_join_an_organisation(
    office: User, organisation: Organisation, officer_of: OfficerOf
):
    officer = officer_of("FR")
    invitation = services.invite(actor=office, email=officer.email, name="X", organisation=organisation)
    with pytest.raises(Conflict, match="belongs to an officer"):
        accept(invitation, actor=officer)


def test_a_member_joins_a_second_organisation_with_the_same_account(exporter: User):
    other = factories.OrganisationFactory()
    owner = factories.exporter_of(other, Membership.Role.ADMINISTRATOR)
    invitation = services.invite(actor=owner, email=exporter.email.upper(), name="X", organisation=other)
    assert accept(invitation, actor=exporter).organisation_ids == exporter.organisation_ids | {other.pk}


@pytest.mark.parametrize("roles", [[], ["king"], [Role.AUDITOR, Role.DECIDER]])
def test_roles_must_be_known_and_fit_one_person(administrator: User, defence: Authority, roles: list[str]):
    with pytest.raises(Invalid) as refused:
        services.invite(actor=administrator, email="a@b.example", name="A", authority=defence, roles=roles)
    assert list(refused.value.fields) == ["roles"]


@pytest.mark.parametrize(("email", "name", "field"), [("nobody", "A", "email"), ("a@b.example", " ", "name")])
def test_a_wrong_address_or_no_name_is_named(
    administrator: User, defence: Authority, email: str, name: str, field: str
):
    with pytest.raises(EntenteError) as refused:
        services.invite(actor=administrator, email=email, name=name, authority=defence, roles=[Role.ADVISER])
    assert list(refused.value.fields) == [field]


def test_the_first_administrator_is_invited_by_whoever_runs_the_platform_and_only_the_first(
    defence: Authority,
):
    with pytest.raises(Conflict, match="has an administrator"):
        services.invite_first_administrator(authority=defence, email="a@b.example", name="A")
    japanese = AuthorityFactory(jurisdiction__code="JP")
    invitation = services.invite_first_administrator(authority=japanese, email="a@b.example", name="A")
    assert accept(invitation).roles == {Role.ADMINISTRATOR}


def test_invitations_are_seen_by_those_who_could_have_sent_them(
    administrator: User, defence: Authority, officer_of: OfficerOf, exporter: User
):
    invitation = invite_officer(administrator, defence)

    def seen(user: User) -> list[Invitation]:
        return list(Invitation.objects.visible_to(user))

    assert seen(administrator) == [invitation]
    assert seen(officer_of("DE", Role.ADMINISTRATOR)) == [invitation]
    for other in (officer_of("DE"), officer_of("FR", Role.ADMINISTRATOR), exporter):
        assert seen(other) == []
