"""Idempotency keys: an unsafe request that comes twice is done once (draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from core.errors import Invalid
from members.models import User
from members.services import calls

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT_HEADERS = ("Content-Type", "ETag", "Location", "Cache-Control")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def key_of(request: Request) -> str | None:
    """Return the key of a request, with or without the quotes of a structured field; None without one.

    Invalid for what is no key: 1 to 255 visible ASCII characters.
    """
    sent = request.headers.get(HEADER)
    if sent is None:
        return None
    key = sent.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise Invalid.field(
            HEADER, _("A key is 1 to 255 visible characters without spaces; a random UUID is a good one.")
        )
    return key


def hash_of(request: Request) -> str:
    """Return what a key is bound to: a hash of method, address and body; of a form's parts, not its boundary."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if str(request.content_type).startswith("multipart/"):
        form: Any = request.data
        for name in sorted(form):
            for value in form.getlist(name):
                digest.update(f"\n{name!r} {getattr(value, 'name', '')!r} ".encode())
                digest.update(hashlib.sha256(_bytes_of(value)).digest())
    else:
        digest.update(request._request.body)
    return digest.hexdigest()


def _bytes_of(value: Any) -> bytes:
    if not hasattr(value, "read"):
        return str(value).encode()
    content: bytes = value.read()
    value.seek(0)
    return content


def once(request: Request, person: User, key: str, act: Callable[[], Any]) -> HttpResponse:
    """Answer a request that carries a key; `act` gives a rendered response, of 500 and above by raising."""
    client = person.via
    assert client is not None

    def answered() -> calls.Answer:
        response = act()
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        return calls.Answer(response.status_code, response.content, headers)

    given = calls.answer_once(client=client, key=key, request_hash=hash_of(request), act=answered)
    response = HttpResponse(given.body, status=given.status, headers=given.headers)
    if given.replayed:
        response.headers[REPLAYED] = "true"
    return response
