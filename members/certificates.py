"""The certificate a system came with, as the proxy that ended its TLS tells it (RFC 9440, or nginx's escaped PEM).

Off unless `ENTENTE_CLIENT_CERT_HEADER` names the header: it may be trusted only where the proxy sets it on every
request itself.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import Certificate, load_der_x509_certificate, load_pem_x509_certificate
from django.conf import settings


def thumbprint(meta: Mapping[str, Any]) -> str:
    """Return base64url of the SHA-256 of the certificate (x5t#S256 of RFC 8705); empty without a readable one."""
    name = settings.CLIENT_CERT_HEADER
    sent = str(meta.get(f"HTTP_{name.upper().replace('-', '_')}", "")) if name else ""
    found = _read(sent) if sent else None
    return base64.urlsafe_b64encode(found.fingerprint(SHA256())).rstrip(b"=").decode() if found else ""


def _read(sent: str) -> Certificate | None:
    try:
        if sent.startswith(":") and sent.endswith(":"):
            return load_der_x509_certificate(base64.b64decode(sent[1:-1], validate=True))
        return load_pem_x509_certificate(unquote(sent).encode())
    except (ValueError, binascii.Error):
        return None
