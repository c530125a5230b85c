"""From which instant a decision has effect: at once, or later together with decisions of other members."""

from __future__ import annotations

from datetime import datetime

from core import clock
from licensing.models import Case


def joint_instant(case: Case) -> datetime | None:
    """Return the instant still to come at which what is decided on a case takes effect, agreed for several cases;
    None: at once. Relief waits for nobody: a case that has come into the humanitarian lane since is left out."""
    at = case.takes_effect_at
    waits = at is not None and at > clock.now() and case.lane != "humanitarian"
    return at if waits else None
