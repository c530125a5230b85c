"""Setting what falls due, and applying it once its instant has come."""

from deadlines.services.lapsing import claim, lapse_due, retry, tick
from deadlines.services.setting import (
    calendar_in_force,
    calendar_of,
    cancel,
    cancel_all,
    cancel_parts,
    cancel_subjects,
    extend,
    in_force,
    load_calendar,
    open_of,
    recalendar,
    recompute,
    restop,
    set_due,
)

__all__ = [
    "calendar_in_force",
    "calendar_of",
    "cancel",
    "cancel_all",
    "cancel_parts",
    "cancel_subjects",
    "claim",
    "extend",
    "in_force",
    "lapse_due",
    "load_calendar",
    "open_of",
    "recalendar",
    "recompute",
    "restop",
    "retry",
    "set_due",
    "tick",
]
