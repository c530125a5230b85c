"""What customs' systems rely on: quantities that add up, reasons at once, licences verified without a network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import uuid
from decimal import Decimal
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from conformance.partner import Partner, parts_of, told, unpadded
from conformance.suite import Checks, expect

checks: Checks[Partner] = Checks()
CUSTOMS, CREDENTIALS = "docs/customs.md", "docs/credentials.md"


def _licence(partner: Partner, scenario: str = "untouched") -> tuple[str, dict[str, Any]]:
    number = partner.licence_of(scenario)
    found: dict[str, Any] = partner.read(f"/api/v1/licences/{number}/")
    return number, found


def _left(partner: Partner, number: str) -> dict[str, Decimal]:
    row = partner.read(f"/api/v1/licences/{number}/usage/")[0]
    return {name: Decimal(row[name]) for name in ("licensed", "shipped", "reserved", "drawn", "left")}


def _member(partner: Partner) -> str:
    """Return the member whose customs this is: the one its border pack is for."""
    if "member" not in partner.seen:
        partner.seen["member"] = partner.read("/api/v1/border-pack/")["member"]
    return str(partner.seen["member"])


def _asked(partner: Partner, line: dict[str, Any], quantity: str, **changes: Any) -> dict[str, Any]:
    declaration = f"26{_member(partner)}{uuid.uuid4().hex[:14].upper()}"
    return {
        "line": line["line"],
        "quantity": quantity,
        "unit": line["unit"],
        "office": f"{_member(partner)}004851",
        "declaration": declaration,
        **changes,
    }


@checks.add(CUSTOMS, writes=True)
def reserve_and_release(partner: Partner) -> None:
    """A reservation takes its quantity at once, and a release gives all of it back."""
    number, licence = _licence(partner)
    before = _left(partner, number)
    address = f"/api/v1/licences/{number}/reservations/"
    asked = _asked(partner, licence["lines"][0], "1")
    made = partner.done(partner.call("POST", address, asked), 201)
    expect(made["status"] == "reserved" and made["expires_at"], f"Not reserved, or for ever: {made}")
    held = _left(partner, number)
    expect(held["reserved"] == before["reserved"] + 1, f"1 is reserved, and {before} became {held}")
    expect(held["left"] == before["left"] - 1, f"1 less is left: {before} became {held}")
    again = partner.call("POST", address, {**asked, "quantity": "2"})
    partner.refused(again, 409)
    partner.done(partner.call("POST", f"{address}{made['uid']}/release/", {"reason": "Conformance."}), 200)
    expect(_left(partner, number) == before, "A release did not give everything back.")
    over = partner.call("POST", f"{address}{made['uid']}/release/", {"reason": "Conformance."})
    expect(over.status_code in (403, 409), f"Released twice: {told(over)}")


@checks.add(CUSTOMS, writes=True)
def confirm_and_cancel(partner: Partner) -> None:
    """Of what is reserved a part is confirmed and the rest is free again; a cancellation frees that too."""
    number, licence = _licence(partner)
    before = _left(partner, number)
    address = f"/api/v1/licences/{number}/reservations/"
    made = partner.done(partner.call("POST", address, _asked(partner, licence["lines"][0], "2")), 201)
    one = f"{address}{made['uid']}/"
    late = partner.call("POST", f"{one}confirmation/", {"quantity": "1"}, headers={"If-Match": '"another"'})
    partner.refused(late, 412, "precondition-failed")
    key = {"Idempotency-Key": partner.fresh()}
    for _time in range(2):  # a lost answer costs nothing
        partner.done(partner.call("POST", f"{one}confirmation/", {"quantity": "1"}, headers=key), 200)
    drawn = _left(partner, number)
    expect(drawn["drawn"] == before["drawn"] + 1, f"1 of 2 was confirmed, and {before} became {drawn}")
    expect(drawn["left"] == before["left"] - 1, f"The rest is not free again: {before} became {drawn}")
    partner.done(partner.call("POST", f"{one}cancellation/", {"reason": "Conformance."}), 200)
    expect(_left(partner, number)["left"] == before["left"], "A cancellation did not give it back.")


@checks.add(CUSTOMS, writes=True)
def never_over(partner: Partner) -> None:
    """More than is left, a wrong unit or an unknown line are refused (409), with a reason and its code each."""
    number, licence = _licence(partner)
    line = licence["lines"][0]
    address = f"/api/v1/licences/{number}/reservations/"
    most = _left(partner, number)["left"]
    for changes, code in (
        ({"quantity": str(most + 1)}, "over_limit"),
        ({"unit": "LTR"}, "wrong_unit"),
        ({"line": 999}, "line_unknown"),
    ):
        asked = _asked(partner, line, "1") | changes
        problem = partner.refused(partner.call("POST", address, asked), 409, "not-covered")
        codes = [one["code"] for one in problem["reasons"]]
        expect(code in codes, f"{changes} should be refused as {code}, not {codes}")
    expect(_left(partner, number)["left"] == most, "A refusal took something.")


@checks.add(CUSTOMS, writes=True)
def named_badly(partner: Partner) -> None:
    """An office or a declaration that is none is refused at its field (422)."""
    number, licence = _licence(partner)
    address = f"/api/v1/licences/{number}/reservations/"
    for field, value in (("office", "nowhere"), ("declaration", "?"), ("quantity", "some")):
        asked = _asked(partner, licence["lines"][0], "1") | {field: value}
        partner.refused(partner.call("POST", address, asked), 422, "invalid", field)


@checks.add(CUSTOMS, writes=True)
def no_cover(partner: Partner) -> None:
    """A suspended, a revoked and an exhausted licence cover nothing, each for its reason."""
    for code in ("suspended", "revoked", "exhausted"):
        number, licence = _licence(partner, code)
        asked = _asked(partner, licence["lines"][0], "1")
        answer = partner.call("POST", f"/api/v1/licences/{number}/reservations/", asked)
        codes = [one["code"] for one in partner.refused(answer, 409, "not-covered")["reasons"]]
        expect(code in codes, f"{number} is {code}, and is refused as {codes}")


@checks.add(CREDENTIALS)
def offline(partner: Partner) -> None:
    """A licence verifies without the platform: signed by its issuer's published key, and no bit may be changed."""
    number, licence = _licence(partner)
    form = partner.read(f"/api/v1/licences/{number}/credential/?form=customs")
    token, *disclosures = form["credential"].rstrip("~").split("~")
    header, payload, content, signature = parts_of(token)
    key = _key(partner, licence["issued_by"], header["kid"])
    expect(
        _holds(key, content, signature),
        "The signature does not hold under the key that the issuer publishes.",
    )
    for place in (0, len(content) // 2, len(content) - 1):
        changed = bytearray(content)
        changed[place] ^= 1
        expect(not _holds(key, bytes(changed), signature), "The signature holds with a bit changed.")
    digests = json.dumps(payload)
    for one in disclosures:
        digest = base64.urlsafe_b64encode(hashlib.sha256(one.encode()).digest()).rstrip(b"=").decode()
        nested = [json.dumps(json.loads(unpadded(other))) for other in disclosures]
        expect(
            digest in digests or any(digest in text for text in nested),
            f"A disclosure is of no digest: {one}",
        )
    expect(
        not [one for one in disclosures if "price" in json.loads(unpadded(one))[1:2]],
        "Customs are told prices.",
    )
    expect(payload["credentialSubject"]["number"] == number, "It is another licence's.")


@checks.add(f"{CREDENTIALS}#status")
def status(partner: Partner) -> None:
    """The status lists of the issuer say suspended of the suspended licence, and nothing of the untouched one."""
    for scenario, purpose, wanted in (
        ("untouched", "revocation", 0),
        ("untouched", "suspension", 0),
        ("suspended", "suspension", 1),
        ("revoked", "revocation", 1),
    ):
        number, licence = _licence(partner, scenario)
        form = partner.read(f"/api/v1/licences/{number}/credential/?form=vc%2Bjwt")
        _header, payload, _content, _signature = parts_of(form["credential"])
        entry = next(one for one in payload["credentialStatus"] if one["statusPurpose"] == purpose)
        answer = partner.get(entry["statusListCredential"], token="")
        expect(answer.status_code == 200, told(answer)[:200])
        header, listed, content, signature = parts_of(answer.text.strip())
        expect(
            _holds(_key(partner, licence["issued_by"], header["kid"]), content, signature),
            "The list is not signed.",
        )
        encoded = listed["credentialSubject"]["encodedList"].removeprefix("u")
        bits, place = gzip.decompress(unpadded(encoded)), int(entry["statusListIndex"])
        bit = bits[place // 8] >> (7 - place % 8) & 1
        expect(bit == wanted, f"{purpose} of {number} ({scenario}) is {bit}, not {wanted}")


@checks.add(f"{CREDENTIALS}#the-pack")
def border_pack(partner: Partner) -> None:
    """The border pack is signed by the member it is for, and serves for a day."""
    pack = partner.read("/api/v1/border-pack/")
    header, _payload, content, signature = parts_of(pack["pack"])
    expect(
        _holds(_key(partner, pack["member"], header["kid"]), content, signature),
        "The pack's signature does not hold.",
    )
    expect(pack["made_at"] < pack["valid_until"], f"It ends before it begins: {pack['made_at']}")


@checks.add(CREDENTIALS)
def of_another_installation(partner: Partner) -> None:
    """A licence of an issuer that is no member here never verifies."""
    number, _found = _licence(partner)
    form = partner.read(f"/api/v1/licences/{number}/credential/?form=vc%2Bjwt")
    head, payload, _signature = form["credential"].split(".")
    claims = json.loads(unpadded(payload))
    claims["iss"] = claims["issuer"] = "did:web:elsewhere.example:members:de"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    body = {"credential": f"{head}.{forged}.{_signature}", "member": _member(partner)}
    answer = partner.done(partner.call("POST", "/api/v1/credential-verification/", body, token=""), 200)
    expect(
        answer["go"] is False and answer["verdict"] != "valid", f"It should not verify: {answer['verdict']}"
    )
    body["credential"] = form["credential"]
    answer = partner.done(partner.call("POST", "/api/v1/credential-verification/", body, token=""), 200)
    expect(answer["verdict"] == "valid", f"The licence itself should: {answer['verdict']}")


def _key(partner: Partner, member: str, kid: str) -> ec.EllipticCurvePublicKey:
    keys = partner.read(f"/members/{member.lower()}/jwks.json", token="")["keys"]
    found = next((key for key in keys if key["kid"] == kid), None)
    expect(found, f"{member} publishes no key {kid}")
    assert found is not None
    x, y = (int.from_bytes(unpadded(found[name]), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _holds(key: ec.EllipticCurvePublicKey, content: bytes, signature: bytes) -> bool:
    half = len(signature) // 2
    r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    try:
        key.verify(encode_dss_signature(r, s), content, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
