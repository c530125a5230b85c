"""An exercise from plan to scorecard, and the scorecard as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from escalation.exercises import scorecard
from escalation.exercises.plans import Plan
from escalation.exercises.run import Run, Tell

COLUMNS = (
    ("asked", "asked"),
    ("answered", "answer"),
    ("lapsed", "lapsed"),
    ("in_window", "in time"),
    ("taken_over", "taken"),
    ("by_deputy", "deputy"),
    ("led", "led"),
    ("decided", "decided"),
    ("wrongly_granted", "wrong +"),
    ("wrongly_refused", "wrong -"),
)


def lived(plan: Plan, tell: Tell | None = None) -> dict[str, Any]:
    """Live through an exercise on the present database, which must be empty; return its scorecard."""
    run = Run(plan, tell)
    run.live()
    return scorecard.count(run)


def printed(card: dict[str, Any]) -> Iterator[str]:
    """Yield a scorecard as lines of text."""
    totals = card["cases"]
    yield f"Exercise {card['number']} ({card['kind']}), {card['until']} hours from {card['begins']}"
    yield (
        f"{totals['filed']} cases filed, {sum(totals['decided'].values())} decided, {totals['open']} open; "
        f"{totals['climbed']} steps up the ladder; {totals['wrongly_granted']} of "
        f"{totals['must_not_be_granted']} that must not be granted were"
    )
    for inject in card["injects"]:
        facts = {k: v for k, v in inject.items() if k not in ("inject", "kind", "what", "from", "to")}
        yield f"  {inject['inject']}: " + ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in facts.items())
    yield ""
    heads = "".join(f"{head:>9}" for _name, head in COLUMNS)
    yield f"{'':6}{heads}{'first position (h)':>22}{'reasons':>9}"
    for member, line in [*card["members"].items(), ("unit", card["unit"])]:
        cells = "".join(f"{_cell(line.get(name)):>9}" for name, _head in COLUMNS)
        first = line["first_position_hours"]
        told = f"{first['median']} / p90 {first['p90']}" if first else "-"
        whole = line.get("reasons_complete", {}).get("share")
        yield f"{member:6}{cells}{told:>22}{_cell(whole):>9}"
    yield ""
    for member, line in card["members"].items():
        for back in line["recovery"]:
            hours = "not within the exercise" if back["hours"] is None else f"{back['hours']} h after its end"
            yield (
                f"{member} after {back['inject']}: {back['waiting_before']} waited before, "
                f"{back['waiting_most']} at most, as few again {hours}"
            )
    yield "Rehearsed: " + ", ".join(card["paths"])
    yield "Faults: " + ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in card["faults"].items())


def _cell(value: Any) -> str:
    return "-" if value is None else str(value)
