"""Signatures of this installation: Ed25519 in compact JWS, which anyone verifies offline with the published keys.

The key is derived from the secret key, so there is none to keep beside it; keys derived from former secret keys
(`ENTENTE_OLD_SECRET_KEYS`) stay published and sign nothing any more.
"""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

ALGORITHM = "Ed25519"  # RFC 9864


def canonical(payload: object) -> bytes:
    """Return the one JSON of a payload: sorted keys, no spaces, UTF-8."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@lru_cache(maxsize=8)
def _key(secret: str) -> OKPKey:
    seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"entente.signatures").derive(secret.encode())
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    named = {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": ALGORITHM}
    key: OKPKey = OKPKey.import_key({**named, "d": _b64(seed), "x": _b64(public)})
    key.ensure_kid()
    return key


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _keys() -> KeySet:
    """The key that signs, then those that signed before."""
    return KeySet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def sign(payload: object, kind: str) -> str:
    """Return a compact JWS over the canonical JSON of a payload; `kind` goes into its header as `typ`."""
    key = _key(settings.SECRET_KEY)
    header = {"alg": ALGORITHM, "kid": str(key.kid), "typ": kind}
    return jws.serialize_compact(header, canonical(payload), key, algorithms=[ALGORITHM])


def verified(token: str, kind: str) -> Any:
    """Return what a JWS of this installation says, None where its signature or its kind does not hold."""
    try:
        found = jws.deserialize_compact(token, _keys(), algorithms=[ALGORITHM])
        return json.loads(found.payload or b"") if found.headers().get("typ") == kind else None
    except (JoseError, ValueError):
        return None


def published_keys() -> dict[str, Any]:
    """Return the public keys as a JWK set (RFC 7517)."""
    return dict(_keys().as_dict(private=False))
