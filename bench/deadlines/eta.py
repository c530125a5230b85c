"""What people would use instead: one Celery task with an ETA for each deadline, on the same Valkey.

Two ways of it, side by side. `usual`: acknowledged when it begins, and messages that a worker holds come back after
an hour. `safe`: acknowledged when it is done, and what a worker holds comes back soon, so that a dead one is not
noticed. But a broker that gives messages back does so with those whose instant is still ahead as well: ten seconds
are to windows of a minute what the hour is to windows of hours.

This module is also the worker's: `celery -A bench.deadlines.eta:app`, and imports nothing of the platform.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import psycopg2
from celery import Celery

HOUR = 3600
SOON = 10  # seconds

app = Celery("eta")
app.conf.update(
    broker_url=os.environ.get("BENCH_BROKER", "memory://"),
    broker_transport_options={
        "visibility_timeout": int(os.environ.get("BENCH_VISIBILITY", HOUR)),
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    },
    task_acks_late=os.environ.get("BENCH_WAY") == "safe",
    task_reject_on_worker_lost=os.environ.get("BENCH_WAY") == "safe",
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
)

_database: Any = None


@app.task(name="bench.deadlines.eta.lapse")
def lapse(number: int) -> None:
    """Apply a deadline: one row, committed."""
    global _database
    if _database is None:
        _database = psycopg2.connect(os.environ["DATABASE_URL"])
        _database.autocommit = True
    with _database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bench_eta (way, number, ran_at) VALUES (%s, %s, %s)",
            [os.environ["BENCH_WAY"], number, datetime.now(UTC)],
        )
