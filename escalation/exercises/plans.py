"""What is exercised: the number everything is drawn from, how many members and cases, and what is injected."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid

#: Members in the order in which they join an exercise.
MEMBERS = ("DE", "FR", "US", "JP", "GB", "NL", "PL", "CA", "KR", "AU")
LEAST_MEMBERS, MOST_CASES = 3, 500
#: Where the virtual clock begins unless it is told: a Monday after everything shipped has come into force.
BEGINS = datetime(2026, 9, 7, 6, 0, tzinfo=UTC)
ARRIVALS = 72  # hours in which the cases come in
LENGTH = 21 * 24  # hours after which the exercise is over, whatever is still open
STEP = timedelta(minutes=30)  # of the virtual clock
LIST = "ofac"

#: What can be injected: what it needs, and the hours it takes unless it says so.
KINDS: dict[str, tuple[str, int, int]] = {
    "surge": ("times", 24, 25),
    "silent": ("member", 24, 72),
    "stale": ("list", 24, 120),
    "key-lost": ("member", 24, 60),
}
#: Names a question: case, round, tier, member and ministry.
QUESTION = re.compile(r"\d{3}:\d+:\d+:(?:[A-Z]{2}|unit):[a-z]+")
SITUATION = re.compile(r"(?P<start>\d{1,3})-(?P<end>\d{1,3})\s+(?P<text>\S.*)")
MOST_SITUATIONS = 30
WRITTEN = re.compile(
    r"(?P<kind>[a-z-]+)(?::(?P<what>[A-Za-z0-9-]+))?(?:@(?P<start>\d{1,3})(?:-(?P<end>\d{1,3}))?)?"
)


@dataclass(frozen=True)
class Inject:
    """Something that goes wrong from one hour of the exercise to another."""

    kind: str
    what: str
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.what}@{self.start}-{self.end}"

    def runs_at(self, hour: float) -> bool:
        return self.start <= hour < self.end


@dataclass(frozen=True)
class Situation:
    """What a table-top exercise puts before its members, and the hours in which they have to answer it."""

    number: int
    start: int
    end: int
    text: str

    @property
    def question(self) -> str:
        return f"T{self.number:02d}"


@dataclass(frozen=True)
class Told:
    """An answer that a person gives by hand in an exercise, and the hour at which it counts."""

    question: str  # names the question: case, round, tier, member and ministry
    hour: float
    kind: str
    reason_code: str = ""
    legal_basis: str = ""
    summary: str = ""


@dataclass(frozen=True)
class Plan:
    """One exercise. The same plan gives the same result, here and on any machine."""

    number: int = 1
    members: tuple[str, ...] = MEMBERS[:5]
    cases: int = 200
    injects: tuple[Inject, ...] = ()
    begins: datetime = BEGINS
    until: int = LENGTH  # hour at which the clock stops
    by_hand: tuple[str, ...] = ()  # members whose answers people give
    told: tuple[Told, ...] = ()
    table: tuple[Situation, ...] = ()  # of a table-top: there nothing runs

    @property
    def kind(self) -> str:
        """A table-top where people only say what they would do, a functional exercise where they answer for some
        members, else a full drill."""
        return "table_top" if self.table else "functional" if self.by_hand else "full"

    def written(self) -> dict[str, Any]:
        """Return the plan as plain JSON; `read` turns it back."""
        return {**asdict(self), "begins": self.begins.isoformat(), "injects": [str(i) for i in self.injects]}


def read(data: Mapping[str, Any]) -> Plan:
    """Return the plan that `Plan.written` wrote."""
    who = tuple(data["members"])
    return Plan(
        number=data["number"],
        members=who,
        cases=data["cases"],
        injects=injects(data["injects"], who),
        begins=datetime.fromisoformat(data["begins"]),
        until=data["until"],
        by_hand=tuple(data["by_hand"]),
        told=tuple(Told(**told) for told in data["told"]),
        table=tuple(Situation(**one) for one in data.get("table", ())),
    )


def members(count: int) -> tuple[str, ...]:
    """Return the members of an exercise of a size; Invalid where there are not so many."""
    if not LEAST_MEMBERS <= count <= len(MEMBERS):
        raise Invalid.field(
            "members",
            _("From %(least)s to %(most)s members can take part.")
            % {"least": LEAST_MEMBERS, "most": len(MEMBERS)},
        )
    return MEMBERS[:count]


def checked_cases(count: int) -> int:
    if not 1 <= count <= MOST_CASES:
        raise Invalid.field("cases", _("From 1 to %(most)s cases can be filed.") % {"most": MOST_CASES})
    return count


def checked_until(hour: int | None) -> int:
    if hour is None:
        return LENGTH
    if not 1 <= hour <= LENGTH:
        raise Invalid.field("until", _("From 1 to %(most)s hours can be lived through.") % {"most": LENGTH})
    return hour


def by_hand(codes: Iterable[str], members: Iterable[str]) -> tuple[str, ...]:
    """Return the members whose answers people give; Invalid for one that takes no part."""
    wanted = tuple(code.strip().upper() for code in codes if code.strip())
    if strange := [code for code in wanted if code not in tuple(members)]:
        raise Invalid.field("by_hand", _("Take no part: %(codes)s.") % {"codes": ", ".join(strange)})
    return wanted


def situations(written: Iterable[str]) -> tuple[Situation, ...]:
    """Read situations as `24-72 What is put before the members`, hours first; in the order of their hours.

    Invalid, naming the line and the mend, for anything else.
    """
    found = sorted((_situation(line.strip()) for line in written if line.strip()), key=lambda one: one[:2])
    if not 1 <= len(found) <= MOST_SITUATIONS:
        raise Invalid.field(
            "situations", _("Write from 1 to %(most)s situations.") % {"most": MOST_SITUATIONS}
        )
    return tuple(Situation(number, *one) for number, one in enumerate(found, start=1))


def _situation(line: str) -> tuple[int, int, str]:
    found = SITUATION.fullmatch(line)
    mend = ""
    if found is None:
        mend = _("begin with the hours, as in 24-72 A member does not answer")
    elif not int(found["start"]) < int(found["end"]) <= LENGTH:
        mend = _("the hours rise, and the exercise ends after %(hours)s") % {"hours": LENGTH}
    elif not 10 <= len(found["text"]) <= 1000:
        mend = _("say in 10 to 1,000 characters what happens")
    if found is None or mend:
        raise Invalid.field("situations", f"{line[:40]}: {mend}.")
    return int(found["start"]), int(found["end"]), found["text"]


def answers(text: str) -> tuple[Told, ...]:
    """Read answers given by hand: objects with the fields of `Told`. Invalid, with the place, otherwise."""
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise Invalid.field("answers", _("This is no JSON: %(why)s.") % {"why": error}) from error
    if not isinstance(entries, list):
        raise Invalid.field("answers", _("Give a list of answers."))
    return tuple(_told(number, entry) for number, entry in enumerate(entries))


def _told(number: int, entry: Any) -> Told:
    try:
        told = Told(**entry)
        if not QUESTION.fullmatch(told.question) or not 0 <= told.hour <= LENGTH:
            raise ValueError(told.question)
    except (TypeError, ValueError) as error:
        raise Invalid.field(
            "answers",
            _("[%(number)s]: name question, hour and kind (%(why)s).") % {"number": number, "why": error},
        ) from error
    return told


def injects(written: Iterable[str], members: Iterable[str]) -> tuple[Inject, ...]:
    """Read injects as `surge:10@24`, `silent:FR@24-72`, `stale:ofac@24-120`, `key-lost:JP@24-60`.

    What is left out is usual for the kind. Invalid, naming the inject and the mend, for anything else.
    """
    known = list(members)
    return tuple(_inject(text.strip(), known) for text in written if text.strip())


def _inject(text: str, members: list[str]) -> Inject:
    found = WRITTEN.fullmatch(text)
    if found is None or found["kind"] not in KINDS:
        raise _bad(text, _("write one of %(kinds)s, as in silent:FR@24-72") % {"kinds": ", ".join(KINDS)})
    needs, start, end = KINDS[found["kind"]]
    length = end - start
    if found["start"]:
        start = int(found["start"])
        end = int(found["end"]) if found["end"] else start + length
    if not 0 <= start < end <= LENGTH:
        raise _bad(text, _("the hours rise, and the exercise ends after %(hours)s") % {"hours": LENGTH})
    what = found["what"] or {"times": "10", "list": LIST}.get(needs, "")
    if needs == "member":
        what = what.upper()
        if what not in members:
            raise _bad(text, _("name one of the members %(codes)s") % {"codes": ", ".join(members)})
    if needs == "list" and what != LIST:
        raise _bad(text, _("the list of an exercise is %(list)s") % {"list": LIST})
    if needs == "times":
        what = what.removesuffix("x")
        if not what.isdecimal() or not 2 <= int(what) <= 50:
            raise _bad(text, _("from 2 to 50 times as many arrive"))
        if start + 1 > ARRIVALS:
            raise _bad(text, _("applications arrive in the first %(hours)s hours") % {"hours": ARRIVALS})
        end = start + 1
    return Inject(found["kind"], what, start, end)


def _bad(text: str, mend: str) -> Invalid:
    return Invalid.field("injects", f"{text[:40]}: {mend}.")
