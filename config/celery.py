"""The task queue; its settings are in `config.settings.work`."""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import beat_init, task_prerun, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("entente")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def _drop_dead_connections(**facts: Any) -> None:
    """Do for a task what Django does for a request: let go of connections that broke or grew old."""
    from django.db import close_old_connections, connection

    if not connection.in_atomic_block:  # a task that a test calls in place shares its transaction
        close_old_connections()


@worker_ready.connect
def _note_worker(sender: Any, **facts: Any) -> None:
    _note(str(sender.hostname).partition("@")[0])


@beat_init.connect
def _note_beat(**facts: Any) -> None:
    _note("beat")


def _note(name: str) -> None:
    """Leave a mark that a supervisor on this machine can wait for."""
    from django.conf import settings

    run = Path(settings.DATA_DIR, "run")
    if run.is_dir():
        (run / f"{name}.ready").touch()
