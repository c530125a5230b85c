"""A whole platform for the time of a bench or a proof: real processes, own folder, any free port."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded.folder import ROOT, DataFolder
from config.embedded.progress import step
from config.embedded.servers import MANAGE
from config.embedded.system import System

SERVER_VARIABLES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "ENTENTE_DATA", "ENTENTE_DEMO")


class Trial(System):
    """A System whose processes may be killed, paused and started again by the proof that owns it."""

    def kill(self, name: str) -> None:
        """Kill one process as a crash would, with all its children, and forget it."""
        running = self.children.pop(name)
        os.killpg(running.process.pid, signal.SIGKILL)
        running.process.wait()

    def flush_broker(self) -> None:
        """Wipe Valkey: broker and cache forget everything."""
        import redis

        redis.Redis.from_url(
            self.environment["REDIS_URL"].replace("redis+socket://", "unix://").partition("?")[0]
        ).flushall()

    def manage(self, *arguments: str) -> str:
        """Run a management command and return what it printed; CalledProcessError if it fails."""
        done = subprocess.run(
            [*MANAGE, *arguments], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=True
        )
        return done.stdout


@contextmanager
def trial(*, demo: bool = True, durable: bool = True, start: bool = True) -> Iterator[Trial]:
    """Run a platform on a temporary data folder and take everything down afterwards.

    `start=False` starts and prepares the servers only; then `start("web")` and the like do the rest.
    """
    for name in SERVER_VARIABLES:
        os.environ.pop(name, None)
    parent = Path(tempfile.mkdtemp(prefix="entente-trial-"))
    folder = DataFolder(parent / "data")
    folder.hold("trial")
    system = Trial(folder, port=0, demo=demo, durable=durable)
    previous = signal.signal(signal.SIGTERM, _leave)
    try:
        with step("start the servers"):
            system.start_servers()
        system.prepare()
        if start:
            with step("start web, workers and beat"):
                system.start("web")
                system.start_workers()
                system.await_web()
                system.await_workers()
        yield system
    finally:
        system.stop_everything()
        folder.release()
        shutil.rmtree(parent, ignore_errors=True)
        signal.signal(signal.SIGTERM, previous)


def _leave(number: int, frame: object) -> None:
    raise SystemExit(128 + number)
