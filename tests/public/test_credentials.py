"""Machine-readable licences at every door: keys, status, downloads, verdicts, the pack and the command."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from rest_framework.test import APIClient

from licensing.credentials import bits, forms
from licensing.credentials.verdicts import VERDICTS
from licensing.models import Licence, LicenceCredential
from licensing.selectors import status_lists
from licensing.services import credentials, licences
from members.models import Ministry, Role, User
from public import offline
from public.terms import TERMS
from tests.api.conftest import client_of
from tests.factories import OrganisationFactory, exporter_of
from tests.licensing.conftest import Desk, OfficerOf, answered, desk
from tests.standing import stays
from tests.workbench.conftest import signed_in

__all__ = ["answered", "client_of", "desk", "signed_in"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_has_asked() -> None:
    cache.clear()


@stays
def licence(answered: Desk) -> Licence:
    return answered.licence()


@pytest.fixture
def customs(officer_of: OfficerOf) -> User:
    return officer_of("FR", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS)


def test_keys_and_status_are_published_as_standards_say(
    client: Client, licence: Licence, officer_of: OfficerOf
) -> None:
    document = client.get("/members/de/did.json")
    (method,) = document.json()["verificationMethod"]
    assert document.json()["id"] == "did:web:127.0.0.1%3A8000:members:de"
    assert method["id"] in document.json()["assertionMethod"]
    (key,) = client.get("/members/de/jwks.json").json()["keys"]
    assert (key["kid"], key["x"]) == (method["id"], method["publicKeyJwk"]["x"])
    assert "d" not in key
    assert document.headers["Access-Control-Allow-Origin"] == "*"
    assert "max-age=300" in document.headers["Cache-Control"]

    row = LicenceCredential.objects.get(licence=licence)
    said = forms.open_claims(row)
    for entry in said["credentialStatus"]:
        address = entry["statusListCredential"].removeprefix("http://127.0.0.1:8000")
        answer = client.get(address)
        listed = jwt.decode(answer.content.decode(), jwt.PyJWK(key), algorithms=["ES256"])
        assert answer.headers["Content-Type"] == "application/vc+jwt"
        subject = listed["credentialSubject"]
        assert (listed["id"], subject["statusPurpose"]) == (
            entry["statusListCredential"],
            entry["statusPurpose"],
        )
        assert subject["ttl"] == 300_000
        assert listed["validUntil"] > listed["validFrom"]
        size = entry.get("statusSize", 1)
        assert bits.entry(bits.decoded(subject["encodedList"], size), row.list_index, size) == 0
        again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    suspensions = said["credentialStatus"][1]["statusListCredential"].removeprefix("http://127.0.0.1:8000")
    before = client.get(suspensions)
    licences.suspend(actor=officer_of("DE", Role.DECIDER), licence=licence, reason="Seen at the border.")
    after = client.get(suspensions, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200, "it is read, not propagated"
    assert status_lists.statuses("DE", 1)["suspension"] == {row.list_index: 1}
    for wrong in ("/members/xx/did.json", "/members/DE/did.json", "/members/de/status/revocation/2/",
                  "/members/de/status/other/1/", "/members/fr/status/revocation/1/"):  # fmt: skip
        assert client.get(wrong).status_code == 404, wrong


def test_a_page_of_lists_costs_the_same_however_many_licences_are_settled(
    licence: Licence, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(5):
        status_lists.statuses("DE", 1)
    Licence.objects.filter(pk=licence.pk).update(status="expired")
    with django_assert_num_queries(2):
        assert list(status_lists.statuses("DE", 1)["message"].values()) == [2]


def test_anyone_has_a_credential_judged_pasted_or_as_a_file(client: Client, licence: Licence) -> None:
    token = credentials.signed(licence, "customs")
    page = client.post("/verify/credential/", {"credential": token})
    text = page.content.decode()
    assert page.status_code == 200
    assert "This licence is valid" in text
    assert all(told in text for told in (licence.number, licence.holder.name, "Not disclosed", "Germany"))
    file = SimpleUploadedFile("EL.jwt", credentials.signed(licence, "vc+jwt").encode())
    sent = client.post("/verify/credential/", {"file": file, "member": "JP"})
    assert "This licence is not valid here" in sent.content.decode()
    code = client.post("/verify/credential/", {"credential": credentials.signed(licence, "code")})
    assert "This licence is valid" in code.content.decode()
    changed = client.post("/verify/credential/", {"credential": token.replace("eyJ", "eyK", 1)})
    assert "This cannot be read" in changed.content.decode()
    assert licence.holder.name not in changed.content.decode()
    for given in ({}, {"credential": "x", "file": SimpleUploadedFile("a", b"x")}, {"credential": "x" * 300_000},
                  {"credential": "x", "member": "XX"}):  # fmt: skip
        assert client.post("/verify/credential/", given).status_code == 422
    odd = SimpleUploadedFile("a", b"\xff\xfe\x00")
    assert "This cannot be read" in client.post("/verify/credential/", {"file": odd}).content.decode()
    assert client.get("/verify/credential/").status_code == 302


def test_terms_contexts_and_verdicts_are_explained(client: Client, db: None) -> None:
    page = client.get("/credentials/").content.decode()
    assert all(str(verdict.title) in page for verdict in VERDICTS.values())
    own = json.loads(client.get("/credentials/v1/").content)["@context"]
    classes = {name: one for name, one in own.items() if isinstance(one, dict)}
    assert {name: set(one["@context"]) - {"@protected", "id", "type"} for name, one in classes.items()} == {
        name: set(inside) for name, inside in TERMS.items() if inside
    }
    pinned = "7ee17b59b1e720138d9151eb44f0a6f37fb463f89645e11ffaaee1a5f0177ba5"
    assert hashlib.sha256(forms.context_file("licence-v1.jsonld")).hexdigest() == pinned


def test_the_holder_fetches_every_form_and_nobody_else_does(
    licence: Licence, exporter: User, signed_in: Callable[[User], Client]
) -> None:
    mine = signed_in(exporter)
    page = mine.get(f"/licences/{licence.number}/").content.decode()
    kinds = {
        "open": "application/vc+jwt",
        "selective": "application/vc+sd-jwt",
        "customs": "application/vc+sd-jwt",
    }
    for form, kind in kinds.items():
        address = f"/licences/{licence.number}/credential/{form}/"
        answer = mine.get(address)
        assert address in page
        assert answer.headers["Content-Type"] == kind
        assert "attachment" in answer.headers["Content-Disposition"]
    code = mine.get(f"/licences/{licence.number}/code.svg")
    assert code.headers["Content-Type"] == "image/svg+xml"
    assert b'xmlns="http://www.w3.org/2000/svg"' in code.content
    assert mine.get(f"/licences/{licence.number}/credential/other/").status_code == 404
    stranger = signed_in(exporter_of(OrganisationFactory()))
    for last in ("credential/open/", "code.svg"):
        assert stranger.get(f"/licences/{licence.number}/{last}").status_code == 404


def test_systems_fetch_and_judge_over_the_api(
    licence: Licence,
    exporter: User,
    customs: User,
    client_of: Callable[..., APIClient],
    officer_of: OfficerOf,
) -> None:
    api = client_of(exporter)
    got = api.get(f"/api/v1/licences/{licence.number}/credential/", {"form": "customs"}).json()
    assert (got["number"], got["edition"], got["type"]) == (licence.number, 1, "vc+sd-jwt")
    wrong = api.get(f"/api/v1/licences/{licence.number}/credential/", {"form": "pdf"})
    assert wrong.status_code == 422
    anyone = APIClient()
    told = anyone.post(
        "/api/v1/credential-verification/", {"credential": got["credential"], "member": "fr"}, format="json"
    ).json()
    assert (told["verdict"], told["go"], told["known"], told["number"]) == (
        "valid",
        True,
        True,
        licence.number,
    )
    bad = anyone.post("/api/v1/credential-verification/", {"credential": "e30.e30."}, format="json").json()
    assert (bad["verdict"], bad["go"], bad["claims"]) == ("wrong_algorithm", False, {})
    for given in (
        {},
        {"credential": "x", "member": "XX"},
        {"credential": "x" * 300_000},
        {"credential": 7, "member": []},
    ):
        answer = anyone.post("/api/v1/credential-verification/", given, format="json")
        assert answer.status_code == 422, given
    pack = client_of(customs).get("/api/v1/border-pack/")
    assert (pack.json()["member"], pack.json()["licences"]) == ("FR", 1)
    for person in (exporter, officer_of("FR", Role.DECIDER)):
        assert client_of(person).get("/api/v1/border-pack/").status_code == 403
    assert client_of(customs, "cases:read").get("/api/v1/border-pack/").status_code == 403


def _judged(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("verify_licence", *arguments, stdout=out)
    return int(left.value.code or 0), out.getvalue()


def test_customs_take_the_pack_and_judge_from_the_command_line(
    licence: Licence,
    customs: User,
    officer_of: OfficerOf,
    signed_in: Callable[[User], Client],
    tmp_path: Path,
) -> None:
    browser = signed_in(customs)
    assert "Download the pack for France" in browser.get("/workbench/border-pack/").content.decode()
    pack, file, keys = (tmp_path / name for name in ("fr.jwt", "licence.jwt", "keys.json"))
    answer = browser.get("/workbench/border-pack/file/")
    assert re.search(r"border-pack-FR-\d{8}T\d{4}Z\.jwt", answer.headers["Content-Disposition"])
    pack.write_bytes(answer.content)
    file.write_text(credentials.signed(licence, "customs"))
    keys.write_text(json.dumps(browser.get("/members/fr/jwks.json").json()))
    other = signed_in(officer_of("FR", Role.DECIDER))
    assert "Only customs officers" in other.get("/workbench/border-pack/").content.decode()
    assert other.get("/workbench/border-pack/file/").status_code == 403

    offline_ = ("--pack", str(pack), "--keys", str(keys))
    code, text = _judged(str(file), *offline_)
    assert (code, text.splitlines()[0]) == (0, "valid: This licence is valid")
    assert "Judged by the pack for FR" in text
    assert _judged(licence.number.lower(), *offline_)[0] == 0, "a number is looked up in the pack"
    assert _judged(str(file))[1].endswith("Judged by the platform as it is now.\n")
    licences.revoke(actor=officer_of("DE", Role.DECIDER), licence=licence, reason="Seen at the border.")
    assert (_judged(str(file), "--member", "FR")[0], _judged(str(file), *offline_)[0]) == (1, 0)
    assert json.loads(_judged(str(file), "--json")[1])["verdict"] == "revoked"
    pack.write_text(pack.read_text()[:-100])
    assert _judged(str(file), *offline_)[0] == 3
    for wrong in ((str(tmp_path / "none"),), (str(file), "--pack", str(pack), "--keys", str(file))):
        with pytest.raises(CommandError):
            call_command("verify_licence", *wrong)


def test_the_keys_of_a_member_have_their_page(
    licence: Licence, officer_of: OfficerOf, signed_in: Callable[[User], Client]
) -> None:
    boss = signed_in(officer_of("DE", Role.ADMINISTRATOR))
    row = LicenceCredential.objects.get(licence=licence)
    (key,) = boss.get("/members/de/jwks.json").json()["keys"]
    assert key["kid"].rpartition("#")[2] in boss.get("/administration/keys/").content.decode()
    uid = re.search(r"keys/([0-9a-f-]{36})/revoke/", boss.get("/administration/keys/").content.decode())
    assert uid is not None
    page = f"/administration/keys/{uid[1]}/revoke/"
    future = {"day": "2099-01-01", "time": "10:00", "reason": "It was on a stolen disk."}
    assert boss.post(page, {}).status_code == 422
    assert boss.post(page, future).status_code == 422
    clerk = signed_in(officer_of("DE", Role.DECIDER))
    assert "/revoke/" not in clerk.get("/administration/keys/").content.decode()
    assert clerk.post("/administration/keys/rotate/").status_code == 403
    assert signed_in(officer_of("FR", Role.ADMINISTRATOR)).get(page).status_code == 404
    assert boss.post("/administration/keys/rotate/").status_code in (
        302,
        409,
    )  # 409: in the second it was made
    assert boss.post(page, {**future, "day": "2020-01-01"}).status_code == 302
    assert "Nothing it signed" in boss.get("/administration/keys/").content.decode()
    assert row.issuer_id == "DE"


def test_the_verifier_is_the_same_file_for_the_same_keys_and_permits_only_its_own_script(
    client: Client, db: None
) -> None:
    page = offline.page([])
    assert page == offline.page([])
    script = re.search(r"<script>(.*)</script>", page, re.DOTALL)
    assert script is not None
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
    assert not re.search(r"(fetch|XMLHttpRequest|WebSocket|importScripts)\s*\(", script[1])
    answer = client.get("/verify/offline/")
    assert "attachment" in answer.headers["Content-Disposition"]
