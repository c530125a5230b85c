"""Bitstring Status List v1.0: many small statuses in one list, in which nobody sees whose is asked for."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping

from licensing.credentials.tokens import Flaw, b64, unb64

ENTRIES = 131_072  # the fewest the standard allows: each is hidden among as many
MULTIBASE = "u"  # base64url without padding


def encoded(statuses: Mapping[int, int], size: int = 1) -> str:
    """Return a list in which all entries are 0 but those given, by index; the first stands leftmost."""
    raw = bytearray(ENTRIES * size // 8)
    for index, status in statuses.items():
        if not 0 <= index < ENTRIES or not 0 <= status < 2**size:
            raise ValueError("no such entry")
        for bit in range(size):
            if status >> (size - 1 - bit) & 1:
                at = index * size + bit
                raw[at >> 3] |= 0x80 >> (at & 7)
    return MULTIBASE + b64(gzip.compress(bytes(raw), compresslevel=6, mtime=0))


def decoded(text: object, size: int = 1) -> bytes:
    """Return the bits of an encoded list; Flaw where it is none, or shorter than the standard allows."""
    try:
        if not isinstance(text, str) or not text.startswith(MULTIBASE):
            raise ValueError
        opener = zlib.decompressobj(wbits=31)
        raw = opener.decompress(unb64(text[1:]), 16 * ENTRIES)
        if opener.unconsumed_tail or len(raw) * 8 < ENTRIES * size:
            raise ValueError
        return raw
    except (ValueError, zlib.error):
        raise Flaw("status_unreadable") from None


def entry(raw: bytes, index: int, size: int = 1) -> int:
    """Return one status; Flaw where the list has no such entry."""
    if not index >= 0 or (index + 1) * size > len(raw) * 8:
        raise Flaw("status_unreadable")
    found = 0
    for at in range(index * size, (index + 1) * size):
        found = found << 1 | raw[at >> 3] >> (7 - (at & 7)) & 1
    return found
