"""Charters: who is asked, in which order, for how long, and what it means when nobody answers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from django.utils.translation import gettext as _

from alliance.reading import Reader

Unit = Literal["seconds", "hours", "calendar_days", "working_days", "months"]
UNITS: tuple[Unit, ...] = ("seconds", "hours", "calendar_days", "working_days", "months")


class Silence(StrEnum):
    """What it means when the window of a tier lapses without an answer."""

    NO_OBJECTION = "no_objection"
    NOT_IDENTICAL = "not_identical"
    RELEASE = "release"
    DECISION_STANDS = "decision_stands"
    CHAIR_DECIDES = "chair_decides"
    BECOMES_FINAL = "becomes_final"
    DEEMED_REFUSAL = "deemed_refusal"
    ESCALATE = "escalate"
    PROVISIONAL_GRANT = "provisional_grant"
    LAPSE_TO_HOLD = "lapse_to_hold"


SAFE_SILENCE = frozenset(
    {Silence.ESCALATE, Silence.LAPSE_TO_HOLD, Silence.DEEMED_REFUSAL, Silence.CHAIR_DECIDES}
)
"""Silences under which nothing is approved because nobody spoke."""


class SeatKind(StrEnum):
    STAKES = "stakes"
    CRISIS_UNIT = "crisis_unit"
    LEAD = "lead"


class DecisionRule(StrEnum):
    ALL_ANSWER = "all_answer"
    MAJORITY = "majority"
    CHAIR_DECIDES = "chair_decides"


class Objection(StrEnum):
    BINDING = "binding"
    ADVISORY = "advisory"


@dataclass(frozen=True)
class Window:
    """A length of time as a charter writes it; what it comes to is the deadline calculus's business."""

    amount: int
    unit: Unit

    def longest_seconds(self) -> int:
        """Seconds of the window in weeks without holidays: used only to compare windows with one another."""
        day = 86_400
        match self.unit:
            case "seconds":
                return self.amount
            case "hours":
                return self.amount * 3600
            case "calendar_days":
                return self.amount * day
            case "working_days":
                return (self.amount // 5 * 7 + self.amount % 5) * day
            case "months":
                return self.amount * 31 * day

    def __str__(self) -> str:
        return f"{self.amount} {self.unit.replace('_', ' ')}"


@dataclass(frozen=True)
class Seats:
    """Who sits at a tier: members with a stake, the crisis unit or the lead, through these ministries."""

    kind: SeatKind
    ministries: tuple[str, ...]


@dataclass(frozen=True)
class Tier:
    """One step of the ladder."""

    number: int
    name: str
    seats: Seats
    rule: DecisionRule
    window: Window
    silence: Silence
    countersign: bool
    objection: Objection


@dataclass(frozen=True)
class CharterData:
    """A charter as the ladder executes it. No tiers: the lead decides alone."""

    key: str
    version: str
    title: str
    critical: bool
    legal_basis: str
    if_nobody_answers: str
    tiers: tuple[Tier, ...]
    reminders: tuple[int, ...]  # percent of the window
    decide_within: Window
    hold: Window
    outer_limit: Window

    @property
    def silence_may_approve(self) -> bool:
        """Whether a lapse under this charter can count in favour of the exporter."""
        return any(tier.silence not in SAFE_SILENCE for tier in self.tiers)


MINISTRIES = ("trade", "defence", "intelligence", "customs")
TIER_FIELDS = ("number", "name", "seats", "rule", "window", "silence", "countersign", "objection")
CHARTER_FIELDS = (
    "key", "version", "title", "critical", "legal_basis", "if_nobody_answers", "tiers", "reminders",
    "decide_within", "hold", "outer_limit",
)  # fmt: skip


def _window(reader: Reader, name: str) -> Window:
    window = reader.object(name, ("amount", "unit"))
    unit = window.choice("unit", UNITS)
    return Window(window.whole("amount", 1, 100_000), next(known for known in UNITS if known == unit))


def _tier(reader: Reader, number: int) -> Tier:
    seats = reader.object("seats", ("kind", "ministries"))
    ministries = seats.choices("ministries", MINISTRIES)
    if not ministries:
        seats.fail("ministries", _("Must name at least one ministry."))
    if reader.whole("number", 0, 9) != number:
        reader.fail(
            "number", _("Tiers are numbered from 0 in order; %(number)d belongs here.") % {"number": number}
        )
    return Tier(
        number=number,
        name=reader.text("name", longest=100),
        seats=Seats(SeatKind(seats.choice("kind", tuple(SeatKind))), tuple(ministries)),
        rule=DecisionRule(reader.choice("rule", tuple(DecisionRule))),
        window=_window(reader, "window"),
        silence=Silence(reader.choice("silence", tuple(Silence))),
        countersign=reader.flag("countersign"),
        objection=Objection(reader.choice("objection", tuple(Objection))),
    )


def parse(payload: object, path: str = "") -> CharterData:
    """Return the charter a payload describes; Invalid names the path of the first thing that does not fit.

    A charter for critical items may not let silence approve, its last tier lapses to a hold, no tier may be
    the last and escalate, and windows with the decision fit inside the outer limit.
    """
    reader = Reader(payload, path, CHARTER_FIELDS)
    critical = reader.flag("critical")
    tiers = tuple(_tier(tier, number) for number, tier in enumerate(reader.objects("tiers", TIER_FIELDS)))
    for tier in tiers:
        if critical and tier.silence not in SAFE_SILENCE:
            reader.fail(f"tiers.{tier.number}.silence", _("Silence never approves a critical item."))
    if tiers and tiers[-1].silence == Silence.ESCALATE:
        reader.fail(f"tiers.{len(tiers) - 1}.silence", _("The last tier has nobody to escalate to."))
    if tiers and critical and tiers[-1].silence != Silence.LAPSE_TO_HOLD:
        reader.fail(
            f"tiers.{len(tiers) - 1}.silence",
            _("The last tier of a charter for critical items lapses to a dated hold (lapse_to_hold)."),
        )
    reminders = reader.items("reminders")
    if any(isinstance(mark, bool) or not isinstance(mark, int) or not 1 <= mark <= 99 for mark in reminders):
        reader.fail("reminders", _("Must be whole percentages from 1 to 99."))
    if sorted(set(reminders)) != reminders:
        reader.fail("reminders", _("Must rise, each once."))
    charter = CharterData(
        key=reader.key("key", longest=40),
        version=reader.text("version", longest=20),
        title=reader.text("title", longest=200),
        critical=critical,
        legal_basis=reader.text("legal_basis"),
        if_nobody_answers=reader.text("if_nobody_answers"),
        tiers=tiers,
        reminders=tuple(reminders),
        decide_within=_window(reader, "decide_within"),
        hold=_window(reader, "hold"),
        outer_limit=_window(reader, "outer_limit"),
    )
    spent = sum(tier.window.longest_seconds() for tier in tiers) + charter.decide_within.longest_seconds()
    if spent > charter.outer_limit.longest_seconds():
        reader.fail(
            "outer_limit", _("The windows of all tiers and of the decision do not fit inside this limit.")
        )
    return charter
