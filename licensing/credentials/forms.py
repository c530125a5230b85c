"""The forms in which a credential is signed: open (`vc+jwt`), with selective disclosure (`vc+sd-jwt`), and short
enough for a code on paper.

W3C Verifiable Credentials Data Model v2.0, secured with JOSE; every form follows from the row and the key alone.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

from django.conf import settings

from core import signing
from licensing.credentials import sdjwt
from licensing.credentials.claims import PRICED
from licensing.credentials.tokens import b64
from licensing.models import LicenceCredential
from members import issuing
from members.models import IssuerKey

CONTEXTS = Path(__file__).parent / "contexts"
#: The context of the standard, frozen: its hash is the one the recommendation pins.
STANDARD = "https://www.w3.org/ns/credentials/v2"
STANDARD_HASH = "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"
VC_JWT, VC_SD_JWT, CODE = "vc+jwt", "vc+sd-jwt", "licence-code"
MEDIA_TYPES = {VC_JWT: "application/vc+jwt", VC_SD_JWT: "application/vc+sd-jwt"}
#: The lists in which every credential has its place, by purpose, with the bits of one entry.
PURPOSES = {"revocation": 1, "suspension": 1, "refresh": 1, "message": 2}
#: What an entry of the list of messages means.
MESSAGES = ("none", "exhausted", "expired", "surrendered")


def own_context() -> str:
    """Return the address of our terms, which are explained beside it."""
    return f"{settings.SITE_URL}/credentials/v1/"


@cache
def context_file(name: str) -> bytes:
    return (CONTEXTS / name).read_bytes()


def status_address(member: str, purpose: str, number: int) -> str:
    return f"{issuing.home_of(member)}/status/{purpose}/{number}/"


def _statuses(row: LicenceCredential) -> list[dict[str, Any]]:
    found = []
    for purpose, size in PURPOSES.items():
        address = status_address(row.issuer_id, purpose, row.list_number)
        entry: dict[str, Any] = {
            "id": f"{address}#{row.list_index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": purpose,
            "statusListIndex": str(row.list_index),
            "statusListCredential": address,
        }
        if size > 1:
            entry["statusSize"] = size
            entry["statusMessage"] = [
                {"status": hex(number), "message": message} for number, message in enumerate(MESSAGES)
            ]
        found.append(entry)
    return found


def _whole(row: LicenceCredential) -> dict[str, Any]:
    """All that is certified, names and prices in clear, as a credential of the standard."""
    issuer = issuing.did_of(row.issuer_id)
    kept = row.claims
    return {
        "@context": [STANDARD, own_context()],
        "id": row.uid.urn,
        "type": ["VerifiableCredential", "ExportLicenceCredential"],
        "issuer": issuer,
        "iss": issuer,
        "validFrom": kept["validFrom"],
        "validUntil": kept["validUntil"],
        "credentialSubject": {
            "id": f"{settings.SITE_URL}/verify/{kept['subject']['number']}/",
            **kept["subject"],
        },
        "evidence": kept["evidence"],
        "credentialStatus": _statuses(row),
    }


def _secret(row: LicenceCredential) -> bytes:
    return base64.urlsafe_b64decode(row.salt + "=")


def open_claims(row: LicenceCredential) -> dict[str, Any]:
    """What the open form says: a party by its LEI, or by a salted digest of its name that whoever has the name can
    check. It hides a name from nobody who guesses it."""
    whole = _whole(row)
    subject = whole["credentialSubject"]

    def unnamed(party: dict[str, Any], place: str) -> dict[str, Any]:
        found = {name: value for name, value in party.items() if name != "name" and value != ""}
        if "lei" not in found:
            salt = sdjwt.salt_for(_secret(row), ("open", place))
            found["nameSalt"] = salt
            found["nameDigest"] = b64(hashlib.sha256(f"{salt}{party['name']}".encode()).digest())
        return found

    subject["holder"] = unnamed(subject["holder"], "holder")
    subject["parties"] = [unnamed(one, str(number)) for number, one in enumerate(subject["parties"])]
    return whole


def concealed_claims(row: LicenceCredential) -> tuple[dict[str, Any], dict[str, str]]:
    """What the form with selective disclosure says, and its disclosures by path: names of parties, prices, and the
    words of conditions that tell a price."""
    whole = _whole(row)
    holder = whole["credentialSubject"]["holder"]
    whole["credentialSubject"]["holder"] = {name: value for name, value in holder.items() if value != ""}
    priced = {
        number for number, one in enumerate(whole["credentialSubject"]["conditions"]) if one["code"] in PRICED
    }

    def concealed(path: tuple[str | int, ...], name: str) -> bool:
        if path[:2] == ("credentialSubject", "conditions"):
            return name == "says" and path[2] in priced
        if path[:1] != ("credentialSubject",) or len(path) < 2:
            return False
        return name in {"items": ("value", "currency")}.get(str(path[1]), ("name",))

    return sdjwt.conceal(whole, concealed, _secret(row))


def is_price(path: str) -> bool:
    return path.endswith(("/value", "/currency", "/says"))


def _signed(row: LicenceCredential, key: IssuerKey, claims: dict[str, Any], kind: str) -> str:
    at = max(row.made_at, key.valid_from)
    return issuing.sign(key, {**claims, "iat": int(at.timestamp())}, kind, cty="vc")


def vc_jwt(row: LicenceCredential, key: IssuerKey) -> str:
    return _signed(row, key, open_claims(row), VC_JWT)


def vc_sd_jwt(row: LicenceCredential, key: IssuerKey, *, prices: bool) -> str:
    """Return the form with selective disclosure, with every disclosure or with all but prices."""
    return _with_disclosures(row, key, *concealed_claims(row), prices=prices)


def _with_disclosures(
    row: LicenceCredential,
    key: IssuerKey,
    claims: dict[str, Any],
    disclosures: dict[str, str],
    *,
    prices: bool,
) -> str:
    shown = [text for path, text in disclosures.items() if prices or not is_price(path)]
    return "~".join([_signed(row, key, claims, VC_SD_JWT), *shown, ""])


def code_name(row: LicenceCredential) -> str:
    """Return what a code names its licence by: number and edition."""
    return f"{row.claims['subject']['number']}/{row.edition}"


def code_claims(row: LicenceCredential, open_digest: str) -> dict[str, Any]:
    """What the code on paper says: what decides whether goods may leave, and half of the digest of the open form.

    Instants are whole seconds, rounded to the side on which less is permitted.
    """
    kept, subject = row.claims, row.claims["subject"]
    return {
        "n": subject["number"],
        "e": row.edition,
        "s": [row.list_number, row.list_index],
        "f": ceil(_seconds(kept["validFrom"])),
        "u": int(_seconds(kept["validUntil"])),
        "t": subject["territory"],
        "d": open_digest[:22],
        **({"c": int(_seconds(subject["confirmBy"]))} if "confirmBy" in subject else {}),
    }


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def code(row: LicenceCredential, key: IssuerKey) -> str:
    """Return what the code on paper carries: the address of the public verification, which every telephone opens,
    and behind its #, which no server is told, the short form for verifiers without a network."""
    at = max(row.made_at, key.valid_from)
    claims = {**code_claims(row, digest(open_claims(row))), "iat": int(at.timestamp())}
    token = issuing.sign(key, claims, CODE, kid=f"{row.issuer_id.lower()}#{key.kid}")
    return f"{settings.SITE_URL}/verify/{row.claims['subject']['number']}/#{token}"


def digest(claims: dict[str, Any]) -> str:
    """Return the digest by which claims are known again, whichever key signed them and when."""
    said = {name: value for name, value in claims.items() if name != "iat"}
    return b64(hashlib.sha256(signing.canonical(said)).digest())


def digests(row: LicenceCredential) -> list[str]:
    """Return the digests of all that was ever signed of a row: anything else of its name is forged."""
    return _digests(row, concealed_claims(row)[0])


def _digests(row: LicenceCredential, concealed: dict[str, Any]) -> list[str]:
    known = digest(open_claims(row))
    return [known, digest(concealed), digest(code_claims(row, known))]


def packed(row: LicenceCredential, key: IssuerKey) -> dict[str, Any]:
    """Return a row as border packs carry it: without prices, with the names and digests it is known again by."""
    claims, disclosures = concealed_claims(row)
    return {
        "number": row.claims["subject"]["number"],
        "names": [row.uid.urn, code_name(row)],
        "digests": _digests(row, claims),
        "credential": _with_disclosures(row, key, claims, disclosures, prices=False),
    }
