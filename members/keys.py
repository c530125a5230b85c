"""Public keys of partners' systems (RFC 7517): what is taken, and what was signed with them."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from core.errors import Invalid

MOST = 5  # two in use while one gives way to the next, and room
LONGEST = 20_000  # characters of a key set
#: By kind of key, the algorithms it may sign with (RFC 8725: none is left to the message alone).
ALGORITHMS = {"EC": ["ES256", "ES384"], "OKP": ["EdDSA", "Ed25519"], "RSA": ["PS256", "RS256"]}
CURVES = {"P-256", "P-384", "Ed25519"}
LEAST_RSA = 2048  # bits
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


def read(text: str) -> list[dict[str, Any]]:
    """Return the public keys of a JWK set, each with its id; an empty text is no key.

    Invalid, naming `keys`, for what is no such set, for a private key, and for a key too weak or of another kind.
    """
    if not text.strip():
        return []
    if len(text) > LONGEST:
        raise _wrong(_("This is longer than %(most)s public keys are.") % {"most": MOST})
    try:
        told = json.loads(text)
    except ValueError:
        raise _wrong(_("This is no JSON. Give a JWK set, as RFC 7517 has it.")) from None
    listed = told.get("keys") if isinstance(told, dict) else None
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST:
        raise _wrong(_("Give a JWK set: an object with 1 to %(most)s keys under “keys”.") % {"most": MOST})
    found = [_key(number, one) for number, one in enumerate(listed)]
    if len({one["kid"] for one in found}) < len(found):
        raise _wrong(_("Two keys have the same id (kid)."))
    return found


def _key(number: int, told: Any) -> dict[str, Any]:
    at = f"keys[{number}]"
    if not isinstance(told, dict):
        raise _wrong(_("%(at)s is no key.") % {"at": at})
    if PRIVATE & told.keys():
        raise _wrong(
            _("%(at)s holds a private or secret part, which is now known to others: make a new key.")
            % {"at": at}
        )
    kind: Any = {"EC": ECKey, "OKP": OKPKey, "RSA": RSAKey}.get(str(told.get("kty")))
    weak = _("%(at)s must be EC on P-256 or P-384, OKP on Ed25519, or RSA of at least %(bits)s bits.")
    if kind is None or (kind is not RSAKey and told.get("crv") not in CURVES):
        raise _wrong(weak % {"at": at, "bits": LEAST_RSA})
    try:
        key = kind.import_key(told)
        if kind is RSAKey and key.public_key.key_size < LEAST_RSA:
            raise _wrong(weak % {"at": at, "bits": LEAST_RSA})
        key.ensure_kid()
        plain = dict(key.as_dict(private=False))
    except (JoseError, ValueError, TypeError, KeyError):
        raise _wrong(_("%(at)s cannot be read as a key.") % {"at": at}) from None
    return {name: plain[name] for name in ("kty", "crv", "x", "y", "n", "e", "kid") if name in plain} | {
        "kid": str(plain["kid"])[:100]
    }


def _wrong(text: str) -> Invalid:
    return Invalid.field("keys", text)


def key_set(keys: list[dict[str, Any]]) -> KeySet:
    return KeySet.import_key_set({"keys": keys})  # type: ignore[arg-type]


def algorithms(keys: list[dict[str, Any]]) -> list[str]:
    """Return what these keys may sign with."""
    return sorted({name for key in keys for name in ALGORITHMS[key["kty"]]})


def thumbprints(keys: list[dict[str, Any]]) -> list[str]:
    """Return the SHA-256 thumbprints (RFC 7638), which name keys whatever their ids."""
    return [str(key.thumbprint()) for key in key_set(keys).keys] if keys else []
