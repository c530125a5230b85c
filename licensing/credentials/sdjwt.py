"""Selective disclosure (SD-JWT, RFC 9901) of properties of objects: concealing them, and what is shown of them."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable
from typing import Any

from licensing.credentials.tokens import Flaw, b64, parsed, unb64

HASH = "sha-256"
#: Says of a property, by the path of its object and its own name, whether it is concealed.
Rule = Callable[[tuple[str | int, ...], str], bool]


def digest(disclosure: str) -> str:
    return b64(hashlib.sha256(disclosure.encode()).digest())


def salt_for(secret: bytes, path: Iterable[str | int]) -> str:
    """Return 128 bits that follow from a secret and a path: the same licence is concealed in the same way."""
    return b64(hmac.digest(secret, "/".join(map(str, path)).encode(), "sha256")[:16])


def conceal(claims: dict[str, Any], rule: Rule, secret: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """Return claims in which a digest stands for each property that a rule names, and the disclosures of those by
    their path, in the order of the claims."""
    shown: dict[str, str] = {}

    def walk(value: Any, path: tuple[str | int, ...]) -> Any:
        if isinstance(value, list):
            return [walk(entry, (*path, number)) for number, entry in enumerate(value)]
        if not isinstance(value, dict):
            return value
        kept, digests = {}, []
        for name, entry in value.items():
            if not rule(path, name):
                kept[name] = walk(entry, (*path, name))
                continue
            said = json.dumps([salt_for(secret, (*path, name)), name, entry], ensure_ascii=False)
            disclosure = b64(said.encode())
            shown["/".join(map(str, (*path, name)))] = disclosure
            digests.append(digest(disclosure))
        if digests:
            kept["_sd"] = sorted(digests)  # by digest: the order tells nothing
        return kept

    return {**walk(claims, ()), "_sd_alg": HASH}, shown


def revealed(claims: dict[str, Any], disclosures: Iterable[str]) -> dict[str, Any]:
    """Return claims with what is disclosed of them; Flaw where a disclosure is none of theirs or says what it must
    not."""
    waiting: dict[str, tuple[str, Any]] = {}
    for text in disclosures:
        try:
            said = parsed(unb64(text))
        except (ValueError, binascii.Error):
            raise Flaw("disclosure_wrong") from None
        if not isinstance(said, list) or len(said) != 3 or not isinstance(said[1], str):
            raise Flaw("disclosure_wrong")
        if said[1] in ("_sd", "...", "_sd_alg") or digest(text) in waiting:
            raise Flaw("disclosure_wrong")
        waiting[digest(text)] = (said[1], said[2])
    if claims.get("_sd_alg", HASH) != HASH:
        raise Flaw("disclosure_wrong")

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        found = {name: walk(entry) for name, entry in value.items() if name not in ("_sd", "_sd_alg")}
        for one in value.get("_sd", ()):
            if isinstance(one, str) and one in waiting:
                name, entry = waiting.pop(one)
                if name in found:
                    raise Flaw("disclosure_wrong")
                found[name] = entry
        return found

    shown: dict[str, Any] = walk(claims)
    if waiting:
        raise Flaw("disclosure_wrong")
    return shown
