"""The bare floor: the rows a lapse writes, written with psycopg2, one transaction for each case.

Each function takes an open connection of psycopg2, signed in as the platform's own working role.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from psycopg2.extras import Json, execute_values

from bench.deadlines.copies import STEP

EVENT = (
    "type, at, actor_kind, actor_id, actor_label, subject_type, subject_id, subject_label, aggregate,"
    " aggregate_label, facts, commitment"
)


POSITION = (
    "consultation_id, revision_id, kind, binding, reason_code, legal_basis, summary, conditions,"
    " status, taken_at"
)


@dataclass
class Written:
    """What the platform wrote about one case while its windows lapsed."""

    events: list[tuple[Any, ...]]
    audiences: list[list[str]]  # of each event
    deliveries: list[list[tuple[str, str]]]  # of each event: subscriber, queue
    positions: list[tuple[Any, ...]]  # what silence stands for


def written_of(database: Any, cases: range) -> dict[int, Written]:
    """Read back what lapsing wrote of cases."""
    found: dict[int, Written] = {}
    with database.cursor() as cursor:
        refs = [f"case:{case}" for case in cases]
        cursor.execute(f"SELECT id, {EVENT} FROM ledger_event WHERE aggregate = ANY(%s) ORDER BY id", [refs])
        events = cursor.fetchall()
        keys = [row[0] for row in events]
        audiences: dict[int, list[str]] = defaultdict(list)
        cursor.execute("SELECT event_id, audience FROM ledger_feedentry WHERE event_id = ANY(%s)", [keys])
        for event, audience in cursor.fetchall():
            audiences[event].append(audience)
        deliveries: dict[int, list[tuple[str, str]]] = defaultdict(list)
        cursor.execute(
            "SELECT event_id, subscriber, queue FROM ledger_delivery WHERE event_id = ANY(%s)", [keys]
        )
        for event, subscriber, queue in cursor.fetchall():
            deliveries[event].append((subscriber, queue))
        for key, *columns in events:
            case = int(columns[8].partition(":")[2])
            one = found.setdefault(case, Written([], [], [], []))
            one.events.append(tuple(columns))
            one.audiences.append(audiences[key])
            one.deliveries.append(deliveries[key])
        cursor.execute(
            f"SELECT {POSITION} FROM licensing_position WHERE consultation_id BETWEEN %s AND %s ORDER BY id",
            [cases[0] * STEP, cases[-1] * STEP + STEP - 1],
        )
        for row in cursor.fetchall():
            found[row[0] // STEP].positions.append(row)
    return found


def write(database: Any, cases: range, like: dict[int, Written]) -> float:
    """Write the same of other cases, one transaction each; return the seconds it took.

    `like`: what the platform wrote of as many cases, in the same order.
    """
    with database.cursor() as cursor:
        prepared = [
            (
                case,
                [_of(case, source, row) for row in written.events],
                [_position_of(case, source, row) for row in written.positions],
                written,
            )
            for case, (source, written) in zip(cases, sorted(like.items()), strict=True)
        ]
        began = time.perf_counter()
        for case, events, positions, written in prepared:
            cursor.execute("SELECT id FROM licensing_case WHERE id = %s FOR UPDATE", [case])
            cursor.execute(
                "SELECT id FROM deadlines_dueinstant WHERE aggregate = %s AND state = 'open'"
                " AND due_at <= now() ORDER BY due_at, id FOR UPDATE",
                [f"case:{case}"],
            )
            due = [row[0] for row in cursor.fetchall()]
            cursor.execute(
                "UPDATE deadlines_dueinstant SET state = 'done', lapsed_at = due_at, applied_at = now()"
                " WHERE id = ANY(%s)",
                [due],
            )
            cursor.execute(
                "UPDATE licensing_consultation SET status = 'lapsed', closed_at = now(), lapsed_at = due_at"
                " WHERE case_id = %s AND status = 'open'",
                [case],
            )
            if positions:
                fresh = execute_values(
                    cursor,
                    f"INSERT INTO licensing_position (uid, {POSITION}) VALUES %s RETURNING id",
                    [(str(uuid.uuid4()), *row) for row in positions],
                    fetch=True,
                )
                ids = iter(str(key) for (key,) in fresh)
                events = [(*row[:6], next(ids), *row[7:]) if row[5] == "position" else row for row in events]
            keys = execute_values(
                cursor,
                f"INSERT INTO ledger_event (uid, {EVENT}) VALUES %s RETURNING id",
                [(str(uuid.uuid4()), *row) for row in events],
                fetch=True,
            )
            entries = [
                (key, name) for (key,), own in zip(keys, written.audiences, strict=True) for name in own
            ]
            execute_values(cursor, "INSERT INTO ledger_feedentry (event_id, audience) VALUES %s", entries)
            offers = [
                (key, subscriber, queue)
                for (key,), own in zip(keys, written.deliveries, strict=True)
                for subscriber, queue in own
            ]
            if offers:
                execute_values(
                    cursor,
                    "INSERT INTO ledger_delivery (event_id, subscriber, queue, attempts, next_attempt_at,"
                    " last_error) VALUES %s",
                    offers,
                    "(%s, %s, %s, 0, now() + interval '30 s', '')",
                )
            database.commit()
        return time.perf_counter() - began


def _of(case: int, source: int, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same row of another case: its keys stand where those of the source stood."""

    def other(value: str) -> str:
        return value.replace(str(source), str(case))

    columns = list(row)
    columns[6], columns[8] = other(columns[6]), other(columns[8])
    columns[10] = Json(columns[10])
    return tuple(columns)


def _position_of(case: int, source: int, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same of a position: copies of a case have keys of its copies."""
    consultation, _revision, *rest = row
    rest[5] = Json(rest[5])
    return (consultation - source * STEP + case * STEP, case, *rest)


def counts(database: Any, cases: range) -> dict[str, int]:
    """Count the rows about cases, table by table: what two ways of writing have to agree on."""
    refs, keys = [f"case:{case}" for case in cases], list(cases)
    queries = {
        "due instants applied": (
            "SELECT count(*) FROM deadlines_dueinstant WHERE aggregate = ANY(%s) AND state = 'done'",
            refs,
        ),
        "consultations lapsed": (
            "SELECT count(*) FROM licensing_consultation WHERE case_id = ANY(%s) AND status = 'lapsed'",
            keys,
        ),
        "positions deemed": (
            "SELECT count(*) FROM licensing_position p JOIN licensing_consultation c ON c.id = consultation_id"
            " WHERE c.case_id = ANY(%s)",
            keys,
        ),
        "events": ("SELECT count(*) FROM ledger_event WHERE aggregate = ANY(%s)", refs),
        "feed entries": (
            "SELECT count(*) FROM ledger_feedentry JOIN ledger_event e ON e.id = event_id"
            " WHERE e.aggregate = ANY(%s)",
            refs,
        ),
        "deliveries": (
            "SELECT count(*) FROM ledger_delivery JOIN ledger_event e ON e.id = event_id"
            " WHERE e.aggregate = ANY(%s)",
            refs,
        ),
    }
    with database.cursor() as cursor:
        found = {}
        for name, (query, argument) in queries.items():
            cursor.execute(query, [argument])
            found[name] = int(cursor.fetchone()[0])
        return found
