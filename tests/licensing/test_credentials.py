"""What is certified of a licence: foreign libraries verify it, one flipped bit fails, each flaw has its own name."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from jwcrypto.jwk import JWK
from sd_jwt.verifier import SDJWTVerifier

from core import clock
from licensing.credentials import forms, packs
from licensing.credentials.checking import check
from licensing.credentials.tokens import Flaw, b64
from licensing.models import Licence
from licensing.selectors.credentials import judged, trusted_keys
from licensing.services import border_packs, credentials, licences
from members import issuing
from members import services as members
from members.models import Jurisdiction, Ministry, Role, User
from tests import journeys
from tests.licensing.conftest import OBJECTION, Desk, OfficerOf
from tests.licensing.test_licences import put

ADVISORY = {name: value for name, value in OBJECTION.items() if name not in ("kind", "binding")}


@pytest.fixture
def licence(desk: Desk) -> Licence:
    """Cameras, issued by Germany with a cap on their value; France has consented, the United States has not."""
    desk.answer("US", "object", **ADVISORY)
    desk.answer("FR")
    desk.reload()
    cap = [{"code": "value_cap", "line": 1, "value": "90000"}, {"code": "no_reexport"}]
    return desk.licence(conditions=cap)


@pytest.fixture
def customs(officer_of: OfficerOf) -> User:
    return officer_of("FR", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS)


def again(licence: Licence) -> Licence:
    return Licence.objects.select_related("issued_by", "case", "holder").get(pk=licence.pk)


def public_key(member: str = "DE") -> dict[str, str]:
    members.signing_key(Jurisdiction.objects.get(pk=member))
    return issuing.jwks(member)["keys"][0]


def test_foreign_libraries_verify_every_form(licence: Licence) -> None:
    key = public_key()
    token = credentials.signed(licence, "vc+jwt")
    said = jwt.decode(token, jwt.PyJWK(key), algorithms=["ES256"], options={"require": ["iss", "iat"]})
    assert jwt.get_unverified_header(token) == {
        "alg": "ES256", "typ": "vc+jwt", "cty": "vc", "kid": key["kid"],
    }  # fmt: skip
    subject = said["credentialSubject"]
    assert (subject["number"], subject["territory"], subject["edition"]) == (licence.number, ["DE", "FR"], 1)
    assert licence.holder.name not in json.dumps(said, ensure_ascii=False)
    assert [(one["member"], one["by"]) for one in said["evidence"]] == [
        ("DE", "decision"),
        ("FR", "position"),
    ]
    salted = hashlib.sha256((subject["holder"]["nameSalt"] + licence.holder.name).encode()).digest()
    assert subject["holder"]["nameDigest"] == b64(salted), "whoever has the name checks it"

    for form, priced in (("vc+sd-jwt", True), ("customs", False)):
        read = SDJWTVerifier(
            credentials.signed(licence, form),
            lambda issuer, header: JWK(**{k: key[k] for k in ("kty", "crv", "x", "y")}),
            None,
            None,
        ).get_verified_payload()
        assert read["credentialSubject"]["holder"]["name"] == licence.holder.name
        (item, *_rest) = read["credentialSubject"]["items"]
        assert ("value" in item) is priced
        assert item["quantity"] == f"{licence.lines.first().quantity.normalize():f}"
        told = {one["code"]: one.get("says") for one in read["credentialSubject"]["conditions"]}
        assert told["no_reexport"]
        assert bool(told["value_cap"]) is priced
    code = credentials.signed(licence, "code").partition("#")[2]
    assert jwt.decode(code, jwt.PyJWK(key), algorithms=["ES256"])["n"] == licence.number
    assert credentials.signed(licence, "vc+jwt") == token, (
        "the same text under the same key is the same token"
    )


def test_every_term_is_defined_where_the_credential_says(licence: Licence) -> None:
    """Both contexts are frozen copies; nothing is fetched, and nothing is said that they do not define."""
    standard = forms.context_file("credentials-v2.jsonld")
    assert hashlib.sha256(standard).hexdigest() == forms.STANDARD_HASH
    own = json.loads(forms.context_file("licence-v1.jsonld"))["@context"]
    terms = {**json.loads(standard)["@context"], **own}

    def scoped(name: str, known: dict[str, Any]) -> dict[str, Any]:
        """The terms inside what a term names."""
        found = known.get(name)
        return {**known, **(found.get("@context") or {} if isinstance(found, dict) else {})}

    def undefined(value: Any, known: dict[str, Any]) -> list[str]:
        if isinstance(value, list):
            return [name for one in value for name in undefined(one, known)]
        if not isinstance(value, dict):
            return []
        types = value.get("type", [])
        for one in [types] if isinstance(types, str) else types:
            assert one in known
            known = scoped(one, known)
        return [name for name in value if name not in known] + [
            name for key, entry in value.items() for name in undefined(entry, scoped(key, known))
        ]

    said = forms.open_claims(credentials.certify(licence))
    assert (
        undefined({name: one for name, one in said.items() if name not in ("@context", "iss")}, terms) == []
    )
    assert said["@context"][0] == forms.STANDARD


def _flipped(text: str, at: int) -> str:
    """Flip one bit of what the character at a place stands for."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:at] + alphabet[alphabet.index(text[at]) ^ 1] + text[at + 1 :]


def test_one_flipped_bit_fails_at_every_part(licence: Licence, customs: User) -> None:
    pack_text = border_packs.make(actor=customs).text
    for form in ("vc+jwt", "vc+sd-jwt", "customs", "code"):
        token = credentials.signed(licence, form).rpartition("#")[2]
        assert judged(token).code == "valid", form
        ends = [at for at, char in enumerate(token + ".") if char in ".~"]
        starts = [0, *(end + 1 for end in ends[:-1])]
        for start, end in zip(starts, ends, strict=True):
            for at in {start, (start + end) // 2, end - 1} if end > start else ():
                changed = _flipped(token, at)
                assert judged(changed).code not in ("valid", ""), (form, at, changed[at - 3 : at + 3])
    head, body, signature = pack_text.split(".")
    trusted = trusted_keys()
    for part, text in enumerate((head, body, signature)):
        for at in (0, len(text) // 2, len(text) - 1):
            parts = [head, body, signature]
            parts[part] = _flipped(text, at)
            with pytest.raises(Flaw):
                packs.opened(".".join(parts), trusted)


#: (status on record, days from now) of a licence that runs from the fifth to the thirty-fifth day -> the verdict
STATES = {
    ("issued", 0): "not_yet_valid", ("suspended", 0): "suspended", ("revoked", 0): "revoked",
    ("issued", 10): "valid", ("suspended", 10): "suspended", ("revoked", 10): "revoked",
    ("surrendered", 10): "surrendered", ("exhausted", 10): "exhausted", ("expired", 10): "expired",
    ("issued", 40): "expired", ("suspended", 40): "expired", ("exhausted", 40): "exhausted",
}  # fmt: skip


def test_the_verdict_without_a_network_is_the_one_with_it(
    desk: Desk, customs: User, officer_of: OfficerOf
) -> None:
    desk.answer("US", "object", **ADVISORY)
    desk.answer("FR")
    desk.reload()
    today = clock.today("Europe/Berlin")
    licence = desk.licence(valid_from=today + timedelta(days=5), valid_until=today + timedelta(days=35))
    american = officer_of("US", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS)
    shown = [credentials.signed(licence, form) for form in ("vc+jwt", "vc+sd-jwt", "customs", "code")]
    for (state, days), expected in STATES.items():
        with journeys.later(days=days):
            put(licence, state)
            for person, member in ((customs, "FR"), (american, "US")):
                pack = packs.opened(border_packs.make(actor=person).text, trusted_keys())
                online = licences.verification(licence.number, member=member).status
                if member == "FR":
                    assert online == expected
                for token in shown:
                    told = (judged(token, member).code, check(token, pack, clock.now()).code)
                    assert told == (online, online), (state, days, member)
