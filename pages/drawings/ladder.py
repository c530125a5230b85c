"""The drawing of a charter: its tiers from the first asked to the last, each with its window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


@dataclass(frozen=True)
class Bar:
    """A stretch of time on the picture of a tier, in thousandths of its width; `then` is time of the lead."""

    x: str
    width: str
    then: bool = False


@dataclass(frozen=True)
class Rung:
    """A tier: who is asked, for how long, what silence means, and what follows where nobody agrees.

    `terms` are further sentences; `picture` says in words what the bars show.
    """

    number: int
    name: str
    who: str
    window: str
    rule: str
    silence: str
    unknown: bool
    objection: str
    countersign: bool
    terms: list[str]
    bars: list[Bar]
    picture: str
    basis: Any


@dataclass(frozen=True)
class Ladder:
    """`share` is the longest way as part of the outer limit, in thousandths of the picture's width."""

    rungs: list[Rung]
    reminders: str
    decide_within: str
    hold: str
    outer_limit: str
    may_approve: bool
    share: str
    share_told: str


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


def _names(ministries: tuple[str, ...]) -> str:
    names = {
        "trade": _("trade"),
        "defence": _("defence"),
        "intelligence": _("intelligence"),
        "customs": _("customs"),
    }
    return ", ".join(str(names.get(name, name)) for name in ministries)


def _quorum(quorum: Any) -> str:
    """Say without whose answer a tier does not decide."""
    many = ngettext("%(n)d member", "%(n)d members", quorum.members) % {"n": quorum.members}
    if not quorum.ministries:
        return _("It decides only once %(many)s have answered.") % {"many": many}
    asked = {"names": _names(quorum.ministries), "many": many}
    if not quorum.members:
        return _("It decides only once every seat of %(names)s has answered.") % asked
    return _("It decides only once every seat of %(names)s and at least %(many)s have answered.") % asked


def _who(kind: str, ministries: tuple[str, ...], members: tuple[str, ...] = ()) -> str:
    seats = {
        "stakes": _("Members with a stake"),
        "crisis_unit": _("Seats of the crisis unit"),
        "lead": _("The lead jurisdiction"),
        "members": _("Named members"),
    }
    through = _names(ministries)
    who = f"{seats.get(kind, kind)} {', '.join(members)}".strip()
    return f"{who}: {through}"


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
        "provisional_grant": _(
            "On silence a share of what is not critical is granted provisionally; anything else is put on hold."
        ),
        "lapse_to_hold": _("On silence the case is put on hold, with an owner and a date."),
    }
    return sentences.get(silence, silence)


def _rule(tier: Any) -> str:
    rules = {
        "all_answer": _("All who are asked answer"),
        "majority": _("A majority decides"),
        "qualified_majority": _("A qualified majority of %(members)d %% of the seats and %(weight)d %% of the "
                                "weight decides; %(blocking)d can block by weight")
        % {
            "members": tier.qualified.members,
            "weight": tier.qualified.weight,
            "blocking": tier.qualified.blocking_minority,
        },
        "consensus": _("It is settled when nobody objects"),
        "consensus_minus_one": _("It is settled when at most one objects"),
        "unanimity": _("It is settled when all approve"),
        "chair_decides": _("The chair decides"),
    }  # fmt: skip
    return rules.get(str(tier.rule), str(tier.rule))


def _terms(tier: Any) -> list[str]:
    """What else a tier says, a sentence each."""
    deadlock = {
        "climb": _("Without a decision the case climbs."),
        "hold": _("Without a decision the case is put on hold."),
        "chair_decides": _("Without a decision the chair decides."),
        "objection": _("Without a decision the tier counts as objecting."),
    }
    found = [] if str(tier.rule) == "all_answer" else [deadlock[str(tier.on_deadlock)]]
    if tier.appeal is not None:
        found.append(
            _("Whoever said otherwise may appeal within %(time)s.")
            % {"time": length(tier.appeal.amount, tier.appeal.unit)}
        )
    if tier.quorum is not None:
        found.append(_quorum(tier.quorum))
    grades = {
        "senior": _("Senior officials sign."),
        "principal": _("Ministers or heads of authorities sign."),
        "government": _("The head of state or government signs."),
    }
    if tier.seats.minimum_grade in grades:
        found.append(grades[tier.seats.minimum_grade])
    if tier.seats.substitutes:
        found.append(
            _("After %(share)d %% of the window %(names)s may stand in.")
            % {"share": tier.seats.substitute_after, "names": ", ".join(tier.seats.substitutes)}
        )
    return found


def _bars(tier: Any, decision: int, before: int, whole: int) -> list[Bar]:
    """The window, the appeal window and the time of the lead, one after the other, to scale."""
    bars, reached = [], before
    lengths = [(tier.window.longest_seconds(), False), (decision, True)]
    if tier.appeal is not None:
        lengths.insert(1, (tier.appeal.longest_seconds(), False))
    for seconds, then in lengths:
        x, width = reached / whole * 1000, max(4.0, seconds / whole * 1000)
        bars.append(Bar(f"{min(x, 996):.0f}", f"{width:.0f}", then))
        reached += seconds
    return bars


def _taken(tier: Any, decision: int) -> int:
    appeal = tier.appeal.longest_seconds() if tier.appeal is not None else 0
    return int(tier.window.longest_seconds() + appeal + decision)


def draw(charter: Any) -> Ladder:
    """Return the drawing of a charter with tiers, reminders, decide_within, hold and outer_limit.

    The bars of all tiers share one scale, the longest way through the ladder.
    """
    decision = charter.decide_within.longest_seconds()
    whole = sum(_taken(tier, decision) for tier in charter.tiers) or decision
    limit = charter.outer_limit.longest_seconds()
    percent = whole / limit * 100
    decide_within = length(charter.decide_within.amount, charter.decide_within.unit)
    rungs, before = [], 0
    for tier in charter.tiers:
        window = length(tier.window.amount, tier.window.unit)
        rungs.append(
            Rung(
                number=tier.number,
                name=tier.name,
                who=_who(str(tier.seats.kind), tier.seats.ministries, tier.seats.members),
                window=window,
                rule=_rule(tier),
                silence=silence_sentence(str(tier.silence)),
                unknown=tier.silence_unknown,
                objection=_("An objection binds.")
                if tier.objection == "binding"
                else _("An objection advises."),
                countersign=tier.countersign,
                terms=_terms(tier),
                bars=_bars(tier, decision, before, whole),
                picture=_(
                    "Tier %(number)d begins after at most %(before)d %% of the longest way; its window lasts "
                    "%(window)s, then the lead has %(decide)s."
                )
                % {
                    "number": tier.number,
                    "before": round(before / whole * 100),
                    "window": window,
                    "decide": decide_within,
                },
                basis=tier.basis,
            )
        )
        before += _taken(tier, decision)
    outer_limit = length(charter.outer_limit.amount, charter.outer_limit.unit)
    return Ladder(
        rungs=rungs,
        reminders=", ".join(f"{mark} %" for mark in charter.reminders),
        decide_within=decide_within,
        hold=length(charter.hold.amount, charter.hold.unit),
        outer_limit=outer_limit,
        may_approve=charter.silence_may_approve,
        share=f"{min(1000.0, max(4.0, percent * 10)):.0f}",
        share_told=_("The longest way takes %(percent)s %% of the outer limit of %(limit)s.")
        % {"percent": f"{percent:.0f}" if percent >= 1 else "<1", "limit": outer_limit},
    )
