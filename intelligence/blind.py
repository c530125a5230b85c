"""Keyed fingerprints by which two members find that one asks for what the other denied, and show neither. Pure.

A fingerprint is HMAC-SHA-256 under a key that only the two hold, over the control heading, one identity of an
end-user or consignee, the destination and the member that denied. It is made on the member's side; the platform
compares. See docs/blind-match.md for what this protects against, and what not.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from intelligence.names import normal_code, normalise

KEY_BYTES = 32
#: Files have one of these numbers of fingerprints, a question always the same: what is missing is filled at random.
DENIALS_SIZES = (256, 1024, 4096, 16384)
QUERY_SIZE = 64
_LABEL = b"entente blind match 1"
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Subject:
    """One way to name a transaction: a heading, an identity, a destination."""

    code: str
    identity: str  # name:acme optics|KZ, or lei:529900t8bm49aursdo55
    destination: str


def subjects(
    codes: Iterable[str], parties: Iterable[Mapping[str, Any]], destinations: Iterable[str]
) -> list[Subject]:
    """Return every way to name a transaction, sorted, each once.

    `parties` have name and country, and identifiers of {"scheme", "value"} if any are known: a party is met by its
    name in the form of `intelligence.names.normalise` and its country, or by any number that both sides know.
    """
    identities: set[str] = set()
    for party in parties:
        identities.add(f"name:{normalise(str(party['name']))}|{str(party['country']).strip().upper()}")
        for one in party.get("identifiers", ()):
            if value := "".join(str(one.get("value", "")).split()):
                identities.add(f"{one.get('scheme', '')}:{value}".casefold())
    headings = {code for code in map(normal_code, codes) if code}
    places = {place.strip().upper() for place in destinations}
    return sorted(
        (Subject(*parts) for parts in _product(headings, identities, places)),
        key=lambda one: (one.code, one.identity, one.destination),
    )


def _product(*sets: set[str]) -> Iterable[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for each in sets:
        found = [(*before, one) for before in found for one in sorted(each)]
    return found


def fingerprint(key: bytes, denier: str, subject: Subject) -> str:
    """Return the fingerprint of a subject, for denials of one of the two members: 64 hexadecimal digits."""
    parts = [part.encode() for part in (denier, subject.code, subject.identity, subject.destination)]
    message = _LABEL + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.new(_checked(key), message, hashlib.sha256).hexdigest()


def key_id(key: bytes) -> str:
    """Return what a key says of itself: the same for both who hold it, and of no use for anything else."""
    return hmac.new(_checked(key), _LABEL + b" key", hashlib.sha256).hexdigest()[:16]


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def _checked(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise Invalid.field("key", _("A key has 64 hexadecimal digits."))
    return key


@dataclass(frozen=True)
class Batch:
    """Fingerprints in the order in which they are handed in. `legend`: which of them, from 1, names what; it stays
    with the member."""

    values: tuple[str, ...]
    legend: Mapping[int, Subject]


def batch(
    key: bytes,
    denier: str,
    named: Sequence[Subject],
    sizes: Sequence[int],
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> Batch:
    """Return the fingerprints of subjects among as many random ones as the next size asks for, sorted by value.

    Invalid where there are more than the greatest size holds.
    """
    real = {fingerprint(key, denier, one): one for one in named}
    size = next((size for size in sizes if size >= len(real)), None)
    if size is None:
        raise Invalid.field("denials", _("At most %(most)d fingerprints; divide them.") % {"most": sizes[-1]})
    values = set(real)
    while len(values) < size:
        values.add(random(32).hex())
    order = sorted(values)
    return Batch(tuple(order), {place: real[value] for place, value in enumerate(order, 1) if value in real})


def checked(values: Sequence[str], sizes: Sequence[int]) -> list[str]:
    """Return fingerprints as they were handed in; Invalid unless they are as many as a size, sorted, each once."""
    found = [value.strip() for value in values if value.strip()]
    if len(found) not in sizes:
        said = _("There are %(count)d fingerprints; there must be %(sizes)s.")
        told = {"count": len(found), "sizes": " / ".join(map(str, sizes))}
        raise Invalid.field("fingerprints", said % told)
    for number, value in enumerate(found, 1):
        if not _HEX.fullmatch(value):
            said = _("Line %(number)d is no fingerprint of 64 hexadecimal digits in small letters.")
            raise Invalid.field("fingerprints", said % {"number": number})
    if found != sorted(set(found)):
        raise Invalid.field(
            "fingerprints", _("They must be sorted, each once: their order would tell something.")
        )
    return found
