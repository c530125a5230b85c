"""Verify a signed notice of the crisis unit offline: `python verify_guidance.py NOTICE.jws JWKS.json`.

Needs nothing of Entente, only the `cryptography` package. The JWKS file is what `/.well-known/jwks.json` answers:
fetch it once, by a way you trust. Prints what was signed; exits with 1 where the signature does not hold.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def decoded(text: str) -> bytes:
    """Decode base64url without padding (RFC 7515), strictly: one text for each content."""
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError("not the base64url of anything")
    return raw


def verify(token: str, jwks: dict[str, Any]) -> dict[str, Any]:
    """Return what was signed; ValueError where the token or its signature is not in order."""
    parts = token.strip().split(".")
    if len(parts) != 3:
        raise ValueError("not a compact JWS")
    try:
        header = json.loads(decoded(parts[0]))
        if header.get("alg") != "Ed25519" or header.get("typ") != "entente-guidance+jws":
            raise ValueError("not a notice")
        key = next((key for key in jwks["keys"] if key["kid"] == header.get("kid")), None)
        if key is None:
            raise ValueError("signed with a key that is not in the set")
        public = Ed25519PublicKey.from_public_bytes(decoded(key["x"]))
        public.verify(decoded(parts[2]), f"{parts[0]}.{parts[1]}".encode())
        said: dict[str, Any] = json.loads(decoded(parts[1]))
        return said
    except (InvalidSignature, UnicodeError) as error:
        raise ValueError("the signature does not hold") from error


if __name__ == "__main__":
    try:
        said = verify(Path(sys.argv[1]).read_text(), json.loads(Path(sys.argv[2]).read_text()))
    except ValueError as problem:
        sys.exit(f"DOES NOT HOLD: {problem}")
    print(json.dumps(said, indent=1, ensure_ascii=False))
