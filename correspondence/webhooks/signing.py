"""Keys of endpoints and the signatures made with them (Standard Webhooks 1.0, signature scheme)."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils.translation import gettext as _

from core import sealing
from core.errors import Conflict

PURPOSE = "entente.webhooks"
SECRET_BYTES = 32  # the specification: 24 to 64


@dataclass(frozen=True)
class Signer:
    """One key in the clear: the secret of HMAC, or the seed of Ed25519."""

    scheme: str
    raw: bytes

    def sign(self, content: bytes) -> str:
        if self.scheme == "v1":
            made = hmac.new(self.raw, content, sha256).digest()
        else:
            made = _private(self.raw).sign(content)
        return f"{self.scheme},{_b64(made)}"


@dataclass(frozen=True)
class Made:
    """A new key: sealed for keeping; `told` is what its receiver verifies with, and is secret where `secret`."""

    scheme: str
    sealed: str
    public: str
    told: str
    secret: bool


def make(scheme: str) -> Made:
    """Make a key of a scheme. Of Ed25519 the receiver gets `whpk_...`, the public half; of HMAC `whsec_...`."""
    raw = secrets.token_bytes(SECRET_BYTES)
    sealed = sealing.seal(raw, PURPOSE)
    if scheme == "v1":
        return Made(scheme, sealed, "", f"whsec_{_b64(raw)}", secret=True)
    public = f"whpk_{_b64(_private(raw).public_key().public_bytes_raw())}"
    return Made(scheme, sealed, public, public, secret=False)


def opened(scheme: str, sealed: str) -> Signer:
    """Return a kept key; Conflict where no key of this installation opens it."""
    try:
        return Signer(scheme, sealing.opened(sealed, PURPOSE))
    except ValueError as error:
        raise Conflict(_("The signing key cannot be opened. Rotate it to get a new one.")) from error


def signature(signers: Sequence[Signer], message: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: one for each key, separated by spaces."""
    content = f"{message}.{timestamp}.".encode() + body
    return " ".join(signer.sign(content) for signer in signers)


@lru_cache(maxsize=500)
def _private(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
