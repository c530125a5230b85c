"""10,000 made-up deadlines: the stand-alone verifier and the platform's calculus give the same instants."""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.embedded.folder import ROOT
from deadlines import derivations
from deadlines.calculus import LONGEST, CalendarData, Derivation, Extension, Rule, Stop, Unit, derive

VERIFIER = ROOT / "docs" / "verify_deadline.py"
SEED = 20261123
#: Clocks that jump by half an hour, at midnight, by two hours, twice a year more than usual, or over a whole day.
ZONES = (
    "UTC", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Havana",
    "America/Santiago", "America/Asuncion", "America/Sao_Paulo", "Asia/Kathmandu", "Asia/Beirut", "Asia/Gaza",
    "Asia/Tehran", "Asia/Tokyo", "Africa/Cairo", "Africa/Casablanca", "Atlantic/Azores", "Australia/Lord_Howe",
    "Antarctica/Troll", "Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati",
)  # fmt: skip
FIRST, SPAN = datetime(2009, 1, 1, tzinfo=UTC), 20 * 365 * 24 * 60  # minutes
MOST = {"seconds": 400_000, "hours": 400, "calendar_days": 90, "working_days": 45, "months": 14}
UNITS: tuple[Unit, ...] = ("seconds", "hours", "calendar_days", "working_days", "months")
WEEKENDS = ((5, 6), (5, 6), (5, 6), (4, 5), (6,), (), (0, 2, 4, 5, 6))


def calendar(dice: random.Random, year: int) -> CalendarData:
    """Make a calendar with single free days, and at times with a week of them."""
    first = date(year, 1, 1)
    days = {first + timedelta(days=dice.randrange(800)) for _ in range(dice.randrange(40))}
    if dice.random() < 0.3:
        week = first + timedelta(days=dice.randrange(700))
        days |= {week + timedelta(days=ahead) for ahead in range(dice.randint(3, 9))}
    names = {day: f"Day {number}" for number, day in enumerate(sorted(days))}
    return CalendarData("made-up", "1", frozenset(dice.choice(WEEKENDS)), frozenset(days), names)


def start_of(dice: random.Random, zone: str) -> datetime:
    """Return any instant, or one within two days of a change of the zone's clocks, or one on the hour."""
    start = FIRST + timedelta(minutes=dice.randrange(SPAN), seconds=dice.randrange(60))
    if dice.random() < 0.4:
        local = ZoneInfo(zone)
        for hours in range(0, 24 * 200, 6):
            later = start + timedelta(hours=hours)
            if later.astimezone(local).utcoffset() != start.astimezone(local).utcoffset():
                start = later - timedelta(hours=dice.randrange(48))
                break
    return start.replace(minute=0, second=0) if dice.random() < 0.15 else start


def rule(dice: random.Random) -> Rule:
    unit = dice.choice(UNITS)
    amount = dice.choice((0, 1, 2, 3, dice.randint(0, MOST[unit])))
    return Rule(
        amount,
        unit,
        dice.choice(("immediate", "immediate", "next_full_hour", "next_working_day", "cut_off")),
        rollover=dice.random() < 0.8,
        two_working_days=dice.choice(("days", "days", "always", "never")),
        cut_off=f"{dice.randint(12, 20):02}:{dice.choice((0, 15, 30)):02}",
        cap=min(LONGEST[unit], amount * 3 + dice.randrange(20)) if dice.random() < 0.5 else 0,
    )


def stops(dice: random.Random, start: datetime) -> list[Stop]:
    """Return up to four stops that overlap, touch, come before the start, or end before they begin."""
    found: list[Stop] = []
    for _ in range(dice.choice((0, 0, 1, 2, 4))):
        begin = found[-1].end if found and dice.random() < 0.2 else start
        begin += timedelta(minutes=dice.randint(-3_000, 40_000)) if begin is start else timedelta()
        found.append(Stop(begin, begin + timedelta(minutes=dice.randint(-200, 15_000)), "missing_document"))
    return found


def extensions(dice: random.Random, of: Rule, start: datetime) -> list[Extension]:
    found: list[Extension] = []
    room = of.cap - of.amount
    while room > 0 and len(found) < 3 and dice.random() < 0.6:
        more = dice.randint(1, room)
        found.append(
            Extension(more, "France, trade", "A survey on site", start + timedelta(hours=len(found)))
        )
        room -= more
    return found


def cases(number: int, seed: int = SEED) -> Iterator[tuple[Derivation, CalendarData]]:
    """Derive so many made-up deadlines; the same seed makes the same ones."""
    dice = random.Random(seed)
    while number:
        zone = dice.choice(ZONES)
        start = start_of(dice, zone)
        counted, days = rule(dice), calendar(dice, start.year)
        yield (
            derive(start, counted, days, zone, stops(dice, start), extensions(dice, counted, start)),
            days,
        )
        number -= 1


def verified(lines: Sequence[dict[str, Any]]) -> list[str]:
    """Return what the verifier, in a process without this project, makes of inputs and calendars."""
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), "--lines"],
        input="\n".join(json.dumps(line) for line in lines),
        text=True,
        stdout=subprocess.PIPE,
        check=True,
        cwd="/",
    )
    return done.stdout.split()


def compare(number: int, seed: int = SEED) -> tuple[int, list[str]]:
    """Return how many deadlines were compared, and each that differs in words."""
    made = [
        (derived, {"inputs": derived.inputs, "calendar": derivations.days_of(days)})
        for derived, days in cases(number, seed)
    ]
    answers = verified([line for _derived, line in made])
    wrong = [
        f"{derived.due_at.isoformat()} by the calculus, {answer} by the verifier: {json.dumps(line)}"
        for (derived, line), answer in zip(made, answers, strict=True)
        if derived.due_at.isoformat() != answer
    ]
    return len(answers), wrong


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente prove deadlines", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="which ones (default: %(default)s)")
    options = parser.parse_args(arguments)
    number, wrong = compare(max(1, options.cases), options.seed)
    for line in wrong[:10]:
        print(line)
    print(
        f"{number} deadlines from seed {options.seed}: {number - len(wrong)} the same, {len(wrong)} different."
    )
    print("NOT PROVED." if wrong else "Proved.")
    return int(bool(wrong))
