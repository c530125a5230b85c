"""Compact tokens (RFC 7515) taken apart, and whether the signature of a known key is on them.

Only what has one way to be written is read: base64url without padding whose unused bits are zero, so that no token
can be changed at any place and still verify.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

ALGORITHM = "ES256"
LONGEST = 256 * 1024  # characters of one token that a person or system brings


class _Registry(JWSRegistry):
    max_payload_length = 64 * 1024 * 1024  # a pack is one token; what people bring is held to LONGEST


_REGISTRY = _Registry(algorithms=[ALGORITHM], strict_check_header=False)


class Flaw(Exception):
    """What is wrong with a token, by a code of `licensing.credentials.verdicts`."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class Key:
    """A key of a member as it is published; instants are seconds since 1970."""

    kid: str  # DID URL
    issuer: str  # DID
    jwk: Mapping[str, str]
    valid_from: int
    retired_at: int | None = None
    revoked_at: int | None = None


def key_of(told: Mapping[str, Any]) -> Key:
    """Return the key that a JWK of a member tells of; Flaw where it tells of none."""
    try:
        retired, revoked = told.get("retired_at"), told.get("revoked_at")
        found = Key(
            str(told["kid"]),
            str(told["iss"]),
            {name: str(told[name]) for name in ("kty", "crv", "x", "y")},
            int(told["valid_from"]),
            None if retired is None else int(retired),
            None if revoked is None else int(revoked),
        )
        if (
            found.jwk["kty"] != "EC"
            or found.jwk["crv"] != "P-256"
            or not found.kid.startswith(f"{found.issuer}#")
        ):
            raise ValueError
        return found
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Flaw("pack_unreadable") from None


@dataclass(frozen=True)
class Token:
    """A token whose parts could be read; nothing is said of who signed it."""

    header: dict[str, Any]
    payload: dict[str, Any]
    text: str


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Return the bytes of base64url in its one form; ValueError for any other."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64(raw) != text:
        raise ValueError("not in its one form")
    return raw


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is said twice")
    return found


def parsed(raw: bytes | str) -> Any:
    """Return what JSON says; ValueError where it is none, says a name twice or a number that is none."""

    def refuse(text: str) -> None:
        raise ValueError(text)

    try:
        return json.loads(raw, object_pairs_hook=_no_twins, parse_constant=refuse)
    except RecursionError:
        raise ValueError("too deep") from None


def read(text: str) -> Token:
    """Take a token apart; Flaw `unreadable` where that cannot be done."""
    try:
        head, body, signature = text.split(".")
        unb64(signature)
        header, payload = parsed(unb64(head)), parsed(unb64(body))
    except (ValueError, binascii.Error):
        raise Flaw("unreadable") from None
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise Flaw("unreadable")
    return Token(header, payload, text)


@lru_cache(maxsize=256)
def _imported(x: str, y: str) -> ECKey:
    return ECKey.import_key({"kty": "EC", "crv": "P-256", "x": x, "y": y})


def signed_by(token: Token, kinds: tuple[str, ...], keys: Mapping[str, Key]) -> Key:
    """Return the key that signed a token of one of some kinds; Flaw where none of those known did, or not then."""
    header, payload = token.header, token.payload
    if header.get("alg") != ALGORITHM or "crit" in header:
        raise Flaw("wrong_algorithm", str(header.get("alg"))[:20])
    if header.get("typ") not in kinds:
        raise Flaw("wrong_type", str(header.get("typ"))[:40])
    issuer, kid = payload.get("iss"), header.get("kid")
    key = keys.get(kid) if isinstance(kid, str) else None
    if key is not None and key.issuer != issuer:
        raise Flaw("key_of_another_issuer")
    if key is None:
        known = any(one.issuer == issuer for one in keys.values())
        raise Flaw("unknown_key" if known else "unknown_issuer")
    try:
        jws.deserialize_compact(token.text, _imported(key.jwk["x"], key.jwk["y"]), registry=_REGISTRY)
    except (JoseError, ValueError):
        raise Flaw("signature_wrong") from None
    at = payload.get("iat")
    if not isinstance(at, int) or isinstance(at, bool) or at < key.valid_from:
        raise Flaw("key_not_then")
    if key.revoked_at is not None and at >= key.revoked_at:
        raise Flaw("key_revoked")
    if key.retired_at is not None and at > key.retired_at:
        raise Flaw("key_not_then")
    return key
