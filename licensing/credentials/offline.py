"""Tokens for offices without a network: a quantity that is reserved already, signed by the member that issued the
licence, and judged with its keys alone.

A token says what a clerk compares with the goods; who its parties are in full and which conditions hold stands in
the licence, which packs carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from licensing.credentials.packs import SKEW
from licensing.credentials.tokens import LONGEST, Flaw, Key, read, signed_by
from licensing.credentials.verdicts import FLAWS, Verdict

KIND = "offline-token+jwt"
OWN: dict[str, Verdict] = {
    "token_valid": Verdict(
        "good",
        _("This token covers the goods"),
        _("The quantity is reserved for this office. Note what leaves, and tell it once there is a network."),
    ),
    "token_expired": Verdict(
        "bad",
        _("The time of this token is over"),
        _("Nothing leaves by it any more. Tell what left in time, or give it back, once there is a network."),
    ),
    "token_elsewhere": Verdict(
        "bad",
        _("This token is for customs of another member"),
        _("Nothing leaves by it here."),
    ),
}
VERDICTS = OWN | FLAWS
GO = frozenset({"token_valid"})


@dataclass(frozen=True)
class Judged:
    """The verdict on a token, by its code, and what it says once its signature holds."""

    code: str
    claims: dict[str, Any] = field(default_factory=dict)
    detail: str = ""

    @property
    def holds(self) -> bool:
        return self.code in GO


def is_token(text: str) -> bool:
    """Whether a text says of itself that it is a token of this kind; nothing is said of who signed it."""
    try:
        return len(text) <= LONGEST and read("".join(text.split())).header.get("typ") == KIND
    except Flaw:
        return False


def opened(text: str, keys: Mapping[str, Key]) -> dict[str, Any]:
    """Return what a token says; Flaw where no key known signed it, or it says something else than tokens do."""
    text = "".join(text.split())
    if len(text) > LONGEST:
        raise Flaw("unreadable")
    token = read(text)
    signed_by(token, (KIND,), keys)
    said = token.payload
    try:
        well_formed = all(isinstance(said[name], str) and said[name] for name in TEXTS) and all(
            isinstance(said[name], int) and not isinstance(said[name], bool) for name in NUMBERS
        )
        datetime.fromtimestamp(said["exp"], UTC)
    except (KeyError, OverflowError, ValueError, OSError):
        raise Flaw("wrong_content") from None
    if not well_formed:
        raise Flaw("wrong_content")
    return said


TEXTS = ("jti", "licence", "member", "office", "quantity", "unit", "goods", "holder")
NUMBERS = ("iat", "exp", "line", "edition")


def check(text: str, keys: Mapping[str, Key], at: datetime, member: str = "") -> Judged:
    """Judge a token at an instant, with the keys that are known; `member`: two letters of where the goods are.

    It asks no database and no network. Whether the token was given back or used since is not known offline.
    """
    try:
        said = opened(text, keys)
    except Flaw as flaw:
        return Judged(flaw.code, detail=flaw.detail)
    if at.timestamp() < said["iat"] - SKEW:
        return Judged("clock_behind", said)
    if member and member != said["member"]:
        return Judged("token_elsewhere", said)
    return Judged("token_valid" if at.timestamp() < said["exp"] else "token_expired", said)


def lines(said: Mapping[str, Any]) -> list[str]:
    """Return what a token says, for people."""
    until = datetime.fromtimestamp(said["exp"], UTC).isoformat()
    consignees = ", ".join(f"{one['name']} ({one['country']})" for one in said.get("consignees", []))
    return [
        f"{said['jti']}: {said['quantity']} {said['unit']} of line {said['line']} of {said['licence']}, "
        f"edition {said['edition']}",
        f"  {said['goods']} ({said.get('controlCode') or 'unlisted'})",
        f"  of {said['holder']}, to {', '.join(said.get('destinations', []))}"
        + (f", for {consignees}" if consignees else ""),
        f"  at {said['office']} until {until}",
        *([f"  conditions: {', '.join(said['conditions'])}"] if said.get("conditions") else []),
    ]
