"""The bench of deadlines in small: its copies are cases like others, its floor writes what the platform writes."""

from contextlib import closing

import pytest
from django.db import connection

from bench.deadlines import floor, main
from bench.deadlines.copies import Copies, Due
from deadlines import services as deadlines
from deadlines.models import DueInstant
from ledger.testing import run_deliveries
from licensing.models import Case
from members.models import Organisation, User
from tests import databases, journeys

PAST = "now() - interval '1 second'"


@pytest.fixture
def copies(transactional_db: None, in_force: None, exporter: User, organisation: Organisation) -> Copies:
    critical = {**journeys.dossier()["items"][0], "control_code": main.CRITICAL}
    templates = [
        journeys.file(exporter, organisation),
        journeys.file(exporter, organisation, journeys.dossier(items=[critical])),
    ]
    name = connection.settings_dict["NAME"]
    return Copies(lambda: databases.connect_as_owner(name), [int(case.pk) for case in templates])


def test_copies_lapse_once_and_climb_or_settle_like_any_case(copies: Copies) -> None:
    later = copies.add(6, Due("now() + interval '2 days'"))  # two windows of one template, four of the other
    now = copies.add(24, Due(PAST, with_reminders=False))
    assert len(now) == 8
    assert len(later) == 2
    assert copies.windows == 30
    assert deadlines.tick() == 24
    assert deadlines.tick() == 0
    run_deliveries()
    assert main._lost_and_doubled(now) == (0, 0)
    assert main._lost_and_doubled(later) == (6, 0)  # not due yet: the count sees what has not lapsed
    cases = Case.objects.filter(pk__in=now)
    assert cases.filter(tier=1, settled_at__isnull=True).count() == 4
    assert cases.filter(tier=0, settled_at__isnull=False).count() == 4
    assert not DueInstant.objects.filter(state="parked").exists()


def test_the_floor_writes_the_same_rows(copies: Copies) -> None:
    mine = copies.add(12, Due(PAST, with_reminders=False))
    assert deadlines.tick() == 12
    others = copies.add(12, Due(PAST, with_reminders=False))
    with closing(databases.connect_as_owner(connection.settings_dict["NAME"])) as database:
        database.autocommit = False
        assert floor.write(database, others, floor.written_of(database, mine)) > 0
        told = floor.counts(database, mine)
        assert told == floor.counts(database, others)
    assert told["due instants applied"] == told["consultations lapsed"] == 12
    assert told["positions deemed"] == 4
    assert told["events"] > 16
    assert told["deliveries"] >= 16
