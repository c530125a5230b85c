"""Gunicorn's settings for a sandbox: one process of several threads, since the clock is the process's."""

from typing import Any

workers = 1
threads = 8
worker_class = "gthread"
timeout = 180
graceful_timeout = 5
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Come up before the first request is taken."""
    from config.sandbox import life

    life.begin()
