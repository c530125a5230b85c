"""Appointing, leaving and getting back in; never for oneself."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from oauth2_provider.models import AccessToken

from core import clock
from core.errors import Blocked, Conflict, Forbidden, Invalid
from ledger.models import Event
from members import services
from members.models import ApiClient, Membership, Organisation, Role, User
from tests import factories

OfficerOf = Callable[..., User]


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_an_administrator_appoints_and_dismisses(administrator: User, officer_of: OfficerOf):
    officer = officer_of("DE", Role.ADVISER)
    services.appoint(actor=administrator, person=officer, role=Role.DECIDER)
    assert fresh(officer).roles == {Role.ADVISER, Role.DECIDER}
    services.dismiss(actor=administrator, person=officer, role=Role.ADVISER)
    assert fresh(officer).roles == {Role.DECIDER}
    assert list(Event.objects.values_list("type", flat=True)) == ["officer.appointed", "officer.dismissed"]


def test_nobody_appoints_or_dismisses_themselves(administrator: User):
    with pytest.raises(Forbidden, match="themselves"):
        services.appoint(actor=administrator, person=administrator, role=Role.DECIDER)
    with pytest.raises(Forbidden, match="themselves"):
        services.dismiss(actor=administrator, person=administrator, role=Role.ADMINISTRATOR)


def test_an_administrator_of_another_jurisdiction_appoints_nobody(administrator: User, officer_of: OfficerOf):
    with pytest.raises(Forbidden, match="another jurisdiction"):
        services.appoint(actor=administrator, person=officer_of("FR"), role=Role.DECIDER)


def test_an_auditor_holds_no_other_role(administrator: User, officer_of: OfficerOf):
    with pytest.raises(Invalid, match="nobody audits their own work"):
        services.appoint(actor=administrator, person=officer_of("DE", Role.AUDITOR), role=Role.DECIDER)


def test_a_role_is_given_once_and_taken_once(administrator: User, officer_of: OfficerOf):
    officer = officer_of("DE", Role.ADVISER)
    with pytest.raises(Conflict, match="already holds"):
        services.appoint(actor=administrator, person=officer, role=Role.ADVISER)
    with pytest.raises(Conflict, match="does not hold"):
        services.dismiss(actor=administrator, person=officer, role=Role.DECIDER)


def test_two_administrators_cannot_leave_the_jurisdiction_without_one(
    administrator: User, officer_of: OfficerOf
):
    second = officer_of("DE", Role.ADMINISTRATOR)
    services.remove_leaver(actor=administrator, person=second)
    third = officer_of("DE", Role.ADMINISTRATOR)
    services.dismiss(actor=third, person=administrator, role=Role.ADMINISTRATOR)
    with pytest.raises(Forbidden):
        services.remove_leaver(actor=fresh(administrator), person=third)


def test_the_last_administrator_is_not_removed(administrator: User, officer_of: OfficerOf):
    second = officer_of("DE", Role.ADMINISTRATOR)
    User.objects.filter(pk=administrator.pk).update(is_active=False, left_at=clock.now())
    with pytest.raises(Blocked, match="last administrator"):
        services.dismiss(actor=administrator, person=second, role=Role.ADMINISTRATOR)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/account/").status_code == 200
    return client


def token_of(user: User) -> AccessToken:
    client = ApiClient.objects.create(
        name="System", user=user, client_type="confidential", authorization_grant_type="client-credentials"
    )
    expires = clock.now() + timedelta(hours=1)
    return AccessToken.objects.create(application=client, token=f"t{client.pk}", expires=expires)


def test_a_leaver_loses_session_token_and_systems_at_once(administrator: User, officer_of: OfficerOf):
    leaver = officer_of("DE", Role.ADVISER)
    browser, token = signed_in(leaver), token_of(leaver)
    services.remove_leaver(actor=administrator, person=leaver)
    assert browser.get("/account/").status_code == 302
    assert not AccessToken.objects.filter(pk=token.pk).exists()
    assert ApiClient.objects.get(user=leaver).revoked_at is not None
    left = fresh(leaver)
    assert (left.is_active, left.roles, left.has_usable_password()) == (False, frozenset(), False)
    assert not left.has_second_factor


def test_leaving_is_told_so_that_claimed_work_returns(administrator: User, officer_of: OfficerOf):
    leaver = officer_of("DE", Role.ADVISER)
    services.remove_leaver(actor=administrator, person=leaver)
    event = Event.objects.get(type="person.left")
    assert event.subject_id == str(leaver.pk)
    assert event.facts["person"] == str(leaver.uid)
    assert event.facts["closed"] is True
    assert event.facts["roles"] == [Role.ADVISER]


def test_a_member_leaves_one_organisation_and_stays_in_the_other(office: User, organisation: Organisation):
    member = factories.exporter_of(organisation)
    other = factories.OrganisationFactory()
    Membership.objects.create(user=member, organisation=other, role=Membership.Role.EXPORTER)
    browser, token = signed_in(member), token_of(member)
    services.remove_leaver(actor=office, person=member)
    assert fresh(member).organisation_ids == {other.pk}
    assert fresh(member).is_active
    assert browser.get("/account/").status_code == 302
    assert not AccessToken.objects.filter(pk=token.pk).exists()


def test_nobody_removes_themselves_or_people_of_others(
    administrator: User, office: User, exporter: User, officer_of: OfficerOf
):
    stranger = factories.exporter_of(factories.OrganisationFactory(), Membership.Role.ADMINISTRATOR)
    for actor, person in (
        (administrator, administrator),
        (administrator, officer_of("FR")),
        (officer_of("DE"), officer_of("DE", Role.ADVISER)),
        (office, office),
        (exporter, office),
        (stranger, exporter),
        (administrator, exporter),
        (office, officer_of("DE")),
    ):
        with pytest.raises(Forbidden):
            services.remove_leaver(actor=actor, person=person)


def test_a_leaver_leaves_once(administrator: User, officer_of: OfficerOf):
    leaver = officer_of("DE")
    services.remove_leaver(actor=administrator, person=leaver)
    with pytest.raises(Conflict, match="already left"):
        services.remove_leaver(actor=administrator, person=leaver)


def test_a_former_officer_comes_back_by_invitation_with_nothing_of_the_old_time(
    administrator: User, officer_of: OfficerOf
):
    leaver = officer_of("DE", Role.DECIDER)
    services.remove_leaver(actor=administrator, person=leaver)
    assert leaver.authority is not None
    invitation = services.invite(
        actor=administrator, email=leaver.email, name="X", authority=leaver.authority, roles=[Role.ADVISER]
    )
    token = services.invitation_token(invitation)
    back = services.accept_invitation(token=token, name="Back", password="ein neues langes wort")
    assert back.pk == leaver.pk
    assert (back.roles, back.has_second_factor, back.left_at) == ({Role.ADVISER}, False, None)


def test_recovery_ends_sessions_password_and_second_factor(administrator: User, officer_of: OfficerOf):
    officer = officer_of("DE")
    officer.set_password("the old password")
    officer.save()
    browser = signed_in(officer)
    services.recover_account(actor=administrator, person=officer)
    found = fresh(officer)
    assert not found.has_usable_password()
    assert not Authenticator.objects.filter(user=officer).exists()
    assert set(found.audience.keys) == {"public"}
    assert browser.get("/account/").status_code == 302


def test_nobody_recovers_their_own_account_or_that_of_a_foreign_person(
    administrator: User, officer_of: OfficerOf, exporter: User
):
    for person in (administrator, officer_of("FR"), exporter):
        with pytest.raises(Forbidden):
            services.recover_account(actor=administrator, person=person)


def test_the_recovery_link_lets_the_person_choose_a_password(administrator: User, officer_of: OfficerOf):
    officer = officer_of("DE")
    services.recover_account(actor=administrator, person=officer)
    browser = Client()
    page = browser.get(services.recovery_path(fresh(officer)), follow=True)
    assert page.status_code == 200
    new = {"password1": "ein ganz neues wort", "password2": "ein ganz neues wort"}
    browser.post(page.redirect_chain[-1][0], new)
    assert fresh(officer).check_password("ein ganz neues wort")


def test_a_system_administers_nobody(administrator: User, officer_of: OfficerOf):
    officer = officer_of("DE")
    administrator.via = ApiClient(name="System")
    for act in (
        lambda: services.appoint(actor=administrator, person=officer, role=Role.DECIDER),
        lambda: services.remove_leaver(actor=administrator, person=officer),
        lambda: services.recover_account(actor=administrator, person=officer),
    ):
        with pytest.raises(Forbidden, match="system cannot"):
            act()


def test_members_change_roles_of_others_only(office: User, exporter: User, organisation: Organisation):
    own = Membership.objects.get(user=office, organisation=organisation)
    other = Membership.objects.get(user=exporter, organisation=organisation)
    with pytest.raises(Forbidden, match="their own role"):
        services.change_membership(actor=office, membership=own, role=Membership.Role.EXPORTER)
    services.change_membership(actor=office, membership=other, role=Membership.Role.ADMINISTRATOR)
    assert organisation.pk in fresh(exporter).administers


def test_people_see_their_own_places_only(
    administrator: User, officer_of: OfficerOf, exporter: User, office: User
):
    french = officer_of("FR")

    def seen(user: User) -> set[User]:
        return set(User.objects.visible_to(user))

    assert seen(exporter) == {exporter, office}
    assert administrator in seen(officer_of("DE"))
    assert french not in seen(administrator)
    assert exporter not in seen(administrator)
    assert seen(officer_of("JP", second_factor=False)) == {User.objects.order_by("-pk")[0]}
