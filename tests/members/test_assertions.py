"""A system signs in with a key that never leaves it, once with each assertion, and only for us."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from rest_framework.test import APIClient

from core import clock
from core.errors import Forbidden, Invalid
from ledger.models import Event
from members import keys, policies, services
from members.models import ApiClient, Role, UsedAssertion, User
from members.signin import ASSERTION
from members.tasks import forget_expired
from tests.members.test_clients import ask_token
from tests.members.test_people_pages import browser
from tests.standing import stays

OfficerOf = Callable[..., User]
HERE = "http://127.0.0.1:8000/oauth/token/"
KEY = ECKey.generate_key("P-256")


@stays
def adviser(officer_of: OfficerOf) -> User:
    return officer_of("DE", Role.ADVISER)


@pytest.fixture
def client(administrator: User, adviser: User) -> ApiClient:
    registered = services.register_client(
        actor=administrator, person=adviser, name="Queue reader", scopes=["cases:read"]
    )
    return services.register_keys(actor=administrator, client=registered.client, keys=jwks(KEY))


def jwks(*listed: Any, private: bool = False) -> str:
    return json.dumps({"keys": [key.as_dict(private=private) for key in listed]})


def assertion(client: ApiClient, key: Any = KEY, alg: str = "ES256", **changed: Any) -> str:
    now = int(clock.now().timestamp())
    told = {
        "iss": client.client_id, "sub": client.client_id, "aud": HERE, "iat": now, "exp": now + 60,
        "jti": "one", **changed,
    }  # fmt: skip
    return jwt.encode({"alg": alg}, {name: value for name, value in told.items() if value is not None}, key)


def ask(signed: str, headers: dict[str, str] | None = None, **told: str) -> tuple[int, dict[str, Any]]:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": signed,
    }
    answer = Client(headers=headers or {}).post("/oauth/token/", {**form, **told})
    return answer.status_code, answer.json()


def test_a_signed_assertion_opens_once(client: ApiClient) -> None:
    signed = assertion(client)
    status, told = ask(signed)
    assert (status, told["scope"]) == (200, "cases:read")
    api = APIClient(HTTP_AUTHORIZATION=f"Bearer {told['access_token']}")
    assert api.get("/api/v1/cases/").status_code == 200
    status, told = ask(signed)
    assert (status, told["error"]) == (401, "invalid_client")
    assert "used before" in told["error_description"]
    assert ask(assertion(client, jti="two"), client_id=client.client_id)[0] == 200


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"aud": "https://elsewhere.example/oauth/token/"}, "aud must be"),
        ({"sub": "another"}, "iss and sub"),
        ({"iss": "another"}, "No client in force"),
        ({"exp": None}, "exp must be"),
        ({"exp": 1}, "exp must be"),
        ({"exp": 9_999_999_999}, "exp must be"),
        ({"nbf": 9_999_999_999}, "not valid yet"),
        ({"jti": None}, "jti must be"),
        ({"jti": ""}, "jti must be"),
        ({"key": ECKey.generate_key("P-256")}, "no registered key"),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(next(iter(value))),
)
def test_an_assertion_that_is_not_for_us_now_is_refused_with_the_reason(
    client: ApiClient, changed: dict[str, Any], said: str
) -> None:
    status, told = ask(assertion(client, **changed))
    assert (status, told["error"]) == (401, "invalid_client")
    assert said in told["error_description"]
    assert not UsedAssertion.objects.exists()


def test_what_is_no_assertion_is_refused(client: ApiClient) -> None:
    header, payload, _signature = assertion(client).split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    for wrong in ("", "a.b.c", f"{none}.{payload}.", f"{header}.{payload}.AAAA"):
        status, told = ask(wrong)
        assert (status, told["error"]) == (401, "invalid_client"), wrong
    assert ask(assertion(client), client_assertion_type="urn:other")[0] == 401


def test_who_has_keys_sends_no_secret_and_who_has_none_signs_nothing(
    client: ApiClient, administrator: User, adviser: User
) -> None:
    other = services.register_client(actor=administrator, person=adviser, name="B", scopes=["cases:read"])
    assert ask_token(other)[0] == 200
    assert ask(assertion(other.client))[0] == 401
    services.register_keys(actor=administrator, client=other.client, keys=jwks(KEY))
    status, told = ask_token(other)
    assert (status, told["error"]) == (401, "invalid_client")
    assert "registered keys" in told["error_description"]
    services.register_keys(actor=administrator, client=other.client, keys="")
    assert ask_token(other)[0] == 200


def test_a_revoked_system_s_signature_opens_nothing(client: ApiClient, administrator: User) -> None:
    services.revoke_client(actor=administrator, client=client)
    assert ask(assertion(client))[0] == 401
    assert not policies.can_register_keys(administrator, ApiClient.objects.get(pk=client.pk))


def test_keys_are_registered_by_whoever_could_register_the_system(
    client: ApiClient, administrator: User, adviser: User, officer_of: OfficerOf
) -> None:
    for stranger in (adviser, officer_of("FR", Role.ADMINISTRATOR)):
        with pytest.raises(Forbidden):
            services.register_keys(actor=stranger, client=client, keys="")
    event = Event.objects.get(type="client.keys_registered")
    assert event.facts["thumbprints"] == [KEY.thumbprint()]


@pytest.mark.parametrize("made", [("EC", "P-384"), ("OKP", "Ed25519"), ("RSA", 2048)], ids=str)
def test_kinds_of_keys_that_are_taken(client: ApiClient, administrator: User, made: tuple[str, Any]) -> None:
    kind, size = made
    makers: dict[str, Any] = {"EC": ECKey, "OKP": OKPKey, "RSA": RSAKey}
    key = makers[kind].generate_key(size)
    services.register_keys(actor=administrator, client=client, keys=jwks(KEY, key))
    kid, alg = key.thumbprint(), keys.ALGORITHMS[kind][-1]
    now = int(clock.now().timestamp())
    told = {"iss": client.client_id, "sub": client.client_id, "aud": HERE, "exp": now + 60, "jti": kind}
    alg = "ES384" if kind == "EC" else alg
    status, _told = ask(jwt.encode({"alg": alg, "kid": kid}, told, key, algorithms=[alg]))
    assert status == 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "no JSON"),
        ("[]", "JWK set"),
        ('{"keys": []}', "1 to 5"),
        ('{"keys": [3]}', "no key"),
        ('{"keys": [{"kty": "oct", "k": "AAAA"}]}', "secret part"),
        ('{"keys": [{"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}]}', "P-256"),
        ('{"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}', "cannot be read"),
        (jwks(ECKey.generate_key("P-256"), private=True), "private"),
        (jwks(RSAKey.generate_key(1024)), "2048"),
        (jwks(KEY, KEY), "same id"),
        ("x" * 30_000, "longer"),
    ],
    ids=lambda value: value[:12],
)
def test_what_is_no_set_of_good_public_keys_is_refused(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        keys.read(text)
    assert list(refused.value.fields) == ["keys"]


def test_used_assertions_are_forgotten_once_they_have_expired(client: ApiClient, time_machine: Any) -> None:
    ask(assertion(client))
    forget_expired()
    assert UsedAssertion.objects.count() == 1
    time_machine.move_to(clock.now() + timedelta(minutes=2))
    forget_expired()
    assert not UsedAssertion.objects.exists()


def certificate() -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "system")])
    now = clock.now()
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return made.sign(key, SHA256())


def test_a_token_asked_for_with_a_certificate_is_worth_nothing_without_it(
    client: ApiClient, settings: Any
) -> None:
    settings.CLIENT_CERT_HEADER = "Client-Cert"
    mine, other = certificate(), certificate()
    shown = {"Client-Cert": f":{base64.b64encode(mine.public_bytes(Encoding.DER)).decode()}:"}
    status, told = ask(assertion(client), headers=shown)
    assert status == 200
    api = APIClient(HTTP_AUTHORIZATION=f"Bearer {told['access_token']}")
    pem = {name: quote(one.public_bytes(Encoding.PEM)) for name, one in (("mine", mine), ("other", other))}
    assert api.get("/api/v1/cases/", headers=shown).status_code == 200
    assert api.get("/api/v1/cases/", headers={"Client-Cert": pem["mine"]}).status_code == 200
    for wrong in ({}, {"Client-Cert": pem["other"]}, {"Client-Cert": ":AAAA:"}, {"Client-Cert": "%00"}):
        assert api.get("/api/v1/cases/", headers=wrong).status_code == 401, wrong
    settings.CLIENT_CERT_HEADER = ""  # nobody vouches for the header any more
    assert api.get("/api/v1/cases/", headers=shown).status_code == 401


def test_while_no_header_is_trusted_a_certificate_binds_nothing(client: ApiClient) -> None:
    shown = {"Client-Cert": f":{base64.b64encode(certificate().public_bytes(Encoding.DER)).decode()}:"}
    _status, told = ask(assertion(client), headers=shown)
    api = APIClient(HTTP_AUTHORIZATION=f"Bearer {told['access_token']}")
    assert api.get("/api/v1/cases/").status_code == 200


def test_keys_are_registered_on_the_system_s_page(
    client: ApiClient, administrator: User, adviser: User, officer_of: OfficerOf
) -> None:
    path, at = f"/account/systems/{client.pk}/", browser(administrator)
    assert KEY.thumbprint() in at.get(path).content.decode()
    wrong = at.post(path, {"keys": "{"})
    assert wrong.status_code == 422
    assert "This is no JSON" in wrong.content.decode()
    another = ECKey.generate_key("P-256")
    assert at.post(path, {"keys": jwks(another)}).status_code == 302
    assert ask(assertion(client))[0] == 401
    assert ask(assertion(client, key=another))[0] == 200
    own = browser(adviser).get(path).content.decode()
    assert "Another administrator must register" in own
    assert "Register the keys" not in own
    assert browser(officer_of("FR", Role.ADMINISTRATOR)).get(path).status_code == 404
