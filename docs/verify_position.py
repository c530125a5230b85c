"""Verify offline what a partner's system signed when it took a position or sent a message: needs Python and
`cryptography`.

    python3 verify_position.py SIGNATURE.json [THUMBPRINT]

The file is the answer of `/api/v1/positions/{uid}/signature/` or
`/api/v1/cases/{reference}/messages/{uid}/signature/`. Checked is that the signature holds over the
signature base (RFC 9421) under the key, and that the base holds the digest (RFC 9530) of the body. Give the
thumbprint of the system's key as you know it, from the event `client.keys_registered` or from the partner: the key
in the file proves nothing by itself.
"""

import base64
import hashlib
import json
import re
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils


def number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=="), "big")


def thumbprint(key: dict[str, str]) -> str:
    names = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}[key["kty"]]
    text = json.dumps({name: key[name] for name in names}, separators=(",", ":"), sort_keys=True)
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def check(key: dict[str, str], signature: bytes, base: bytes) -> None:
    """Raise InvalidSignature unless the signature is that of the base under the key."""
    if key["kty"] == "OKP":
        edwards = ed25519.Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "=="))
        return edwards.verify(signature, base)
    if key["kty"] == "RSA":
        numbers = rsa.RSAPublicNumbers(number(key["e"]), number(key["n"])).public_key()
        pss = padding.PSS(padding.MGF1(hashes.SHA512()), padding.PSS.AUTO)
        return numbers.verify(signature, base, pss, hashes.SHA512())
    small = key["crv"] == "P-256"
    curve = ec.SECP256R1() if small else ec.SECP384R1()
    sha = hashes.SHA256() if small else hashes.SHA384()
    public = ec.EllipticCurvePublicNumbers(number(key["x"]), number(key["y"]), curve).public_key()
    half = len(signature) // 2
    r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    return public.verify(utils.encode_dss_signature(r, s), base, ec.ECDSA(sha))


def main(arguments: list[str]) -> int:
    if not 1 <= len(arguments) <= 2:
        print(__doc__)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:
            told = json.load(file)
        key, base = json.loads(told["public_key"]), told["base"]
        body = base64.b64decode(told["body"])
        line = re.search('^"content-digest": (.*)$', base, re.MULTILINE)
        digests = re.findall("(sha-256|sha-512)=:([^:]*):", line[1] if line else "")
        if len(arguments) == 2 and thumbprint(key) != arguments[1]:
            print(f"DOES NOT VERIFY: signed with the key {thumbprint(key)}.")
            return 1
        if not digests or any(
            base64.b64decode(value) != hashlib.new(name.replace("-", ""), body).digest()
            for name, value in digests
        ):
            print("DOES NOT VERIFY: the body is not the one that was signed.")
            return 1
        check(key, base64.b64decode(told["signature"]), base.encode())
    except InvalidSignature:
        print("DOES NOT VERIFY: the signature is not that of this base under this key.")
        return 1
    except (OSError, ValueError, LookupError, TypeError) as error:
        print(f"This is no signature of a position or message: {error}")
        return 2
    print(f"Verifies under the key {thumbprint(key)}:\n{body.decode(errors='replace')}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
