"""`./entente sandbox`: a place for each partner to try everything, on a cluster that is not the platform's."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import Any

from config.embedded import processes
from config.embedded.folder import ROOT, DataFolder, Occupied
from config.embedded.processes import Program, Running
from config.embedded.progress import complain, step, table
from config.embedded.servers import PYTHON, Servers, Unavailable
from config.embedded.system import LOOPBACK, port_is_free
from config.embedded.trial import SERVER_VARIABLES

PARTNERS = "partners.json"  # name: port
NAME = re.compile(r"[a-z][a-z0-9]{1,19}")
WANTED, SHOWN_ONCE, NOTE = "reset-wanted", "credentials.json", "sandbox.json"
PATIENCE = 180.0  # seconds for a sandbox to come up or to be reset


class Stopped(BaseException):
    """A signal asked to leave."""


class Sandboxes:
    """The cluster of a folder and one process for each partner; the caller holds the folder's lock."""

    def __init__(
        self, folder: DataFolder, *, bind: str = "127.0.0.1", url: str = "", durable: bool = True
    ) -> None:
        self.folder = folder
        self.bind = bind
        self.public = url
        for name in SERVER_VARIABLES:
            os.environ.pop(name, None)
        os.environ["REDIS_URL"] = ""  # no broker: a sandbox takes its deliveries itself
        self.servers = Servers(folder, durable=durable)
        self.running: dict[str, Running] = {}

    @property
    def partners(self) -> dict[str, int]:
        return {name: int(port) for name, port in self.folder.read(PARTNERS).items()}

    def add(self, name: str, port: int) -> None:
        """Enter a partner; one that is known keeps its port, so that its address and its members' names stay."""
        if not NAME.fullmatch(name):
            raise Unavailable(f"{name}: name a partner by 2 to 20 small letters and digits.")
        known = self.partners
        if name not in known:
            taken = set(known.values())
            while port in taken or not port_is_free(self.bind, port):
                port += 1
            self.folder.write(PARTNERS, {**known, name: port})

    def of(self, name: str) -> DataFolder:
        folder = DataFolder(self.folder.path / name)
        folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def url(self, name: str) -> str:
        """Return the address that people use."""
        return self.public.format(partner=name) if self.public else self.listener(name)

    def listener(self, name: str) -> str:
        host = "127.0.0.1" if self.bind == "0.0.0.0" else self.bind  # noqa: S104
        return f"http://{host}:{self.partners[name]}"

    def environment(self, name: str) -> dict[str, str]:
        """What a partner's process is started with: its own database, folder, secret and address."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "ENTENTE_"))}
        own = self.folder.environment()
        for key in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            own[key] = own[key].replace("@/entente?", f"@/sandbox_{name}?")
        folder = self.of(name)
        return (
            kept
            | own
            | {
                "PYTHONPATH": str(ROOT),
                "REDIS_URL": "",
                "ENTENTE_DATA": str(folder.path),
                "ENTENTE_SECRET_KEY": folder.secrets["signing"],
                "ENTENTE_URL": self.url(name),
                "ENTENTE_SANDBOX": name,
                "ENTENTE_DEMO": "1" if self.bind in LOOPBACK and not self.public else "0",
                "ENTENTE_BEHIND_PROXY": "1" if self.public else "0",
            }
        )

    def start(self) -> None:
        """Start the cluster and every sandbox, and return once each answers."""
        if not self.partners:
            raise Unavailable("There is no sandbox yet: name the first with --partner NAME.")
        self.prepare()
        for name in self.partners:
            self.start_one(name)
        for name in self.partners:
            with step(f"bring up the sandbox of {name}"):
                self.await_one(name)

    def prepare(self) -> None:
        """Start the cluster, and make what the sandboxes are cloned from."""
        with step("start PostgreSQL"):
            self.servers.start()
        prepared = subprocess.run(
            [PYTHON, "-P", "-m", "config.sandbox.prepare"],
            env=self.environment(next(iter(self.partners))),
            cwd=ROOT,
            check=False,
            preexec_fn=processes.leash(signal.SIGTERM, as_nobody=False),
        )
        if prepared.returncode:
            raise Unavailable("What sandboxes are cloned from could not be made.")

    def start_one(self, name: str) -> None:
        command = [
            *(PYTHON, "-P", "-m", "gunicorn", "config.wsgi:application"),
            *("--config", "python:config.sandbox.server", "--bind", f"{self.bind}:{self.partners[name]}"),
            *("--access-logfile", str(self.of(name).logs / "access.log")),
        ]
        self.running[name] = processes.start(
            Program(f"sandbox {name}", command), log=self.log(name), env=self.environment(name), cwd=ROOT
        )

    def log(self, name: str) -> Path:
        return self.of(name).logs / "sandbox.log"

    def await_one(self, name: str) -> None:
        deadline = time.monotonic() + PATIENCE
        asked = urllib.request.Request(f"{self.listener(name)}/health/ready")  # noqa: S310
        asked.add_header("Host", self.url(name).partition("://")[2])
        while time.monotonic() < deadline and self.running[name].poll() is None:
            try:
                with urllib.request.urlopen(asked, timeout=60):  # noqa: S310 - its own listener
                    return
            except urllib.error.HTTPError as answer:
                if 300 <= answer.code < 400:  # plain http is sent on to https
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise Unavailable(f"The sandbox of {name} did not come up; see {self.log(name)}.")

    def stop(self) -> None:
        for running in self.running.values():
            running.ask_to_stop()
        for running in self.running.values():
            running.wait_stopped(time.monotonic() + running.program.patience)
        self.running.clear()
        self.servers.stop()

    def watch(self) -> None:
        """Start again what dies; leave where the cluster does."""
        while True:
            for server in self.servers.running:
                if server.poll() is not None:
                    raise Unavailable(f"{server.program.name} left with code {server.poll()}.")
            for name, running in list(self.running.items()):
                if running.poll() is not None:
                    complain(f"The sandbox of {name} left with code {running.poll()}; starting it again.")
                    time.sleep(2)
                    self.start_one(name)
            time.sleep(0.5)


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    folder = DataFolder(DataFolder.chosen(options.data).path / "sandboxes")
    try:
        if options.act == "up":
            return _up(folder, options)
        if options.act == "list":
            return _list(folder)
        if options.partner not in folder.read(PARTNERS):
            raise Unavailable(
                f"There is no sandbox of {options.partner}: ./entente sandbox up --partner NAME."
            )
        return {"reset": _reset, "credentials": _credentials}[options.act](folder, options)
    except (Unavailable, Occupied) as problem:
        complain(str(problem))
        return 1


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./entente sandbox",
        description="A place for each partner to try everything: its own process, database, keys and clock.",
    )
    acts = parser.add_subparsers(dest="act", required=True)
    up = acts.add_parser("up", help="run every sandbox of the folder")
    up.add_argument(
        "--partner", action="append", default=[], metavar="NAME", help="add one (may be repeated)"
    )
    up.add_argument(
        "--port", type=int, default=8100, help="of the first; each has its own (default: %(default)s)"
    )
    up.add_argument("--bind", default="127.0.0.1", help="address they listen on (default: %(default)s)")
    up.add_argument(
        "--url",
        default="",
        metavar="URL",
        help="under which a proxy shows them, such as https://{partner}.sandbox.example.org",
    )
    acts.add_parser("list", help="name them, with their addresses")
    reset = acts.add_parser("reset", help="put one back as it was made")
    shown = acts.add_parser("credentials", help="print what opens one: once, since only hashes are kept")
    shown.add_argument("--renew", action="store_true", help="make new ones; the old open nothing any more")
    for act in (reset, shown):
        act.add_argument("partner", metavar="NAME")
    for act in (up, reset, shown, acts.choices["list"]):
        act.add_argument("--data", metavar="DIR", help="data folder (default: ENTENTE_DATA, else var/)")
    return parser.parse_args(arguments)


def _up(folder: DataFolder, options: argparse.Namespace) -> int:
    folder.hold("sandbox up")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_stopped)
    sandboxes = Sandboxes(folder, bind=options.bind, url=options.url)
    try:
        for name in options.partner:
            sandboxes.add(name, options.port)
        sandboxes.start()
        print("\n" + _table(folder, sandboxes.url) + "\n")
        print(
            "What opens them, once: ./entente sandbox credentials NAME. Ctrl-C stops everything.", flush=True
        )
        sandboxes.watch()
    except Stopped:
        print("\nStopping", flush=True)
    finally:
        sandboxes.stop()
        folder.release()
    return 0


def _table(folder: DataFolder, url: Any) -> str:
    rows = []
    for name in folder.read(PARTNERS):
        known = DataFolder(folder.path / name).read(NOTE)
        rows.append([name, url(name), str(known.get("reset_at", "")), f"{known.get('took_seconds', '')} s"])
    return table(["Partner", "Address", "Reset at", "Took"], rows)


def _list(folder: DataFolder) -> int:
    print(_table(folder, lambda name: f"port {folder.read(PARTNERS)[name]}"))
    return 0


def _reset(folder: DataFolder, options: argparse.Namespace) -> int:
    _await_reset(folder, options.partner, "reset")
    known = DataFolder(folder.path / options.partner).read(NOTE)
    print(f"Put back in {known['took_seconds']} s; its clock is this machine's again.")
    return 0


def _credentials(folder: DataFolder, options: argparse.Namespace) -> int:
    if options.renew:
        _await_reset(folder, options.partner, "reset and renew")
    path = folder.path / options.partner / SHOWN_ONCE
    if not path.exists():
        raise Unavailable("They have been shown. Make new ones with --renew; that resets the sandbox.")
    print(json.dumps(json.loads(path.read_text()), indent=1, ensure_ascii=False))
    path.unlink()
    return 0


def _await_reset(folder: DataFolder, name: str, wanted: str) -> None:
    """Leave word for the partner's process, and return once it has done it."""
    if not folder.holder():
        raise Unavailable("The sandboxes do not run: ./entente sandbox up.")
    word = folder.path / name / WANTED
    word.write_text(wanted)
    deadline = time.monotonic() + PATIENCE
    while word.exists():
        if time.monotonic() > deadline:
            raise Unavailable(f"It was not reset in time; see {folder.path / name / 'logs' / 'sandbox.log'}.")
        time.sleep(0.2)


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    raise Stopped
