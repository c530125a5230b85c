"""Sealing what may be read only later: encrypted at rest, committed to beforehand, verifiable once it is open."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import Conflict
from ledger.services import commitment

SALT_BYTES = 32


class BrokenSeal(Conflict):
    """What is under a seal cannot be opened with this installation's keys, or is not what was committed to."""

    code = "broken-seal"
    title = "The seal does not hold"


def _box() -> MultiFernet:
    """Keys derived from the secret key, with the former ones still able to open."""

    def derived(secret: str) -> Fernet:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"entente.preposition")
        return Fernet(base64.urlsafe_b64encode(key.derive(secret.encode())))

    return MultiFernet([derived(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def seal(content: dict[str, Any], salt: bytes) -> str:
    """Return content and salt, encrypted for this installation alone."""
    plain = json.dumps({"salt": salt.hex(), "content": content}, ensure_ascii=False)
    return _box().encrypt(plain.encode()).decode()


def unseal(sealed: str, committed: str) -> tuple[dict[str, Any], bytes]:
    """Return content and salt; BrokenSeal unless they are what was committed to."""
    try:
        plain = json.loads(_box().decrypt(sealed.encode()))
    except InvalidToken as error:
        raise BrokenSeal(
            _("No key of this installation opens the seal: has the secret key been replaced?")
        ) from error
    salt, content = bytes.fromhex(plain["salt"]), dict(plain["content"])
    if commitment(salt, content) != committed:
        raise BrokenSeal(_("What is under the seal is not what was committed to."))
    return content, salt


def verifies(committed: str, salt: str, content: object) -> bool:
    """Whether a salt (hexadecimal) and a content are what a commitment stands for; False for what is neither."""
    try:
        return isinstance(content, dict) and commitment(bytes.fromhex(salt), content) == committed
    except (ValueError, TypeError):
        return False
