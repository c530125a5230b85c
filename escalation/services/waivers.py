"""What preconditions of waivers read: the live facts of the crisis, measured here and judged where waivers are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from alliance.live_facts import BY_NAME
from alliance.models import Declaration
from escalation import measuring
from exemptions import live, waiving


@live.measured_by
def facts(declaration: Declaration, names: Iterable[str]) -> Mapping[str, object]:
    """Return the live facts of a declaration that are asked for and can be said."""
    return measuring.values(measuring.measure(declaration, [name for name in names if name in BY_NAME]))


def watch() -> int:
    """Suspend waivers whose precondition has turned red; return how many."""
    return waiving.look_at_all()
