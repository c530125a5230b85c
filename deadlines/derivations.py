"""A due instant as a file that a stranger can recompute: what went in, the calendar's days, the steps, the result.

The file is canonical JSON (sorted keys, one space of indent, one newline at the end) with the SHA-256 of its own
content, so that no bit of it can change unseen. `committed_by` names the ledger's event that set the due instant;
that event holds the SHA-256 of inputs, calendar and due instant, so a file that was made anew with other content
does not fit the ledger. `docs/verify_deadline.py` reads the same file without this project.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from deadlines.calculus import (
    CalendarChange,
    CalendarData,
    Derivation,
    Extension,
    Rule,
    Stop,
    derive,
)

FORMAT = "entente-deadline/1"
LONGEST_FILE = 1_000_000  # bytes
UNREADABLE = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    RecursionError,
    OSError,
    ZoneInfoNotFoundError,
)


class NotADerivation(ValueError):
    """What was given cannot be read as the file of a due instant."""


def recompute(inputs: Mapping[str, Any], calendar: CalendarData) -> Derivation:
    """Derive again from stored inputs and the calendar version they name; ValueError for another one."""
    if (calendar.key, calendar.version) != (inputs["calendar"], inputs["calendar_version"]):
        raise ValueError("This is not the calendar the deadline was derived with.")
    return derive(
        datetime.fromisoformat(inputs["start"]),
        Rule(**inputs["rule"]),
        calendar,
        inputs["zone"],
        stops_in(inputs),
        extensions_in(inputs),
        change_in(inputs),
    )


def stops_in(inputs: Mapping[str, Any]) -> list[Stop]:
    return [
        Stop(datetime.fromisoformat(item["start"]), datetime.fromisoformat(item["end"]), item["reason"])
        for item in inputs["stops"]
    ]


def extensions_in(inputs: Mapping[str, Any]) -> list[Extension]:
    """Return the extensions; inputs that were stored before there were any have none."""
    return [
        Extension(item["amount"], item["requester"], item["reason"], datetime.fromisoformat(item["at"]))
        for item in inputs.get("extensions", ())
    ]


def change_in(inputs: Mapping[str, Any]) -> CalendarChange | None:
    found = inputs.get("calendar_change")
    if not found:
        return None
    return CalendarChange(found["before"], found["by"], found["reason"], datetime.fromisoformat(found["at"]))


def days_of(calendar: CalendarData) -> dict[str, Any]:
    """Return the content of a calendar version as it stands in a file."""
    return {
        "key": calendar.key,
        "version": calendar.version,
        "weekend": sorted(calendar.weekend),
        "holidays": [
            {"date": day.isoformat(), "name": calendar.names.get(day, "")}
            for day in sorted(calendar.holidays)
        ],
    }


def calendar_from(days: Mapping[str, Any]) -> CalendarData:
    names = {date.fromisoformat(item["date"]): str(item["name"]) for item in days["holidays"]}
    return CalendarData(days["key"], days["version"], frozenset(days["weekend"]), frozenset(names), names)


def canonical(content: object) -> bytes:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1)
    return f"{text}\n".encode()


def digest(content: object) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def brief(content: object) -> bytes:
    """Return canonical JSON without any space: what the ledger's commitments are made of."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def commitment(inputs: Mapping[str, Any], calendar: CalendarData, due_at: datetime) -> str:
    """Return the hex SHA-256 that the ledger keeps of a derivation: of inputs, calendar days and due instant."""
    sealed = {"inputs": inputs, "calendar": days_of(calendar), "due_at": due_at.isoformat()}
    return hashlib.sha256(brief(sealed)).hexdigest()


def write(
    derived: Derivation,
    calendar: CalendarData,
    *,
    subject: str,
    committed_by: Mapping[str, Any] | None = None,
) -> bytes:
    """Return the file of a derivation. `subject` says in words what falls due."""
    content = {
        "format": FORMAT,
        "subject": subject,
        "inputs": derived.inputs,
        "calendar": days_of(calendar),
        "steps": list(derived.steps),
        "due_at": derived.due_at.isoformat(),
        "committed_by": dict(committed_by or {}),
    }
    return canonical({**content, "sha256": digest(content)})


def read(raw: bytes) -> dict[str, Any]:
    """Return the content of a file; NotADerivation for what is none."""
    if len(raw) > LONGEST_FILE:
        raise NotADerivation(f"It is longer than {LONGEST_FILE} bytes.")
    try:
        content = json.loads(raw.decode())
    except (ValueError, RecursionError) as error:
        raise NotADerivation(f"It is no JSON: {error}.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise NotADerivation(f"It does not say that it is {FORMAT!r}.")
    return content


def differences(raw: bytes) -> list[str]:
    """Recompute a file; return where it differs from what it says, nothing if it holds.

    NotADerivation where it cannot be read so far as to recompute it.
    """
    content = read(raw)
    try:
        return _tampered(raw, content) + _miscounted(content)
    except UNREADABLE as error:
        raise NotADerivation(f"Its content cannot be read: {error!r}.") from error


def _tampered(raw: bytes, content: dict[str, Any]) -> list[str]:
    found = []
    if canonical(content) != raw:
        found.append(
            "The file is not written in its canonical form: something was changed after it was made."
        )
    if content.get("sha256") != digest({key: content[key] for key in content if key != "sha256"}):
        found.append("The SHA-256 does not fit the content: something was changed after it was made.")
    return found


def _miscounted(content: dict[str, Any]) -> list[str]:
    found = []
    calendar = calendar_from(content["calendar"])
    derived = recompute(content["inputs"], calendar)
    steps, committed = list(content["steps"]), content["committed_by"].get("sha256")
    if content["due_at"] != derived.due_at.isoformat():
        found.append(f"It says due at {content['due_at']}; recomputed it is {derived.due_at.isoformat()}.")
    if steps != list(derived.steps):
        found.append(_other_step(steps, derived.steps))
    if committed and committed != commitment(content["inputs"], calendar, derived.due_at):
        found.append("It is not what the ledger's event committed to.")
    return found


def _other_step(said: list[Any], derived: tuple[str, ...]) -> str:
    for number, (told, step) in enumerate(zip(said, derived, strict=False), 1):
        if told != step:
            return f"Step {number} says {told!r}; recomputed it is {step!r}."
    return f"It has {len(said)} steps; recomputed there are {len(derived)}."
