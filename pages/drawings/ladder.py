"""The drawing of a charter: its tiers from the first asked to the last, each with its window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


@dataclass(frozen=True)
class Rung:
    """A tier: who is asked, for how long, and what silence means."""

    number: int
    name: str
    who: str
    window: str
    rule: str
    silence: str
    objection: str
    countersign: bool
    share: float  # of the longest window, in hundredths

    @property
    def width(self) -> str:
        return f"{self.share * 10:.0f}"


@dataclass(frozen=True)
class Ladder:
    rungs: list[Rung]
    reminders: str
    decide_within: str
    hold: str
    outer_limit: str
    may_approve: bool


def length(amount: int, unit: str) -> str:
    """Return a length of time in words: "48 hours", "10 working days"."""
    forms = {
        "seconds": ngettext("%(n)d second", "%(n)d seconds", amount),
        "hours": ngettext("%(n)d hour", "%(n)d hours", amount),
        "calendar_days": ngettext("%(n)d day", "%(n)d days", amount),
        "working_days": ngettext("%(n)d working day", "%(n)d working days", amount),
        "months": ngettext("%(n)d month", "%(n)d months", amount),
    }
    return forms.get(unit, f"%(n)d {unit}") % {"n": amount}


def _who(kind: str, ministries: tuple[str, ...]) -> str:
    seats = {
        "stakes": _("Members with a stake"),
        "crisis_unit": _("Seats of the crisis unit"),
        "lead": _("The lead jurisdiction"),
    }
    names = {
        "trade": _("trade"),
        "defence": _("defence"),
        "intelligence": _("intelligence"),
        "customs": _("customs"),
    }
    through = ", ".join(str(names.get(name, name)) for name in ministries)
    return f"{seats.get(kind, kind)}: {through}"


def silence_sentence(silence: str) -> str:
    """Return what it means when a window lapses without an answer."""
    sentences = {
        "no_objection": _("Silence counts as no objection."),
        "not_identical": _("Silence means: not an essentially identical transaction."),
        "release": _("Silence releases the goods."),
        "decision_stands": _("On silence the decision stands."),
        "chair_decides": _("On silence the chair decides."),
        "becomes_final": _("On silence the decision becomes final."),
        "deemed_refusal": _("Silence counts as a refusal."),
        "escalate": _("On silence the case climbs to the next tier."),
        "provisional_grant": _("On silence a provisional licence is granted."),
        "lapse_to_hold": _("On silence the case is put on hold, with an owner and a date."),
    }
    return sentences.get(silence, silence)


def _rule(rule: str) -> str:
    rules = {
        "all_answer": _("All who are asked answer"),
        "majority": _("A majority decides"),
        "chair_decides": _("The chair decides"),
    }
    return rules.get(rule, rule)


def draw(charter: Any) -> Ladder:
    """Return the drawing of a charter with tiers, reminders, decide_within, hold and outer_limit."""
    longest = max((tier.window.longest_seconds() for tier in charter.tiers), default=1)
    return Ladder(
        rungs=[
            Rung(
                number=tier.number,
                name=tier.name,
                who=_who(str(tier.seats.kind), tier.seats.ministries),
                window=length(tier.window.amount, tier.window.unit),
                rule=_rule(str(tier.rule)),
                silence=silence_sentence(str(tier.silence)),
                objection=_("An objection binds.")
                if tier.objection == "binding"
                else _("An objection advises."),
                countersign=tier.countersign,
                share=max(4.0, tier.window.longest_seconds() / longest * 100),
            )
            for tier in charter.tiers
        ],
        reminders=", ".join(f"{mark} %" for mark in charter.reminders),
        decide_within=length(charter.decide_within.amount, charter.decide_within.unit),
        hold=length(charter.hold.amount, charter.hold.unit),
        outer_limit=length(charter.outer_limit.amount, charter.outer_limit.unit),
        may_approve=charter.silence_may_approve,
    )
