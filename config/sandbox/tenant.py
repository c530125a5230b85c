"""The state of one sandbox: its database and its clock, how both are put back, and how the clock is moved."""

from __future__ import annotations

import io
import json
import shutil
import time
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils.translation import gettext as _

from alliance.management.commands.load_bundles import SHIPPED
from config import realms
from config.sandbox import credentials, scenarios
from config.sandbox.gate import Gate
from core import clock
from core.errors import Invalid
from deadlines import services as deadlines
from deadlines.models import DueInstant
from ledger import offers
from ledger import services as ledger
from ledger.testing import run_deliveries
from members import demo

GATE = Gate()
BASE, READY = "sandboxbase_", "sandboxready_"
NOTE = "sandbox.json"
FARTHEST = timedelta(days=92)  # that the clock is moved at once: about half a minute
GRAIN = timedelta(
    seconds=5
)  # within which what falls due happens in one step, as a tick that is late would have it


@dataclass(frozen=True)
class Standing:
    """What a sandbox knows of itself. `ahead`: seconds of its clock before the machine's."""

    partner: str
    reset_at: str = ""
    took_seconds: float = 0.0
    ahead: float = 0.0
    scenarios: list[dict[str, Any]] = field(default_factory=list)


def standing() -> Standing:
    """Return what was noted last."""
    path = Path(settings.DATA_DIR, NOTE)
    return Standing(**json.loads(path.read_text())) if path.exists() else Standing(settings.SANDBOX)


def _note(standing: Standing) -> None:
    path = Path(settings.DATA_DIR, NOTE)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(standing), indent=1))
    part.replace(path)


def come_up() -> None:
    """Go on where the sandbox stood, or make it."""
    known = standing()
    with closing(realms.as_owner_of("postgres")) as admin, admin.cursor() as cursor:
        there = {settings.DATABASES["default"]["NAME"], _template()} <= realms.databases(cursor)
    if there and known.reset_at:
        clock.run_ahead(timedelta(seconds=known.ahead))
        return
    with GATE.inside():
        reset()


def reset(*, renew: bool = False) -> Standing:
    """Put everything back as it was made: rows, documents, clock, scenarios. With `renew` credentials are new too.

    The caller is inside the gate; others wait meanwhile.
    """
    with GATE.alone():
        began = time.monotonic()
        clock.run_ahead(timedelta(0))
        _put_back(renew)
        cache.clear()
        ContentType.objects.clear_cache()
        for name in ("documents", "mail"):
            shutil.rmtree(Path(settings.DATA_DIR, name), ignore_errors=True)
        with offers.withheld():
            played = scenarios.play(settle)
        settle()
        _note(
            Standing(
                settings.SANDBOX,
                clock.now().isoformat(timespec="seconds"),
                round(time.monotonic() - began, 1),
                0.0,
                played,
            )
        )
        connection.close()
    return standing()


def _put_back(renew: bool) -> None:
    """Make the database anew from the partner's template; that too where it is missing, or with `renew`."""
    name, template = settings.DATABASES["default"]["NAME"], _template()
    connection.close()
    with closing(realms.as_owner_of("postgres")) as admin, admin.cursor() as cursor:
        realms.drop(cursor, {name})
        there = realms.databases(cursor)
        stale = {one for one in there if one.startswith(f"{READY}{settings.SANDBOX}_")} - {template}
        realms.drop(cursor, stale | ({template} if renew else set()))
        if renew or template not in there:
            # Two that come up at once: of one database only one copy is made at a time.
            cursor.execute("SELECT pg_advisory_lock(hashtext('sandboxbase'))")
            cursor.execute(f'CREATE DATABASE "{template}" TEMPLATE "{base()}"')
            cursor.execute("SELECT pg_advisory_unlock(hashtext('sandboxbase'))")
            _populate(cursor, template, renew)
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    realms.use(name)


def _populate(cursor: Any, template: str, renew: bool) -> None:
    """Enter the people, firms and systems, and the list of invented parties."""
    try:
        realms.use(template)
        with offers.withheld():
            credentials.enter(renew=renew)
            call_command("load_bundles", str(SHIPPED / "demo"), verbosity=0, stdout=io.StringIO())
            scenarios.feed()
    except BaseException:
        connection.close()
        realms.drop(cursor, {template})
        raise
    connection.close()


def base() -> str:
    """Return the name of the database that every sandbox of the cluster is cloned from; `prepare` makes it."""
    return f"{BASE}{realms.source()}"


def _template() -> str:
    return f"{READY}{settings.SANDBOX}_{realms.source()}"


def settle() -> None:
    """Let everything that was recorded or is due have its effect, and seal what has happened."""
    with offers.withheld():
        while run_deliveries(limit=100_000) + deadlines.tick():
            continue
    ledger.seal()


def move(to: datetime) -> Standing:
    """Move the clock on to an instant: what falls due before happens at its own instant, one after the other.

    The caller is inside the gate. Invalid for an instant that is past, or farther than 92 days.
    """
    now = clock.now()
    if to < now:
        raise Invalid.field("to", _("The clock only moves on; reset the sandbox to go back."))
    if to - now > FARTHEST:
        raise Invalid.field("to", _("Move the clock by at most 92 days at once."))
    with GATE.alone():
        settle()
        while (due := _next_due(now)) is not None and due <= to:
            now = min(due + GRAIN, to)
            clock.run_ahead(max(timedelta(0), now - clock.machine()))
            settle()
        clock.run_ahead(max(timedelta(0), to - clock.machine()))
        scenarios.feed()
        demo.fill_lane_rota()
        settle()
        known = asdict(standing()) | {"ahead": (clock.now() - clock.machine()).total_seconds()}
        _note(Standing(**known))
    return standing()


def _next_due(after: datetime) -> datetime | None:
    rows = DueInstant.objects.filter(state=DueInstant.State.OPEN, due_at__gt=after)
    found: datetime | None = rows.order_by("due_at").values_list("due_at", flat=True).first()
    return found
