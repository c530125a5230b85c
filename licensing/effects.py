"""From which instant a decision has effect: at once, or later together with decisions of other members."""

from __future__ import annotations

from datetime import datetime

from core import clock
from licensing.models import Case


def joint_instant(case: Case) -> datetime | None:
    """Return the instant still to come at which what is decided on a case takes effect, agreed for several cases;
    None: at once."""
    at = case.takes_effect_at
    return at if at is not None and at > clock.now() else None
