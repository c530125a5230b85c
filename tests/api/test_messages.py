"""Messages of systems: signed, for whom they name, acknowledged; refused with a problem otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey
from rest_framework.test import APIClient

from api.examples import MESSAGE
from api.signatures import MESSAGE_TAG
from licensing.models import Case, CaseMessage
from members.models import Organisation, User
from tests import journeys
from tests.api.test_signatures import send, verifier, with_keys
from tests.standing import stays

pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]
KEY = ECKey.generate_key("P-256")


@stays
def case(exporter: User, organisation: Organisation) -> Case:
    return journeys.file(exporter, organisation)


@pytest.fixture
def path(case: Case) -> str:
    return f"/api/v1/cases/{case.reference}/messages/"


def written(client: APIClient, path: str, said: Any = MESSAGE, key: Any = KEY, **more: Any) -> Any:
    return send(client, path, said, key, **{"tag": MESSAGE_TAG, **more})


def test_a_signed_message_is_read_acknowledged_and_verified_offline(
    path: str, client_of: ClientOf, officer_of: OfficerOf, exporter: User, tmp_path: Path
) -> None:
    french = client_of(officer_of("FR"))
    german = with_keys(client_of(officer_of("DE")), KEY)
    sent = written(german, path)
    assert sent.status_code == 201, sent.json()
    one = f"{path}{sent.json()['uid']}/"
    assert sent.json()["standing"] == [
        {
            "member": "FR",
            "state": "sent",
            "acknowledge_by": sent.json()["standing"][0]["acknowledge_by"],
            "receipts": [],
        }
    ]
    (row,) = french.get(path).json()["results"]
    assert (row["subject"], row["signed"], "text" in row) == (MESSAGE["subject"], True, False)
    assert german.get(one).json()["standing"][0]["state"] == "sent"  # a list is no reading
    assert french.get(one).json()["text"] is None
    unopened = (french.get(f"{one}signature/"), french.post(f"{one}acknowledgement/"))
    assert [answer.status_code for answer in unopened] == [409, 409]
    assert french.post(f"{one}reading/").json()["text"] == MESSAGE["text"]
    read = french.get(one)
    assert read.json()["text"] == MESSAGE["text"]
    assert french.get(one, headers={"If-None-Match": read["ETag"]}).status_code == 304
    done = french.post(f"{one}acknowledgement/", headers={"If-Match": read["ETag"]})
    assert done.json()["standing"][0]["state"] == "acknowledged"
    assert french.post(f"{one}acknowledgement/").status_code == 403
    kinds = [step["kind"] for step in german.get(one).json()["standing"][0]["receipts"]]
    assert kinds == ["read", "acknowledged"]
    file = tmp_path / "signature.json"
    file.write_text(json.dumps(french.get(f"{one}signature/").json()))
    assert verifier().main([str(file), KEY.thumbprint()]) == 0
    for stranger in (
        client_of(officer_of("US")),
        client_of(officer_of("JP")),
        client_of(exporter, "cases:read"),
    ):
        for address in (one, f"{one}signature/"):
            assert stranger.get(address).status_code == 404
    assert client_of(exporter, "cases:read").get(path).status_code == 404
    assert client_of(officer_of("US")).get(path).json()["results"] == []


def test_what_is_not_signed_by_its_own_key_is_refused(
    path: str, client_of: ClientOf, officer_of: OfficerOf
) -> None:
    theirs = ECKey.generate_key("P-256")
    with_keys(client_of(officer_of("FR")), theirs)
    german = with_keys(client_of(officer_of("DE")), KEY)
    wrong = {
        "unsigned": german.post(path, MESSAGE, format="json"),
        "another body": written(german, path, sent=json.dumps({**MESSAGE, "to": ["US"]}).encode()),
        "another member's key": written(german, path, key=theirs),
        "another's key under my id": written(german, path, key=theirs, key_id=KEY.thumbprint()),
        "signed for a position": written(german, path, tag="entente-position"),
        "too little signed": written(german, path, covered=("@method",)),
    }
    for name, answer in wrong.items():
        assert answer.status_code == 422, name
        assert [error["pointer"] for error in answer.json()["errors"]] == ["Signature"], name
    assert not CaseMessage.objects.exists()


def test_the_same_signed_request_is_one_message(
    path: str, client_of: ClientOf, officer_of: OfficerOf
) -> None:
    from http_message_signatures import HTTPMessageSigner, algorithms

    from api.signatures import REQUIRED, Message
    from tests.api.test_signatures import Own

    german = with_keys(client_of(officer_of("DE")), KEY)
    content, message = json.dumps(MESSAGE).encode(), Message("POST", f"http://testserver{path}", {})
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ECDSA_P256_SHA256, key_resolver=Own(KEY))
    signer.sign(
        message, key_id=KEY.thumbprint(), tag=MESSAGE_TAG, covered_component_ids=REQUIRED, body=content
    )
    uids = {
        german.post(path, content, content_type="application/json", headers=message.headers).json()["uid"]
        for _time in "12"
    }
    assert len(uids) == CaseMessage.objects.count() == 1


def test_bad_input_is_named(path: str, client_of: ClientOf, officer_of: OfficerOf) -> None:
    german = with_keys(client_of(officer_of("DE")), KEY)
    wrong: dict[str, Any] = {
        "to": {"to": ["JP"]},
        "to.0": {"to": ["FRANCE"]},
        "text": {"text": ""},
        "acknowledge_within": {"acknowledge_within": 721},
        "reply_to": {"reply_to": "00000000-0000-0000-0000-000000000007", "subject": ""},
        "subject": {"subject": ""},
    }
    for pointer, change in wrong.items():
        answer = written(german, path, {**MESSAGE, **change})
        assert answer.status_code == 422, pointer
        told = [error["pointer"] for error in answer.json()["errors"]]
        assert told in ([pointer], [pointer.replace(".", "/")], [f"to[{pointer[-1]}]"]), told
    assert (
        "JP may not see this case"
        in written(german, path, {**MESSAGE, "to": ["JP"]}).json()["errors"][0]["detail"]
    )
