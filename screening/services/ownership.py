"""Ownership rules that begin: by themselves on their day, or with a version of the bundle."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection, transaction

from alliance.models import Bundle
from core import clock
from core.actors import CLOCK, PROCESS, Actor
from core.audience import AUDITORS, Audience
from core.models import ref
from deadlines import services as deadlines
from deadlines.calculus import Rule as Length
from deadlines.models import DueInstant
from ledger import services as ledger
from screening.lists.ownership import Rule

BEGINNING = "ownership_rule.beginning"
LOCK = 0xB0D1  # class of the advisory locks that stand for bundles


def lock_bundles(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock bundles, see `deadlines.registry.AggregateLock`: by name, for nobody may change their rows."""
    take = "pg_try_advisory_xact_lock(%s, %s)" if skip_locked else "pg_advisory_xact_lock(%s, %s) IS NOT NULL"
    held = set()
    with connection.cursor() as cursor:
        for pk in sorted(pks):
            cursor.execute(f"SELECT {take}", [LOCK, pk])
            if cursor.fetchone()[0]:
                held.add(pk)
    return held


@transaction.atomic
def rules_loaded(*, bundle: Bundle) -> list[DueInstant]:
    """Note that the rules of a version may count more parties from now on, and let those to come fall due.

    Return what falls due: one instant for each day on which a period begins.
    """
    lock_bundles([bundle.pk], skip_locked=False)
    _begun(bundle, PROCESS, clock.today())
    now = clock.now()
    return [
        deadlines.set_due(
            kind=BEGINNING,
            aggregate=ref(bundle),
            subject=f"{ref(bundle)}:{day:%Y%m%d}",
            start=now,
            rule=Length(_seconds_until(day, now), "seconds"),
            calendar="alliance",
            zone="UTC",
            owner="Alliance secretariat",
        )
        for day in sorted({first for rule in _rules(bundle) for first, _last in rule.periods})
        if day > now.date()
    ]


@transaction.atomic
def rule_begins(due: DueInstant) -> None:
    """A period of a rule has begun: whoever counts as listed by it is screened for."""
    bundle = Bundle.objects.get(pk=int(due.aggregate.partition(":")[2]))
    _begun(bundle, CLOCK, due.due_at.astimezone(UTC).date())


def _rules(bundle: Bundle) -> list[Rule]:
    return [Rule.of(entry) for entry in bundle.payload["entries"]]


def _seconds_until(day: date, now: datetime) -> int:
    left = datetime.combine(day, time(), UTC) - now
    return -(-left // timedelta(seconds=1))


def _begun(bundle: Bundle, actor: Actor, on: date) -> None:
    ledger.record(
        "ownership_rule.begun",
        actor=actor,
        subject=bundle,
        aggregate=ref(bundle),
        aggregate_label=str(bundle)[:40],
        audience=Audience.of(AUDITORS),
        facts={"on": on.isoformat(), "in_force": [rule.key for rule in _rules(bundle) if rule.in_force(on)]},
    )
