"""A partner's system acts for a person, within what it was registered for, until either is gone."""

import base64
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from oauth2_provider.models import AccessToken

from core import clock
from core.errors import Conflict, Forbidden, Invalid
from members import oauth, policies, services
from members.models import ApiClient, Organisation, Role, User
from tests import factories
from tests.standing import stays

OfficerOf = Callable[..., User]


@stays
def adviser(officer_of: OfficerOf) -> User:
    return officer_of("DE", Role.ADVISER)


@pytest.fixture
def registered(administrator: User, adviser: User) -> services.Registration:
    return services.register_client(
        actor=administrator, person=adviser, name="Queue reader", scopes=["cases:read", "positions:write"]
    )


def ask_token(registered: services.Registration, **changed: str) -> tuple[int, dict[str, str]]:
    pair = f"{registered.client.client_id}:{changed.pop('secret', registered.secret)}"
    headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    answer = Client().post("/oauth/token/", {"grant_type": "client_credentials", **changed}, headers=headers)
    return answer.status_code, answer.json()


def resolved(value: str) -> User | None:
    return oauth.resolve_client_user(oauth.tokens().get(token=value))


def test_a_token_carries_every_scope_of_its_client_unless_fewer_are_asked_for(
    registered: services.Registration,
):
    status, body = ask_token(registered)
    assert (status, set(body["scope"].split())) == (200, {"cases:read", "positions:write"})
    status, body = ask_token(registered, scope="cases:read")
    assert (status, body["scope"]) == (200, "cases:read")


def test_a_token_never_carries_more_than_its_client_was_registered_for(registered: services.Registration):
    status, body = ask_token(registered, scope="cases:read decisions:write")
    assert (status, body["error"]) == (400, "invalid_scope")


def test_a_wrong_secret_gets_no_token(registered: services.Registration):
    status, body = ask_token(registered, secret="guess")
    assert (status, body["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("grant", ["password", "authorization_code", "refresh_token", "implicit"])
def test_no_other_grant_is_offered(registered: services.Registration, grant: str):
    status, _body = ask_token(
        registered, grant_type=grant, username="x", password="x", code="x", refresh_token="x"
    )
    assert status in (400, 401)


def test_the_secret_is_kept_only_as_a_hash(registered: services.Registration):
    stored = ApiClient.objects.get(pk=registered.client.pk).client_secret
    assert stored.startswith("sha256_random$")
    assert registered.secret not in stored


def test_the_person_acts_through_the_client(registered: services.Registration, adviser: User):
    _status, body = ask_token(registered)
    user = resolved(body["access_token"])
    assert user == adviser
    assert (user.actor_kind, user.actor_label) == ("client", f"{adviser.name} via Queue reader")


def test_a_revoked_client_has_no_token_and_gets_none(registered: services.Registration, administrator: User):
    _status, body = ask_token(registered)
    services.revoke_client(actor=administrator, client=registered.client)
    assert not AccessToken.objects.filter(token=body["access_token"]).exists()
    assert ask_token(registered)[0] == 401
    with pytest.raises(Conflict, match="already been revoked"):
        services.revoke_client(actor=administrator, client=registered.client)


def test_the_client_of_a_leaver_gets_no_token(
    registered: services.Registration, administrator: User, adviser: User
):
    services.remove_leaver(actor=administrator, person=adviser)
    assert ask_token(registered)[0] == 401


def test_an_expired_token_stands_for_nobody(registered: services.Registration):
    _status, body = ask_token(registered)
    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1)):
        assert resolved(body["access_token"]) is None


def test_a_scope_taken_from_the_client_is_gone_from_its_tokens(registered: services.Registration):
    _status, body = ask_token(registered)
    client = registered.client
    client.allowed_scopes = ["cases:read"]
    client.save()
    token = AccessToken.objects.select_related("application").get(token=body["access_token"])
    assert oauth.scopes_in_force(token) == {"cases:read"}


@pytest.mark.parametrize("scopes", [[], ["everything"], ["applications:write"]])
def test_scopes_must_fit_the_persons_work(administrator: User, adviser: User, scopes: list[str]):
    with pytest.raises(Invalid) as refused:
        services.register_client(actor=administrator, person=adviser, name="X", scopes=scopes)
    assert list(refused.value.fields) == ["scopes"]


def test_an_exporters_system_gets_no_officers_scope(office: User):
    with pytest.raises(Invalid):
        services.register_client(actor=office, person=office, name="X", scopes=["decisions:write"])
    assert policies.scopes_for(office) & {"positions:write", "decisions:write", "screening:write"} == set()


def test_who_may_register_a_system_for_whom(
    administrator: User, adviser: User, office: User, exporter: User, officer_of: OfficerOf
):
    allowed = {(administrator, adviser), (office, office), (office, exporter)}
    everyone = (administrator, adviser, office, exporter, officer_of("FR", Role.ADMINISTRATOR))
    for actor in everyone:
        for person in everyone:
            verdict = policies.can_register_client(actor, person)
            assert bool(verdict) == ((actor, person) in allowed), (actor, person)
            assert verdict or verdict.reason.endswith(".")


def test_a_person_may_always_cut_off_the_system_that_acts_for_them(
    registered: services.Registration, adviser: User
):
    assert services.revoke_client(actor=adviser, client=registered.client).revoked_at is not None


def test_a_stranger_cuts_off_nobodys_system(
    registered: services.Registration, officer_of: OfficerOf, office: User
):
    for stranger in (officer_of("FR", Role.ADMINISTRATOR), officer_of("DE"), office):
        with pytest.raises(Forbidden):
            services.revoke_client(actor=stranger, client=registered.client)


def test_systems_are_seen_by_those_who_answer_for_them(
    registered: services.Registration, administrator: User, adviser: User, officer_of: OfficerOf, office: User
):
    for user in (administrator, adviser):
        assert list(ApiClient.objects.visible_to(user)) == [registered.client]
    for user in (officer_of("DE"), officer_of("FR", Role.ADMINISTRATOR), office):
        assert not ApiClient.objects.visible_to(user).exists()


def test_an_organisations_administrator_sees_its_members_systems_once(
    organisation: Organisation, office: User
):
    factories.exporter_of(organisation)
    made = services.register_client(actor=office, person=office, name="ERP", scopes=["cases:read"])
    assert list(ApiClient.objects.visible_to(office)) == [made.client]
