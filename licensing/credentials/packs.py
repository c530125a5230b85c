"""What is known from a border pack: a signed bundle with which licences are judged without a network."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from licensing.credentials import bits
from licensing.credentials.checking import SIZES, VC_JWT, location, when
from licensing.credentials.tokens import Flaw, Key, key_of, read, signed_by

KIND = "border-pack+jwt"
VALID = 24 * 3600  # seconds
SKEW = 300  # seconds by which the clock of whoever verifies may be behind
LARGEST = 64 * 1024 * 1024  # characters of a pack


class StatusLists:
    """Lists as they were signed, each read and judged when it is first asked."""

    def __init__(self, tokens: Mapping[str, str], keys: Mapping[str, Key]) -> None:
        self._tokens, self._keys = tokens, keys
        self._read: dict[str, tuple[bytes, datetime]] = {}

    def entry(self, issuer: str, purpose: str, number: int, index: int, at: datetime) -> int:
        place = location(issuer, purpose, number)
        if place not in self._read:
            if place not in self._tokens:
                raise Flaw("status_missing", place)
            self._read[place] = self._judged(place, issuer, purpose)
        raw, until = self._read[place]
        if at >= until:
            raise Flaw("status_stale", until.isoformat())
        return bits.entry(raw, index, SIZES[purpose])

    def _judged(self, place: str, issuer: str, purpose: str) -> tuple[bytes, datetime]:
        token = read(self._tokens[place])
        key = signed_by(token, (VC_JWT,), self._keys)
        subject = token.payload.get("credentialSubject")
        if key.issuer != issuer:
            raise Flaw("status_of_another_issuer")
        if not isinstance(subject, dict) or str(token.payload.get("id")).partition("://")[2] != place:
            raise Flaw("status_unreadable")
        if subject.get("statusPurpose") != purpose or subject.get("type") != "BitstringStatusList":
            raise Flaw("status_unreadable")
        return bits.decoded(subject.get("encodedList"), SIZES[purpose]), when(token.payload.get("validUntil"))


class Pack:
    """A pack whose signature holds; `licensing.credentials.checking.Known`."""

    def __init__(self, payload: dict[str, Any]) -> None:
        try:
            self.member = str(payload["member"])
            self.made_at: int = int(payload["iat"])
            self.expires_at: int = int(payload["exp"])
            self.keys: dict[str, Key] = {key.kid: key for key in map(key_of, payload["keys"])}
            self.rules: dict[str, dict[str, Any]] = {str(one["code"]): one for one in payload["rules"]}
            self.credentials: dict[str, str] = {
                str(one["number"]): str(one["credential"]) for one in payload["licences"]
            }
            self._recorded: dict[str, frozenset[str]] = {
                str(name): frozenset(map(str, one["digests"]))
                for one in payload["licences"]
                for name in one["names"]
            }
            tokens = {str(place): str(token) for place, token in payload["status"].items()}
        except (AttributeError, KeyError, TypeError, ValueError):
            raise Flaw("pack_unreadable") from None
        self._lists = StatusLists(tokens, self.keys)

    def status(self, issuer: str, purpose: str, number: int, index: int, at: datetime) -> int:
        return self._lists.entry(issuer, purpose, number, index, at)

    def recorded(self, credential: str) -> frozenset[str] | None:
        return self._recorded.get(credential)

    def unfit(self, at: datetime) -> str:
        """Say by a code why nothing is judged by it at an instant; empty where it serves."""
        if at.timestamp() >= self.expires_at:
            return "pack_expired"
        return "clock_behind" if at.timestamp() < self.made_at - SKEW else ""


def opened(text: str, trusted: Mapping[str, Key]) -> Pack:
    """Open a pack that one of some keys signed, which came another way than the pack; Flaw otherwise."""
    text = text.strip()
    try:
        if len(text) > LARGEST:
            raise Flaw("pack_unreadable")
        token = read(text)
        key = signed_by(token, (KIND,), trusted)
    except Flaw as flaw:
        known = {"unreadable": "pack_unreadable", "wrong_type": "pack_unreadable"}
        raise Flaw(known.get(flaw.code, "pack_not_trusted"), flaw.detail) from None
    pack = Pack(token.payload)
    if not key.issuer.endswith(f":{pack.member.lower()}"):
        raise Flaw("pack_not_trusted")
    return pack
