"""A request that a partner's system signed: what is kept of it, so that anyone verifies it offline, later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Signed:
    """A verified HTTP message signature (RFC 9421) over the request that took a position or sent a message.

    `base` is what was signed, letter by letter; it holds the Content-Digest (RFC 9530) of `body`.
    """

    client_id: str
    client_name: str
    public_key: dict[str, Any]  # JWK
    thumbprint: str  # of the key, RFC 7638
    algorithm: str
    base: str
    signature: str  # base64
    body: bytes
