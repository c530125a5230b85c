"""Whether a credential holds, by what is known where it is looked at: a pack without a network, or the platform.

Nothing here asks a database, a network or a clock: `Known` says what is known, the caller which instant it is.
So the verdict without a network is the one with it, for the same instant and the same knowledge.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import unquote

from core.signing import canonical
from licensing.credentials import sdjwt
from licensing.credentials.tokens import LONGEST, Flaw, Key, Token, b64, read, signed_by

VC_JWT, VC_SD_JWT, CODE = "vc+jwt", "vc+sd-jwt", "licence-code"
#: Lists in the order in which they are asked, with the bits of one entry.
SIZES = {"refresh": 1, "revocation": 1, "message": 2, "suspension": 1}
MESSAGES = {1: "exhausted", 2: "expired", 3: "surrendered"}


class Known(Protocol):
    """What is known where a credential is looked at."""

    @property
    def keys(self) -> Mapping[str, Key]:
        """The keys of members, by their full names."""

    @property
    def member(self) -> str:
        """Two letters of the member where the goods are; empty for wherever the licence holds."""

    @property
    def made_at(self) -> int | None:
        """When a pack was made, in seconds; None for the platform, which knows what is now."""

    def status(self, issuer: str, purpose: str, number: int, index: int, at: datetime) -> int:
        """One entry of a list of an issuer; Flaw where the list is missing, wrong or too old."""

    def recorded(self, credential: str) -> frozenset[str] | None:
        """Digests of all that was signed under an identifier; None where it is not among what is known."""


@dataclass(frozen=True)
class Finding:
    """The verdict on a credential, by its code, and what it says once its signature holds."""

    code: str
    claims: dict[str, Any] = field(default_factory=dict)
    form: str = ""
    signed_with: str = ""
    detail: str = ""

    @property
    def holds(self) -> bool:
        return self.code == "valid"


def check(text: str, known: Known, at: datetime) -> Finding:
    """Judge a credential in any of its forms, or the code on paper, at an instant."""
    try:
        form, token, disclosures = _taken_apart(text, known)
        key = signed_by(token, (VC_JWT, VC_SD_JWT, CODE), known.keys)
    except Flaw as flaw:
        return Finding(flaw.code, detail=flaw.detail)
    claims: dict[str, Any] = {}
    try:
        claims = _of_code(token, key) if form == CODE else sdjwt.revealed(token.payload, disclosures)
        place = _understood(claims, form, key.issuer)
        code = _recorded(token, claims, known) or _state(claims, place, known, at)
        return Finding(code, claims, form, key.kid)
    except Flaw as flaw:
        return Finding(
            flaw.code, claims if flaw.code.startswith("status_") else {}, form, key.kid, flaw.detail
        )


def _taken_apart(text: str, known: Known) -> tuple[str, Token, list[str]]:
    text = "".join(text.split())
    if len(text) > LONGEST:
        raise Flaw("unreadable")
    text = text.rpartition("#")[2] if text.startswith(("http://", "https://")) else text
    head, *rest = text.split("~")
    token = read(head)
    form = str(token.header.get("typ"))
    if rest and (form != VC_SD_JWT or rest[-1] != ""):  # a proof of possession is not asked for and not read
        raise Flaw("disclosure_wrong" if form == VC_SD_JWT else "wrong_type", form[:40])
    if form == VC_SD_JWT and not rest:
        raise Flaw("unreadable")
    if form == CODE:
        token = _in_full(token, known)
    return form, token, rest[:-1]


def _in_full(token: Token, known: Known) -> Token:
    """Name the key of a code in full: on paper it has its member and its short name."""
    short = str(token.header.get("kid"))
    full = next((kid for kid in known.keys if kid.endswith(f":members:{short}")), short)
    issuer = full.partition("#")[0]
    return replace(token, header={**token.header, "kid": full}, payload={**token.payload, "iss": issuer})


def _of_code(token: Token, key: Key) -> dict[str, Any]:
    """What a code says, as the other forms say it."""
    said = token.payload
    try:
        number, index = said["s"]
        return {
            "id": f"{said['n']}/{said['e']}",
            "iat": said["iat"],
            "issuer": key.issuer,
            "validFrom": _told(said["f"]),
            "validUntil": _told(said["u"]),
            "credentialSubject": {
                "number": said["n"],
                "edition": said["e"],
                "territory": said["t"],
                **({"confirmBy": _told(said["c"])} if "c" in said else {}),
            },
            "place": [number, index],
            "digest": said["d"],
        }
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Flaw("wrong_content") from None


def _told(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def when(text: object) -> datetime:
    """Return an instant that a credential states; Flaw where it states none."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise Flaw("wrong_content") from None
    if found.tzinfo is None:
        raise Flaw("wrong_content")
    return found.astimezone(UTC)


def home_of(issuer: str) -> str:
    """Return where a did:web publishes, without the scheme."""
    parts = issuer.removeprefix("did:web:").split(":")
    return "/".join(unquote(part) for part in parts)


def location(issuer: str, purpose: str, number: int) -> str:
    return f"{home_of(issuer)}/status/{purpose}/{number}/"


def _understood(claims: dict[str, Any], form: str, issuer: str) -> tuple[int, int]:
    """Return in which list and where the status stands; Flaw where the claims are none of a licence."""
    subject = claims.get("credentialSubject")
    well_formed = (
        isinstance(subject, dict)
        and isinstance(subject.get("number"), str)
        and isinstance(subject.get("edition"), int)
        and isinstance(subject.get("territory"), list)
        and isinstance(claims.get("id"), str)
        and claims.get("issuer") == issuer
    )
    if not well_formed:
        raise Flaw("wrong_content")
    if form == CODE:
        number, index = claims["place"]
        if not isinstance(number, int) or not isinstance(index, int):
            raise Flaw("wrong_content")
        return number, index
    if "ExportLicenceCredential" not in _listed(claims, "type"):
        raise Flaw("wrong_content")
    places: dict[str, tuple[int, int]] = {}
    for entry in _listed(claims, "credentialStatus"):
        if not isinstance(entry, dict):
            raise Flaw("wrong_content")
        purpose, address = str(entry.get("statusPurpose")), str(entry.get("statusListCredential"))
        number, index = re.search(r"/(\d{1,9})/$", address), str(entry.get("statusListIndex"))
        if number is None or not re.fullmatch(r"\d{1,9}", index, re.ASCII):
            raise Flaw("wrong_content")
        if address.partition("://")[2] != location(issuer, purpose, int(number[1])):
            raise Flaw("status_of_another_issuer")
        places[purpose] = int(number[1]), int(index)
    if set(places) != set(SIZES) or len(set(places.values())) != 1:
        raise Flaw("wrong_content")
    return places["revocation"]


def _listed(claims: dict[str, Any], name: str) -> list[Any]:
    found = claims.get(name)
    return found if isinstance(found, list) else []


def _recorded(token: Token, claims: dict[str, Any], known: Known) -> str:
    """Say what is wrong between what is shown and what was recorded: a thief of a key may sign anything."""
    told = known.recorded(str(claims["id"]))
    if told is not None:
        return "" if _digest(token) in told else "not_as_recorded"
    if known.made_at is None:
        return "unknown"
    return ""


def _digest(token: Token) -> str:
    code = token.header.get("typ") == CODE
    said = {
        name: value for name, value in token.payload.items() if name != "iat" and not (code and name == "iss")
    }
    return b64(hashlib.sha256(canonical(said)).digest())


def _state(claims: dict[str, Any], place: tuple[int, int], known: Known, at: datetime) -> str:
    """The state, in the order in which one excludes the next; `effective_status` of a licence has the same."""
    subject, issuer = claims["credentialSubject"], str(claims["issuer"])
    begins, ends = when(claims.get("validFrom")), when(claims.get("validUntil"))
    bits = {name: known.status(issuer, name, *place, at) for name in SIZES}
    if bits["refresh"]:
        return "superseded"
    if MESSAGES.get(bits["message"]) == "surrendered":
        return "surrendered"
    if bits["revocation"]:
        return "revoked"
    if "confirmBy" in subject and (at >= when(subject["confirmBy"]) or at >= ends):
        return "revoked"
    if bits["message"]:
        return MESSAGES[bits["message"]]
    if at >= ends:
        return "expired"
    if known.member and known.member not in subject["territory"]:
        return "not_valid_here"
    if known.made_at is not None and known.recorded(str(claims["id"])) is None:
        return _absent(claims, known)
    if bits["suspension"]:
        return "suspended"
    return "not_yet_valid" if at < begins else "valid"


def _absent(claims: dict[str, Any], known: Known) -> str:
    """A pack names every licence that may be used where it is for: another one is newer than it, or none."""
    assert known.made_at is not None
    return "newer_than_pack" if claims.get("iat", 0) >= known.made_at else "unknown"
