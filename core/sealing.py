"""Secrets of the platform at rest: sealed under keys that are derived from the secret key, one for each purpose.

What was sealed under a former secret key (`ENTENTE_OLD_SECRET_KEYS`) still opens.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def _box(purpose: str) -> MultiFernet:
    def derived(secret: str) -> Fernet:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
        return Fernet(base64.urlsafe_b64encode(key.derive(secret.encode())))

    return MultiFernet([derived(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def seal(secret: bytes, purpose: str) -> str:
    """Return a secret that only this installation can open; the same one seals to another text each time."""
    return _box(purpose).encrypt(secret).decode()


def opened(sealed: str, purpose: str) -> bytes:
    """Return what was sealed for a purpose; ValueError where neither the secret key nor a former one opens it."""
    try:
        return _box(purpose).decrypt(sealed.encode())
    except InvalidToken:
        raise ValueError("No secret key of this installation opens what was sealed.") from None
