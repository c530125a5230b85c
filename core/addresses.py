"""From which address a call came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings


def address_of(meta: Mapping[str, Any]) -> str | None:
    """Return the address that a call came from, by its `META`; a proxy's word counts only where one is declared."""
    if settings.BEHIND_PROXY:
        named = meta.get("HTTP_X_FORWARDED_FOR", "").split(",")[-1].strip()
        if named:
            return str(named)
    return meta.get("REMOTE_ADDR") or None
