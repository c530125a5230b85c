"""Recompute due instants from the files that explain them, with nothing but Python's standard library.

    python3 verify_deadline.py FILE...       say ok or what differs; exit code 1 if one differs, 2 if unreadable
    python3 verify_deadline.py --lines       read one {"inputs", "calendar"} a line, write one due instant a line

Written after docs/time.md and not after the code of the platform, so that two who read the same rules arrive at
the same instant. Everything is counted on UTC instants; `local` and `dawn` are the only uses of a time zone.
"""

import calendar as almanac
import hashlib
import json
import sys
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PATIENCE = 20_000  # days to look ahead before giving up


class Clock:
    """One period as the file tells it, with the answers to what counting asks."""

    def __init__(self, inputs: Json, days: Json) -> None:
        self.inputs, self.rule = inputs, inputs["rule"]
        if (days["key"], days["version"]) != (inputs["calendar"], inputs["calendar_version"]):
            raise ValueError("the calendar in the file is not the one the inputs name")
        self.zone = ZoneInfo(inputs["zone"])
        self.weekend = set(days["weekend"])
        self.free = {date.fromisoformat(entry["date"]) for entry in days["holidays"]}
        self.amount = self.rule["amount"]
        for entry in inputs.get("extensions", []):
            if entry["amount"] < 1 or datetime.fromisoformat(entry["at"]).tzinfo is None:
                raise ValueError("an extension adds at least one unit, at an instant with a zone")
            self.amount += entry["amount"]
            if self.amount > self.rule.get("cap", 0):
                raise ValueError("extended beyond the cap of the rule")
        pauses = [(instant(entry["start"]), instant(entry["end"])) for entry in inputs["stops"]]
        self.pauses = [(begin, end) for begin, end in pauses if begin < end]

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def dawn(self, day: date) -> datetime:
        """The instant at which a local day begins; where clocks skip midnight, when they jump."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def works(self, day: date) -> bool:
        return day.weekday() not in self.weekend and day not in self.free

    def stands(self, day: date) -> bool:
        """Whether the clock stood at any time of a local day."""
        first, last = self.dawn(day), self.dawn(day + DAY)
        return any(begin < last and first < end for begin, end in self.pauses)

    def working_day_from(self, day: date) -> date:
        for ahead in range(PATIENCE):
            if self.works(day + ahead * DAY):
                return day + ahead * DAY
        raise ValueError("the calendar has no working days")


def instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment.astimezone(UTC)


def opening(clock: Clock) -> tuple[datetime, date]:
    """Return when the period starts, and the last local day that does not count."""
    event = instant(clock.inputs["start"])
    here = clock.local(event)
    how = clock.rule["start"]
    if how == "next_full_hour":
        # Offsets and their changes are whole quarters of an hour in every zone of our time: look at each quarter.
        moment = event.replace(minute=event.minute // 15 * 15, second=0, microsecond=0)
        while moment <= event or clock.local(moment).minute:
            moment += HOUR / 4
        return moment, clock.local(moment).date()
    if how == "next_working_day":
        day = clock.working_day_from(here.date() + DAY)
        return clock.dawn(day), day - DAY
    if how == "cut_off":
        hour, minute = map(int, clock.rule["cut_off"].split(":"))
        if not clock.works(here.date()) or (here.hour, here.minute) >= (hour, minute):
            day = clock.working_day_from(here.date() + DAY)
            return clock.dawn(day), clock.local(clock.dawn(day)).date()
    elif how != "immediate":
        raise ValueError(f"unknown start rule {how!r}")
    return event, here.date()


def running(clock: Clock, begin: datetime) -> datetime:
    """Hours and seconds: walk from edge to edge of the pauses and spend time only where none is open."""
    left = length = timedelta(**{clock.rule["unit"]: clock.amount})
    now = begin
    edges = sorted({edge for pause in clock.pauses for edge in pause if edge > begin})
    for edge in edges:
        if not any(first <= now < last for first, last in clock.pauses):
            if edge - now >= left:
                break
            left -= edge - now
        now = edge
    due = now + left
    if clock.rule["two_working_days"] == "always" and length >= 2 * DAY:
        here = clock.local(begin)
        second = clock.working_day_from(clock.working_day_from(here.date() + DAY) + DAY)
        due = max(due, datetime.combine(second, here.time(), clock.zone).astimezone(UTC))
    return due


def same_date(day: date, months: int) -> date:
    """The same date some months on, or the last day of a month that lacks it."""
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(day.day, almanac.monthrange(year, month)[1]))


def counting(clock: Clock, before: date) -> datetime:
    """Days and months: go from day to day, and say of each whether it counts."""
    rule, unit = clock.rule, clock.rule["unit"]
    wanted = (same_date(before, clock.amount) - before).days if unit == "months" else clock.amount
    rolls = rule["rollover"] and unit != "working_days"
    needs_two = rolls and rule["two_working_days"] != "never" and wanted >= 2
    day, counted, worked = before, 0, 0
    while counted < wanted or (needs_two and worked < 2):
        day += DAY
        if (day - before).days > PATIENCE:
            raise ValueError("no last day: too few working days")
        if clock.stands(day):
            continue
        works = clock.works(day)
        worked += works
        counted += works or unit != "working_days"
    if rolls and not clock.works(day):
        day = clock.working_day_from(day)
        while clock.stands(day):
            day = clock.working_day_from(day + DAY)
    return clock.dawn(day + DAY)


def due_instant(inputs: Json, days: Json) -> datetime:
    """Return the first instant that is too late, in UTC."""
    clock = Clock(inputs, days)
    begin, before = opening(clock)
    if clock.rule["unit"] in ("hours", "seconds"):
        return running(clock, begin)
    if clock.rule["unit"] in ("calendar_days", "working_days", "months"):
        return counting(clock, before)
    raise ValueError(f"unknown unit {clock.rule['unit']!r}")


def canonical(content: object) -> bytes:
    return (json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def faults(raw: bytes) -> list[str]:
    """Return what is wrong with a file, nothing if it holds."""
    content = json.loads(raw.decode())
    found = [] if canonical(content) == raw else ["not in canonical form"]
    body = {key: value for key, value in content.items() if key != "sha256"}
    if hashlib.sha256(canonical(body)).hexdigest() != content["sha256"]:
        found.append("its SHA-256 does not fit")
    due = due_instant(content["inputs"], content["calendar"]).isoformat()
    if due != content["due_at"]:
        found.append(f"it says due at {content['due_at']}, recomputed it is {due}")
    sealed = {"inputs": content["inputs"], "calendar": content["calendar"], "due_at": due}
    committed = content["committed_by"].get("sha256")
    brief = json.dumps(sealed, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    if committed and hashlib.sha256(brief).hexdigest() != committed:
        found.append("it is not what the ledger's event committed to")
    return found


def main(arguments: list[str]) -> int:
    if arguments == ["--lines"]:
        for case in map(json.loads, sys.stdin):
            print(due_instant(case["inputs"], case["calendar"]).isoformat())
        return 0
    worst = 0 if arguments else 2
    for path in arguments:
        try:
            with open(path, "rb") as file:
                found = faults(file.read())
            print(f"{path}: {'DIFFERS: ' + '; '.join(found) if found else 'ok'}")
            worst = max(worst, int(bool(found)))
        except Exception as error:
            print(f"{path}: cannot be read: {error!r}")
            worst = 2
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
