"""Members as issuers: how a member is named and its keys are published, and signing in its name.

A member is `did:web:HOST:members:nl`, after the address that the site has in links. Signatures are ES256 by
RFC 6979: the same text under the same key is the same token, whichever process signs it.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from django.conf import settings
from django.db.models import QuerySet
from joserfc import jws
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

from core import sealing, signing
from members.models import IssuerKey, Jurisdiction
from members.models.keys import ALGORITHM

PURPOSE = "entente.issuer-keys"
ES256: Any = JWSRegistry.algorithms[ALGORITHM]


class _Deterministic(type(ES256)):  # type: ignore[misc]
    """ES256 whose nonce follows from key and text (RFC 6979), so that no bad dice give the key away."""

    def sign(self, msg: bytes, key: Any) -> bytes:
        private = key.get_op_key("sign")
        r, s = decode_dss_signature(private.sign(msg, ec.ECDSA(self.hash_alg(), deterministic_signing=True)))
        return bytes(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


class _Registry(JWSRegistry):
    algorithms = {ALGORITHM: _Deterministic(ALGORITHM, "P-256", 256, True)}
    max_payload_length = 64 * 1024 * 1024  # a border pack is one token


_REGISTRY = _Registry(algorithms=[ALGORITHM], strict_check_header=False)


def did_of(code: str) -> str:
    """Return the decentralised identifier of a member, by its two letters."""
    return f"did:web:{quote(urlsplit(settings.SITE_URL).netloc, safe='.')}:members:{code.lower()}"


def home_of(code: str) -> str:
    """Return the address under which a member publishes what it signs with and what became of it."""
    return f"{settings.SITE_URL}/members/{code.lower()}"


def key_id(key: IssuerKey) -> str:
    """Return the name of a key as tokens carry it: a DID URL."""
    return f"{did_of(key.jurisdiction_id)}#{key.kid}"


def make_pair() -> tuple[str, dict[str, str], str]:
    """Make a key pair; return its short name, its public JWK and its sealed private part."""
    made = ECKey.generate_key("P-256")
    public = {
        name: str(value)
        for name, value in made.as_dict(private=False).items()
        if name in "kty crv x y".split()
    }
    private = json.dumps(made.as_dict(private=True)).encode()
    return made.thumbprint()[:16], public, sealing.seal(private, PURPOSE)


@lru_cache(maxsize=64)
def _private(sealed: str) -> ECKey:
    key: ECKey = ECKey.import_key(json.loads(sealing.opened(sealed, PURPOSE)))
    return key


def opens(key: IssuerKey) -> bool:
    """Whether the secret key, or a former one, still opens the private part of a key."""
    try:
        _private(key.sealed)
    except ValueError:
        return False
    return True


def sign(key: IssuerKey, payload: dict[str, Any], kind: str, **header: str) -> str:
    """Return a compact JWS over the canonical JSON of a payload; `kind` goes into its header as `typ`."""
    told = {"alg": ALGORITHM, "typ": kind, "kid": key_id(key), **header}
    return jws.serialize_compact(told, signing.canonical(payload), _private(key.sealed), registry=_REGISTRY)


def keys_of(code: str) -> QuerySet[IssuerKey]:
    """Return every key a member ever signed with, the one that signs first."""
    return IssuerKey.objects.filter(jurisdiction=code)


def told_of(key: IssuerKey) -> dict[str, Any]:
    """Return what verifiers are told of a key: its JWK by its full name, and when it counts (seconds)."""
    return {
        **key.public,
        "use": "sig",
        "alg": key.algorithm,
        "kid": key_id(key),
        "iss": did_of(key.jurisdiction_id),
        "valid_from": int(key.valid_from.timestamp()),
        "retired_at": int(key.retired_at.timestamp()) if key.retired_at else None,
        "revoked_at": int(key.revoked_at.timestamp()) if key.revoked_at else None,
    }


def jwks(code: str) -> dict[str, Any]:
    """Return a member's public keys as a JWK set (RFC 7517); members of it that are no registered parameters say
    when a key counts."""
    return {"keys": [told_of(key) for key in keys_of(code)]}


def all_keys() -> list[dict[str, Any]]:
    """Return what verifiers are told of every key of every member."""
    return [told_of(key) for key in IssuerKey.objects.all()]


def did_document(member: Jurisdiction) -> dict[str, Any]:
    """Return the DID document of a member. A revoked key is not among its methods any more: what it signed before
    verifies with the JWK set, which says from when on it does not count."""
    name = did_of(member.code)
    methods = [
        {
            "id": key_id(key),
            "type": "JsonWebKey",
            "controller": name,
            "publicKeyJwk": {**key.public, "alg": key.algorithm, "kid": key.kid},
        }
        for key in keys_of(member.code)
        if key.revoked_at is None
    ]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://www.w3.org/ns/cid/v1"],
        "id": name,
        "alsoKnownAs": [f"{home_of(member.code)}/"],
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
        "service": [
            {
                "id": f"{name}#jwks",
                "type": "JsonWebKeySet",
                "serviceEndpoint": f"{home_of(member.code)}/jwks.json",
            }
        ],
    }
