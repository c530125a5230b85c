"""The quarter a public page of figures is asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.http import HttpRequest

from accountability.periods import Quarter
from core.errors import NotFound

QUARTER = re.compile(r"(20[0-9][0-9])-Q([1-4])")


def quarter_of(request: HttpRequest, offered: Sequence[Quarter]) -> Quarter | None:
    """Return the quarter asked for, or the last one that is over; None where none is. NotFound for rubbish."""
    asked = request.GET.get("quarter", "")
    match = QUARTER.fullmatch(asked)
    if asked and not match:
        raise NotFound()
    return Quarter(int(match[1]), int(match[2])) if match else next(iter(offered), None)
