"""What workers and the clock do elsewhere: deliveries, due instants, the seal, mail into the folder, webhooks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from django.conf import settings
from django.db import close_old_connections, connection

from config.sandbox import tenant
from correspondence import services as correspondence
from correspondence.webhooks import sending

log = structlog.get_logger(__name__)

#: Set when a request has been answered: what follows from it happens at once.
WAKE = threading.Event()
BEAT = 0.5  # seconds between two looks at what is due
MAIL_EVERY = 10.0
WANTED = "reset-wanted"  # a file that the command leaves in the sandbox's folder; it says what is wanted


def begin() -> None:
    """Come up, with a reset where there is no database yet, and live from then on: two threads of this process."""
    tenant.come_up()
    for name, act in (("life", _live), ("webhooks", _call)):
        threading.Thread(target=_again_and_again, args=(name, act), name=name, daemon=True).start()


def _again_and_again(name: str, act: Callable[[], None]) -> None:
    while True:
        try:
            close_old_connections()
            act()
        except Exception:  # a reset cuts connections; nothing else may end the thread either
            log.exception("sandbox_life", thread=name)
            connection.close()
            time.sleep(1.0)


def _live() -> None:
    WAKE.wait(BEAT)
    WAKE.clear()
    with tenant.GATE.inside():
        if (wanted := Path(settings.DATA_DIR, WANTED)).exists():
            renew = "renew" in wanted.read_text()
            tenant.reset(renew=renew)
            wanted.unlink()
        tenant.settle()
        if time.monotonic() - _sent_at[0] > MAIL_EVERY:
            correspondence.send_waiting()
            _sent_at[0] = time.monotonic()


_sent_at = [0.0]


def _call() -> None:
    """Call the partner's own endpoints: what a sandbox calls outside, and all of it."""
    time.sleep(BEAT)
    with tenant.GATE.inside():
        waiting = sending.due()
    for pk in waiting:
        with tenant.GATE.inside():
            sending.serve(pk)
