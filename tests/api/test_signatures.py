"""A position that a system signs is proof for anyone, later and offline; what does not hold is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from django.db import DatabaseError, transaction
from http_message_signatures import HTTPMessageSigner
from http_message_signatures.resolvers import HTTPSignatureKeyResolver
from joserfc.jwk import ECKey, OKPKey, RSAKey
from rest_framework.test import APIClient

from api.signatures import ALGORITHMS, REQUIRED, TAG, Message
from core import clock
from ledger.models import Event
from licensing.models import Consultation, Position, PositionSignature
from members import services
from members.models import ApiClient, Authority, Organisation, Role, User
from tests import journeys
from tests.standing import stays

pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]
NO_OBJECTION = {"kind": "no_objection"}
VERIFIER = Path(__file__).parents[2] / "docs" / "verify_position.py"


class Own(HTTPSignatureKeyResolver):
    def __init__(self, key: Any) -> None:
        self.key = key

    def resolve_private_key(self, key_id: str) -> Any:
        return self.key.private_key

    def resolve_public_key(self, key_id: str) -> Any:
        raise NotImplementedError


def verifier() -> Any:
    spec = spec_from_file_location("verify_position", VERIFIER)
    assert spec is not None
    assert spec.loader is not None
    found = module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def send(
    client: APIClient,
    path: str,
    body: Any,
    key: Any,
    *,
    sent: bytes | None = None,
    covered: Any = REQUIRED,
    **more: Any,
) -> Any:
    """Post a body that is signed with a key; `sent` is what goes out in its place."""
    content = json.dumps(body).encode()
    message = Message("POST", f"http://testserver{path}", {})
    kind = key.as_dict()
    signer = HTTPMessageSigner(
        signature_algorithm=ALGORITHMS[kind.get("crv", kind["kty"])], key_resolver=Own(key)
    )
    signer.sign(
        message,
        **{"key_id": key.thumbprint(), "tag": TAG, "covered_component_ids": covered, "body": content, **more},
    )
    return client.post(path, sent or content, content_type="application/json", headers=message.headers)


@stays
def asked(exporter: User, organisation: Organisation) -> str:
    case = journeys.file(exporter, organisation)
    return f"/api/v1/consultations/{Consultation.objects.get(case=case, jurisdiction='FR').uid}/positions/"


@pytest.fixture
def french(client_of: ClientOf, officer_of: OfficerOf) -> User:
    return officer_of("FR")


def with_keys(client: APIClient, *listed: Any) -> APIClient:
    found = ApiClient.objects.latest("pk")
    found.public_keys = [{**key.as_dict(private=False), "kid": key.thumbprint()} for key in listed]
    found.save()
    return client


@pytest.mark.parametrize(
    "key",
    [
        ECKey.generate_key("P-256"),
        ECKey.generate_key("P-384"),
        OKPKey.generate_key("Ed25519"),
        RSAKey.generate_key(2048),
    ],
    ids=["P-256", "P-384", "Ed25519", "RSA"],
)
def test_a_signed_position_is_kept_and_verified_offline(
    asked: str, client_of: ClientOf, french: User, key: Any, tmp_path: Path, capsys: Any
) -> None:
    client = with_keys(client_of(french), key)
    taken = send(client, asked, NO_OBJECTION, key)
    assert taken.status_code == 201, taken.json()
    kept = client.get(f"/api/v1/positions/{taken.json()['uid']}/signature/").json()
    assert Event.objects.get(type="position.signed").facts["thumbprint"] == key.thumbprint()
    file, check = tmp_path / "signature.json", verifier()
    file.write_text(json.dumps(kept))
    assert check.main([str(file), key.thumbprint()]) == 0
    assert '{"kind": "no_objection"}' in capsys.readouterr().out
    assert check.main([str(file), "another"]) == 1
    for name, changed in (("base", kept["base"].replace("POST", "PUT")), ("body", "e30=")):
        file.write_text(json.dumps({**kept, name: changed}))
        assert check.main([str(file)]) == 1
    kept_row = PositionSignature.objects.filter(thumbprint=key.thumbprint())
    for change in (lambda: kept_row.update(base=""), kept_row.delete):
        with pytest.raises(DatabaseError, match="kept"), transaction.atomic():
            change()


def test_a_signature_that_does_not_hold_takes_no_position(
    asked: str, client_of: ClientOf, french: User, time_machine: Any
) -> None:
    mine, other = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    client = with_keys(client_of(french), mine)
    objection = json.dumps({**NO_OBJECTION, "summary": "Changed on its way."}).encode()
    wrong = {
        "another body": send(client, asked, NO_OBJECTION, mine, sent=objection),
        "another key": send(client, asked, NO_OBJECTION, other),
        "another's key under my id": send(client, asked, NO_OBJECTION, other, key_id=mine.thumbprint()),
        "too little signed": send(client, asked, NO_OBJECTION, mine, covered=("@method",)),
        "no tag": send(client, asked, NO_OBJECTION, mine, tag=None),
        "no input": client.post(asked, NO_OBJECTION, format="json", headers={"Signature": "a=:AAAA:"}),
        "no structure": client.post(
            asked, NO_OBJECTION, format="json", headers={"Signature": "{", "Signature-Input": "{"}
        ),
    }
    message_path = asked.replace("positions", "acknowledgement")
    assert send(client, message_path, {}, mine).status_code in (
        200,
        201,
    )  # where nothing is signed it is not read
    for name, answer in wrong.items():
        assert answer.status_code == 422, name
        assert [error["pointer"] for error in answer.json()["errors"]] == ["Signature"], name
    assert not Position.objects.exists()


def test_a_signature_says_something_once_and_soon(
    asked: str, client_of: ClientOf, french: User, time_machine: Any
) -> None:
    key = ECKey.generate_key("P-256")
    client = with_keys(client_of(french), key)
    content = json.dumps(NO_OBJECTION).encode()
    message = Message("POST", f"http://testserver{asked}", {})
    signer = HTTPMessageSigner(signature_algorithm=ALGORITHMS["P-256"], key_resolver=Own(key))
    signer.sign(message, key_id=key.thumbprint(), tag=TAG, covered_component_ids=REQUIRED, body=content)

    def again() -> Any:
        return client.post(asked, content, content_type="application/json", headers=message.headers)

    assert again().status_code == 201
    assert again().status_code == 201  # the same said twice is one position
    assert PositionSignature.objects.count() == Position.objects.count() == 1
    other = {"kind": "abstain", "summary": "We have no view."}
    assert client.post(asked, other, format="json").status_code == 201
    assert again().status_code == 409  # what was overtaken does not come back by a copy of its signature
    time_machine.move_to(clock.now() + timedelta(minutes=6))
    assert again().status_code == 422


def test_an_authority_may_take_only_signed_positions_of_its_systems(
    asked: str, client_of: ClientOf, french: User, officer_of: OfficerOf
) -> None:
    key, authority = ECKey.generate_key("P-256"), french.authority
    assert authority is not None
    administrator = officer_of("FR", Role.ADMINISTRATOR)
    services.require_signatures(actor=administrator, authority=authority, required=True)
    client = with_keys(client_of(french), key)
    refused = client.post(asked, NO_OBJECTION, format="json")
    assert refused.status_code == 403
    assert "only when they are signed" in refused.json()["detail"]
    assert send(client, asked, NO_OBJECTION, key).status_code == 201


def test_who_asks_for_signatures(officer_of: OfficerOf, exporter: User) -> None:
    from tests.members.test_people_pages import browser

    administrator = officer_of("FR", Role.ADMINISTRATOR)
    authority = administrator.authority
    assert authority is not None
    path = f"/administration/authorities/{authority.uid}/signatures/"
    for stranger, status in ((officer_of("DE", Role.ADMINISTRATOR), 404), (officer_of("FR"), 403)):
        assert browser(stranger).post(path, {"required": "yes"}).status_code == status
    assert browser(exporter).post(path, {"required": "yes"}).status_code in (403, 404)
    assert not Authority.objects.get(pk=authority.pk).signed_positions
    at = browser(administrator)
    assert at.post(path, {"required": "yes"}).status_code == 302
    assert "only signed positions" in at.get("/administration/people/").content.decode()
    assert Event.objects.filter(type="authority.signatures_asked").count() == 1


def test_the_verifier_agrees_with_the_published_example() -> None:
    """RFC 9421, appendix B.2.6."""
    key = {"kty": "OKP", "crv": "Ed25519", "x": "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}
    base = (
        '"date": Tue, 20 Apr 2021 02:07:55 GMT\n"@method": POST\n"@path": /foo\n"@authority": example.com\n'
        '"content-type": application/json\n"content-length": 18\n'
        '"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"'
    )
    signature = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    from base64 import b64decode

    verifier().check(key, b64decode(signature), base.encode())
    with pytest.raises(InvalidSignature):
        verifier().check(key, b64decode(signature), base.replace("18", "19").encode())
