"""Charters: who is asked, in which order, for how long, and what it means when nobody answers.

Reading says whether a charter is well formed; whether it has a hole, `alliance.charter_check` says.
"""

import re
import zoneinfo
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from alliance.provisional import Provisional
from alliance.provisional import read as _provisional
from alliance.reading import Reader
from alliance.spans import UNITS as UNITS
from alliance.spans import Unit as Unit
from alliance.spans import Window as Window
from alliance.spans import read as _window


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
    {
        Silence.ESCALATE,
        Silence.LAPSE_TO_HOLD,
        Silence.DEEMED_REFUSAL,
        Silence.CHAIR_DECIDES,
        Silence.PROVISIONAL_GRANT,
    }
)
"""Silences under which nothing is approved because nobody spoke. A provisional grant approves nothing: it lets a
share of what is not critical go, until two people of two members confirm it or it is repealed by itself."""


class SeatKind(StrEnum):
    STAKES = "stakes"
    CRISIS_UNIT = "crisis_unit"
    LEAD = "lead"
    MEMBERS = "members"


class DecisionRule(StrEnum):
    ALL_ANSWER = "all_answer"
    MAJORITY = "majority"
    QUALIFIED_MAJORITY = "qualified_majority"
    CONSENSUS = "consensus"
    CONSENSUS_MINUS_ONE = "consensus_minus_one"
    UNANIMITY = "unanimity"
    CHAIR_DECIDES = "chair_decides"


class Deadlock(StrEnum):
    """What follows when everyone has answered and the rule gives no decision."""

    CLIMB = "climb"
    HOLD = "hold"
    CHAIR_DECIDES = "chair_decides"
    OBJECTION = "objection"


GRADES = ("officer", "senior", "principal", "government")
"""Rank of whoever signs for a seat, from the desk to the head of government. Source: RULES section 1, min_grade."""


class Objection(StrEnum):
    BINDING = "binding"
    ADVISORY = "advisory"


@dataclass(frozen=True)
class Cover:
    """Hours in which somebody is on duty for a ministry's seat. Minutes of the day; `end` may be 1440.

    `end` at or before `start` runs past midnight. `member` "" means each member that sits there. `zone` ""
    is the seat's own: only where the hours are the whole day, so that the zone makes no difference.
    """

    ministry: str
    member: str
    zone: str
    days: tuple[int, ...]  # Monday is 0
    start: int
    end: int


@dataclass(frozen=True)
class Seats:
    """Who sits at a tier: members with a stake, named members, the crisis unit or the lead.

    `substitutes` are ministries of the same addressee that may answer for a seat once `substitute_after`
    percent of its window are over.
    """

    kind: SeatKind
    ministries: tuple[str, ...]
    members: tuple[str, ...] = ()
    minimum_grade: str = GRADES[0]
    substitutes: tuple[str, ...] = ()
    substitute_after: int = 50
    cover: tuple[Cover, ...] = ()

    @property
    def count(self) -> int | None:
        """How many seats there are; None where the case decides that (members with a stake)."""
        if self.kind is SeatKind.STAKES:
            return None
        return len(self.ministries) * (len(self.members) if self.kind is SeatKind.MEMBERS else 1)


@dataclass(frozen=True)
class Qualified:
    """A qualified majority: shares in percent of those who count, and how many it takes to block by weight.

    Source of the defaults: Treaty on European Union Article 16(4), by which Reg (EU) 182/2011 votes.
    """

    members: int = 55
    weight: int = 65
    blocking_minority: int = 4


@dataclass(frozen=True)
class Quorum:
    """Who has to have answered for a tier to decide at all: each seat of some ministries, and so many members.

    An abstention is an answer, silence and what it stands for is none; a seat that recuses itself is not asked for.
    """

    ministries: tuple[str, ...] = ()
    members: int = 0


@dataclass(frozen=True)
class Basis:
    """The rule of the world a tier follows. `silence` "" says that what silence means there is not known."""

    rule: str
    silence: str
    source: str
    confidence: str
    as_of: str


@dataclass(frozen=True)
class Tier:
    """One step of the ladder. `weights` are by member; a member without one weighs 1."""

    number: int
    name: str
    seats: Seats
    rule: DecisionRule
    window: Window
    silence: Silence
    countersign: bool
    objection: Objection
    on_deadlock: Deadlock = Deadlock.CLIMB
    qualified: Qualified = Qualified()
    weights: tuple[tuple[str, int], ...] = ()
    appeal: Window | None = None
    basis: Basis | None = None
    quorum: Quorum | None = None
    extend_to: int = 0  # what the window may come to with extensions, in its unit; 0: it is not extended

    @property
    def silence_unknown(self) -> bool:
        """Whether the rule this tier follows leaves open what silence means."""
        return self.basis is not None and not self.basis.silence

    def weight_of(self, member: str | None) -> int:
        return dict(self.weights).get(member or "", 1)


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
    provisional: Provisional | None = None  # what the last tier's silence grants at most
    rehearse_within: int | None = (
        None  # days in which each of its paths is rehearsed; None: as the bundle says
    )
    stop_hours: int | None = None  # hours the clock of a rapid case may stand for the exporter in all

    @property
    def rapid(self) -> bool:
        """Whether its windows are hours and not days: nobody stops or extends them for reasons of its own."""
        return any(tier.window.unit in ("seconds", "hours") for tier in self.tiers)

    @property
    def exercise(self) -> bool:
        """Whether it is for drills alone: no real case is answered in seconds."""
        return any(tier.window.unit == "seconds" for tier in self.tiers)

    def longest_seconds(self) -> int:
        """What the windows of all tiers together take at most."""
        return sum(tier.window.longest_seconds() for tier in self.tiers)

    @property
    def silence_may_approve(self) -> bool:
        """Whether a lapse under this charter can count in favour of the exporter."""
        return any(tier.silence not in SAFE_SILENCE for tier in self.tiers)


MINISTRIES = ("trade", "defence", "intelligence", "customs")
MOST_SEATS = 30
"""Seats of one tier: more would make the exhaustive check of `alliance.charter_check` too long."""
MOST_TIERS = 9
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CONFIDENCE = ("read", "excerpt", "derived", "recalled", "proposed")
TIER_FIELDS = ("number", "name", "seats", "rule", "window", "silence", "countersign", "objection")
TIER_OPTIONAL = ("on_deadlock", "qualified", "weights", "quorum", "appeal", "basis", "extend_to")
SEAT_OPTIONAL = ("members", "minimum_grade", "substitutes", "substitute_after", "cover")
CHARTER_FIELDS = (
    "key", "version", "title", "critical", "legal_basis", "if_nobody_answers", "tiers", "reminders",
    "decide_within", "hold", "outer_limit",
)  # fmt: skip
CHARTER_OPTIONAL = ("provisional", "stop_hours", "rehearse_within")
REHEARSE = (7, 1100)  # days within which paths may have to be rehearsed
MEMBER = re.compile(r"[A-Z]{2}")
HOUR = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def _minutes(reader: Reader, name: str) -> int:
    hours, _colon, minutes = reader.match(name, HOUR, "08:00").partition(":")
    return int(hours) * 60 + int(minutes)


def _cover(reader: Reader, ministries: tuple[str, ...], members: tuple[str, ...]) -> Cover:
    days = reader.choices("days", DAYS)
    if not days:
        reader.fail("days", _("Must name at least one day."))
    member = reader.choice("member", members) if reader.has("member") else ""
    zone = reader.text("zone", longest=50) if reader.has("zone") else ""
    if zone and zone not in zoneinfo.available_timezones():
        reader.fail("zone", _("Is not a time zone of the IANA database."))
    start, end = _minutes(reader, "from"), _minutes(reader, "to")
    if start == 1440:
        reader.fail("from", _("Begins at 23:59 at the latest; the whole day is 00:00 to 24:00."))
    if not zone and (start, end) != (0, 1440):
        reader.fail("zone", _("Is missing: only the whole day, 00:00 to 24:00, is the same in every zone."))
    return Cover(
        ministry=reader.choice("ministry", ministries),
        member=member,
        zone=zone,
        days=tuple(DAYS.index(day) for day in days),
        start=start,
        end=end,
    )


def _seats(reader: Reader) -> Seats:
    ministries = tuple(reader.choices("ministries", MINISTRIES))
    if not ministries:
        reader.fail("ministries", _("Must name at least one ministry."))
    kind = SeatKind(reader.choice("kind", tuple(SeatKind)))
    members: tuple[str, ...] = ()
    if kind is SeatKind.MEMBERS:
        if not reader.has("members") or not (members := tuple(reader.matches("members", MEMBER, "DE"))):
            reader.fail("members", _("Must name at least one member."))
        if len(members) * len(ministries) > MOST_SEATS:
            reader.fail("members", _("At most %(most)d seats sit at one tier.") % {"most": MOST_SEATS})
    elif reader.has("members"):
        reader.fail("members", _("Are named only where the kind of the seats is “members”."))
    substitutes = tuple(reader.choices("substitutes", MINISTRIES)) if reader.has("substitutes") else ()
    if both := set(substitutes) & set(ministries):
        reader.fail("substitutes", _("%(value)s has a seat of its own.") % {"value": min(both)})
    fields, optional = ("ministry", "days", "from", "to"), ("member", "zone")
    cover = reader.objects("cover", fields, optional=optional) if reader.has("cover") else ()
    return Seats(
        kind=kind,
        ministries=ministries,
        members=members,
        minimum_grade=reader.choice("minimum_grade", GRADES) if reader.has("minimum_grade") else GRADES[0],
        substitutes=substitutes,
        substitute_after=reader.whole("substitute_after", 0, 99) if reader.has("substitute_after") else 50,
        cover=tuple(_cover(hours, (*ministries, *substitutes), members) for hours in cover),
    )


def _qualified(reader: Reader, rule: DecisionRule) -> Qualified:
    if not reader.has("qualified"):
        return Qualified()
    if rule is not DecisionRule.QUALIFIED_MAJORITY:
        reader.fail("qualified", _("Goes with the rule qualified_majority only."))
    shares = reader.object("qualified", ("members", "weight", "blocking_minority"))
    return Qualified(
        members=shares.whole("members", 51, 100),
        weight=shares.whole("weight", 51, 100),
        blocking_minority=shares.whole("blocking_minority", 1, MOST_SEATS),
    )


def _weights(reader: Reader, rule: DecisionRule, seats: Seats) -> tuple[tuple[str, int], ...]:
    if not reader.has("weights"):
        return ()
    weights = reader.open_object("weights")
    if rule is not DecisionRule.QUALIFIED_MAJORITY or seats.kind is not SeatKind.MEMBERS:
        reader.fail("weights", _("Go with the rule qualified_majority and named members only."))
    if set(weights.value) != set(seats.members):
        reader.fail("weights", _("Must name each member of the seats, and nobody else."))
    return tuple(sorted((member, weights.whole(member, 1, 1_000_000_000)) for member in weights.value))


def _quorum(reader: Reader, seats: Seats) -> Quorum | None:
    """Read a quorum, which the seats have to be able to reach."""
    if not reader.has("quorum"):
        return None
    if reader.has("weights"):
        reader.fail("quorum", _("Goes with seats of one weight only: leave out the weights, or the quorum."))
    quorum = reader.object("quorum", (), optional=("ministries", "members"))
    ministries = quorum.choices("ministries", seats.ministries) if quorum.has("ministries") else []
    each = {
        SeatKind.STAKES: MOST_SEATS // len(seats.ministries),
        SeatKind.CRISIS_UNIT: len(seats.ministries),
        SeatKind.LEAD: 1,
        SeatKind.MEMBERS: len(seats.members),
    }
    members = quorum.whole("members", 1, each[seats.kind]) if quorum.has("members") else 0
    if not ministries and not members:
        reader.fail("quorum", _("Must name ministries, a number of members, or both."))
    return Quorum(tuple(ministries), members)


def _basis(reader: Reader) -> Basis:
    basis = reader.object("basis", ("rule", "silence", "source", "confidence", "as_of"))
    silence = basis.value["silence"]
    if not isinstance(silence, str) or len(silence) > 500:
        basis.fail("silence", _("Must be a text, empty where nothing is known."))
    return Basis(
        rule=basis.text("rule", longest=500),
        silence=silence,
        source=basis.text("source", longest=1000),
        confidence=basis.choice("confidence", CONFIDENCE),
        as_of=basis.day("as_of").isoformat(),
    )


def _tier(reader: Reader, number: int, last: bool) -> Tier:
    seats = _seats(reader.object("seats", ("kind", "ministries"), optional=SEAT_OPTIONAL))
    if reader.whole("number", 0, MOST_TIERS) != number:
        reader.fail(
            "number", _("Tiers are numbered from 0 in order; %(number)d belongs here.") % {"number": number}
        )
    rule = DecisionRule(reader.choice("rule", tuple(DecisionRule)))
    on_deadlock = Deadlock.HOLD if last else Deadlock.CLIMB
    tier = Tier(
        number=number,
        name=reader.text("name", longest=100),
        seats=seats,
        rule=rule,
        window=_window(reader, "window"),
        silence=Silence(reader.choice("silence", tuple(Silence))),
        countersign=reader.flag("countersign"),
        objection=Objection(reader.choice("objection", tuple(Objection))),
        on_deadlock=Deadlock(reader.choice("on_deadlock", tuple(Deadlock)))
        if reader.has("on_deadlock")
        else on_deadlock,
        qualified=_qualified(reader, rule),
        weights=_weights(reader, rule, seats),
        quorum=_quorum(reader, seats),
        appeal=_window(reader, "appeal") if reader.has("appeal") else None,
        basis=_basis(reader) if reader.has("basis") else None,
        extend_to=reader.whole("extend_to", 1, 100_000) if reader.has("extend_to") else 0,
    )
    if tier.silence_unknown and tier.silence is not Silence.ESCALATE:
        reader.fail("silence", _("What the rule leaves open is modelled as escalate, never invented."))
    return tier


def parse(payload: object, path: str = "") -> CharterData:
    """Return the charter a payload describes; Invalid names the path of the first thing that does not fit.

    Only the form is judged: a charter that is well formed can still have a hole (`alliance.charter_check`).
    """
    reader = Reader(payload, path, CHARTER_FIELDS, optional=CHARTER_OPTIONAL)
    critical = reader.flag("critical")
    there = reader.items("tiers")
    if len(there) > MOST_TIERS:
        reader.fail("tiers", _("At most %(most)d tiers.") % {"most": MOST_TIERS})
    read = reader.objects("tiers", TIER_FIELDS, optional=TIER_OPTIONAL)
    tiers = tuple(_tier(tier, number, number == len(there) - 1) for number, tier in enumerate(read))
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
        provisional=_provisional(reader, "provisional") if reader.has("provisional") else None,
        rehearse_within=reader.whole("rehearse_within", *REHEARSE) if reader.has("rehearse_within") else None,
        stop_hours=reader.whole("stop_hours", 0, 720) if reader.has("stop_hours") else None,
    )
    reader.match("version", VERSION, "2 or 2026-11")
    for tier in tiers:
        if tier.silence is Silence.PROVISIONAL_GRANT and charter.provisional is None:
            reader.fail(
                "provisional",
                _("Is missing: which share may silence grant, and within which time is it confirmed?"),
            )
    return charter
