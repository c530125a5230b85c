"""Very many routed cases with open windows, copied inside PostgreSQL from a few that were filed and routed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

WINDOW = "consultation.window"

#: Ids of copies begin here; what the platform makes meanwhile stays below.
FIRST = 10_000_000
STEP = 10  # ids of consultations are those of their case times this


@dataclass(frozen=True)
class Due:
    """When the windows of copied cases fall due: an SQL expression over `g`, the number of the copy."""

    expression: str
    with_reminders: bool = True
    own_revision: bool = True


@dataclass
class Copies:
    """Copies made so far in one database. `owner` opens an autocommitting connection of the database's owner;
    `templates` are keys of routed cases, each with its open windows."""

    owner: Callable[[], Any]
    templates: list[int]
    made: int = 0
    windows: int = 0
    _columns: dict[str, list[str]] = field(default_factory=dict)

    def add(self, windows: int, due: Due) -> range:
        """Copy templates in turn until there are so many more windows; return the keys of the cases.

        Done as the owner, past triggers and foreign keys: the rows are those of a case after routing.
        """
        first = FIRST + self.made
        with closing(self.owner()) as owner, owner.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica; SET timezone = 'UTC'")
            cursor.execute("SET synchronous_commit = off; SELECT setseed(0.4)")
            shapes = [self._shape(cursor, key) for key in self.templates]
            per_round = sum(len(shape["consultations"]) for shape in shapes)
            rounds = -(-windows // per_round)
            for number, shape in enumerate(shapes):
                # the copies of one template are every so many-th case
                self._copy(cursor, shape, first + number, rounds, len(shapes), due)
            self.made += rounds * len(shapes)
            self.windows += rounds * per_round
        return range(first, first + rounds * len(shapes))

    def settle_in(self) -> None:
        """Let PostgreSQL know how much there is, as its own housekeeping would have by then."""
        with closing(self.owner()) as owner, owner.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
            cursor.execute("CHECKPOINT")

    def _shape(self, cursor: Any, case: int) -> dict[str, Any]:
        """The keys of the rows that make up a case."""

        def keys(query: str) -> list[Any]:
            cursor.execute(query, [case])
            return [row[0] for row in cursor.fetchall()]

        [(application, revision)] = self._rows(
            cursor, "SELECT application_id, revision_id FROM licensing_case WHERE id = %s", case
        )
        return {
            "case": case,
            "application": application,
            "revision": revision,
            "consultations": keys(
                "SELECT id FROM licensing_consultation WHERE case_id = %s AND status = 'open' ORDER BY id"
            ),
            "stakes": keys("SELECT id FROM licensing_stake WHERE case_id = %s ORDER BY id"),
            "steps": keys("SELECT id FROM escalation_step WHERE case_id = %s ORDER BY id"),
            "requirements": keys(
                "SELECT id FROM licensing_decisionrequirement WHERE case_id = %s ORDER BY id"
            ),
            "dues": self._rows(
                cursor,
                "SELECT id, kind, subject FROM deadlines_dueinstant"
                " WHERE aggregate = 'case:' || %s AND state = 'open' ORDER BY id",
                case,
            ),
        }

    def _rows(self, cursor: Any, query: str, key: int) -> list[tuple[Any, ...]]:
        cursor.execute(query, [key])
        return list(cursor.fetchall())

    def _copy(
        self, cursor: Any, shape: Mapping[str, Any], first: int, rounds: int, stride: int, due: Due
    ) -> None:
        """Copy a case so many times: the keys of the copies are `first`, `first + stride` and so on."""
        last = first + (rounds - 1) * stride
        # `g` is the key of the copy; the moment its windows are over is drawn once for each case
        cursor.execute("DROP TABLE IF EXISTS bench_due")
        cursor.execute(
            f"CREATE TEMP TABLE bench_due AS SELECT g, ({due.expression})::timestamptz AS ends"
            f" FROM generate_series(%s::bigint, %s, %s) AS g",
            [first, last, stride],
        )
        revision = "g" if due.own_revision else str(shape["revision"])
        # 48 hours, as in the crisis ladder
        start = "ends - interval '48 hours'"
        self._insert(
            cursor,
            "licensing_application",
            shape["application"],
            {"id": "g", "uid": "gen_random_uuid()", "reference": "'BA-' || g"},
        )
        if due.own_revision:
            self._insert(cursor, "licensing_revision", shape["revision"], {"id": "g", "application_id": "g"})
        self._insert(
            cursor,
            "licensing_case",
            shape["case"],
            {
                "id": "g",
                "application_id": "g",
                "revision_id": revision,
                "reference": "'BN-' || g",
                "opened_at": start,
                "routed_at": start,
            },
        )
        for table, name in (
            ("licensing_stake", "stakes"),
            ("escalation_step", "steps"),
            ("licensing_decisionrequirement", "requirements"),
        ):
            for number, key in enumerate(shape[name]):
                more = (
                    {"source_ref": f"replace(t.source_ref, 'case:{shape['case']}:', 'case:' || g || ':')"}
                    if name == "requirements"
                    else {}
                )
                self._insert(cursor, table, key, {"id": f"g * {STEP} + {number}", "case_id": "g", **more})
        subjects = {f"case:{shape['case']}": "'case:' || g"}
        for number, key in enumerate(shape["consultations"]):
            self._insert(
                cursor,
                "licensing_consultation",
                key,
                {
                    "id": f"g * {STEP} + {number}",
                    "uid": "gen_random_uuid()",
                    "case_id": "g",
                    "opened_at": start,
                    "due_at": "ends",
                },
            )
            subjects[f"consultation:{key}"] = f"'consultation:' || (g * {STEP} + {number})"
        for number, (key, kind, subject) in enumerate(shape["dues"]):
            parts = subject.split(":")
            if len(parts) > 2 and not due.with_reminders:
                continue
            told = subjects[":".join(parts[:2])] + "".join(f" || ':{part}'" for part in parts[2:])
            when = {
                WINDOW: "ends",
                "consultation.reminder": "ends - interval '4 hours'",
            }.get(kind, "ends + interval '90 days'")
            self._insert(
                cursor,
                "deadlines_dueinstant",
                key,
                {
                    "id": f"g * {STEP} + {number}",
                    "aggregate": "'case:' || g",
                    "subject": told,
                    "due_at": when,
                    "start_at": start,
                },
            )

    def _insert(self, cursor: Any, table: str, key: int, other: Mapping[str, str]) -> None:
        """Copy one row for each number of `bench_due`, with other values in some columns."""
        columns = self._columns_of(cursor, table)
        unknown = set(other) - set(columns)
        assert not unknown, f"{table} has no {unknown}"
        values = [other.get(name, f't."{name}"') for name in columns]
        names = ", ".join(f'"{name}"' for name in columns)
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {", ".join(values)}'
            f' FROM "{table}" AS t, bench_due WHERE t.id = %s ORDER BY g',
            [key],
        )
        assert cursor.rowcount > 0

    def _columns_of(self, cursor: Any, table: str) -> list[str]:
        if table not in self._columns:
            cursor.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'"
                " ORDER BY ordinal_position",
                [table],
            )
            self._columns[table] = [row[0] for row in cursor.fetchall()]
        return self._columns[table]
