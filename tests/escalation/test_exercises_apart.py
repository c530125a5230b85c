"""An exercise lives in a realm of its own: every table of the platform is afterwards as it was."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest
from django.db import connection

from config import realms
from escalation.exercises import agreed, plans
from escalation.exercises.living import lived
from licensing.models import Case
from members.models import Organisation, User
from tests import journeys
from tests.databases import connect_as_owner, schema_hash


def contents(database: str) -> dict[str, tuple[int, str]]:
    """Return how many rows every table of a database has, and a hash of what stands in them."""
    found = {}
    with closing(connect_as_owner(database)) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (name,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{name}" AS t'
            )
            found[name] = cursor.fetchone()
    return found


def from_the_migrated(cursor: Any, template: str, *, shipped: bool) -> None:
    """Make the template of realms from the one that tests are cloned from: migrating takes half a minute."""
    assert not shipped
    cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"template_%_{schema_hash()}"])
    cursor.execute(f'CREATE DATABASE "{template}" TEMPLATE "{cursor.fetchone()[0]}"')


@pytest.mark.django_db(transaction=True)
def test_every_table_of_the_platform_is_as_it_was(
    in_force: None, exporter: User, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    journeys.file(exporter, organisation)
    platform = connection.settings_dict["NAME"]
    forked = agreed.take()
    monkeypatch.setattr(realms, "make", from_the_migrated)
    before = contents(platform)
    plan = plans.Plan(number=1, members=plans.members(3), cases=2, until=60)
    try:
        with realms.cloned(shipped=False) as realm:
            agreed.put(forked)
            card = lived(plan)
            lived_through = contents(realm)
    finally:
        realms.use(platform)
    assert card["cases"]["filed"] == Case.objects.count() + 1 == 2
    assert lived_through["licensing_case"][0] == 2
    assert lived_through["ledger_event"] != before["ledger_event"]
    assert contents(platform) == before
    assert sum(rows for rows, _hash in before.values()) > 100
