"""The whole platform on one machine: embedded servers, web, workers and beat."""

import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from config.embedded import processes
from config.embedded.folder import ROOT, DataFolder, Occupied
from config.embedded.processes import Program, Running
from config.embedded.servers import MANAGE, PYTHON, Servers, Unavailable

PREPARED = "prepared.json"
UNDO_PREPARATION = {"dbshell", "flush", "migrate", "prepare", "restore"}
QUEUES = ("worker", "humanitarian", "clock", "exercises", "webhooks")  # processes that take tasks
WORKERS = (*QUEUES, "beat")
LONGEST_LOG = 20 * 1024 * 1024  # bytes; checked at each start, one older log is kept
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class System:
    """One running platform on one data folder; the caller holds the folder's lock."""

    def __init__(
        self,
        folder: DataFolder,
        *,
        bind: str = "127.0.0.1",
        port: int = 8000,
        demo: bool = False,
        durable: bool = True,
    ) -> None:
        self.folder = folder
        self.bind = bind
        self.port = port or free_port(bind)
        self.demo = demo
        self.servers = Servers(folder, durable=durable)
        self.children: dict[str, Running] = {}

    @property
    def url(self) -> str:
        host = f"[{self.bind}]" if ":" in self.bind else self.bind
        return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{self.port}"  # noqa: S104

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the platform is started with."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        own = self.folder.environment()
        own["PYTHONPATH"] = str(ROOT)
        own.setdefault("ENTENTE_URL", os.environ.get("ENTENTE_URL", self.url))
        own["ENTENTE_DEMO"] = "1" if self.demo and self.bind in LOOPBACK else "0"
        return kept | own

    def programs(self) -> dict[str, Program]:
        celery = [PYTHON, "-P", "-m", "celery", "-A", "config.celery:app"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]
        return {
            "web": Program(
                "web",
                [
                    *(PYTHON, "-P", "-m", "gunicorn", "config.wsgi:application"),
                    *("--bind", f"{self.bind}:{self.port}", "--preload", "--no-control-socket"),
                    *("--workers", "2", "--threads", "4", "--graceful-timeout", "8"),
                    *("--access-logfile", str(self.folder.logs / "access.log")),
                ],
            ),
            "worker": Program(
                "worker",
                [*celery, "worker", "-n", "worker@%h", "-Q", "standard", "-c", "2", *quiet],
            ),
            # The lane's own worker: no surge elsewhere stands before its cases.
            "humanitarian": Program(
                "humanitarian",
                [*celery, "worker", "-n", "humanitarian@%h", "-Q", "humanitarian", "-c", "1", *quiet],
            ),
            "clock": Program(
                "clock", [*celery, "worker", "-n", "clock@%h", "-Q", "clock", "--pool", "solo", *quiet]
            ),
            # An exercise takes minutes: no case waits behind it.
            "exercises": Program(
                "exercises", [*celery, "worker", "-n", "exercises@%h", "-Q", "exercises", "-c", "1", *quiet]
            ),
            # Waiting for the answers of others takes threads, not processors: an endpoint each.
            "webhooks": Program(
                "webhooks",
                [
                    *celery,
                    "worker",
                    "-n",
                    "webhooks@%h",
                    "-Q",
                    "webhooks",
                    "--pool",
                    "threads",
                    "-c",
                    "20",
                    *quiet,
                ],
            ),
            "beat": Program(
                "beat",
                [
                    *(*celery, "beat", "--loglevel", "WARNING", "--pidfile="),
                    *("--schedule", str(self.folder.run / "beat-schedule")),
                ],
            ),
        }

    # -- starting -------------------------------------------------------------------------------

    def start_servers(self) -> None:
        """Start the embedded servers, once those of a killed supervisor have left."""
        left_over = {name: (pid, born) for name, (pid, born) in self.folder.read("run/children.json").items()}
        processes.await_gone(left_over, patience=20.0)
        self._put_long_logs_aside()
        self.servers.start()
        self._note_children()

    def _put_long_logs_aside(self) -> None:
        for log in self.folder.logs.glob("*.log"):
            if log.stat().st_size > LONGEST_LOG:
                log.replace(log.with_suffix(".log.1"))

    def prepare(self) -> None:
        """Migrate and load what is missing; its progress goes to this process's output.

        With an embedded database nothing is done if the same source has prepared it before.
        """
        wanted = {"source": source_stamp(), "demo": self.demo}
        if self.servers.postgres and self.folder.read(PREPARED) == wanted:
            return
        done = subprocess.Popen(
            [*MANAGE, "prepare", *(["--demo"] if self.demo else [])],
            env=self.environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            preexec_fn=processes.leash(signal.SIGTERM, as_nobody=False),
        )
        try:
            code = done.wait()
        except BaseException:
            done.terminate()
            done.wait()
            raise
        if code:
            raise Unavailable("The database could not be prepared.")
        self.folder.write(PREPARED, wanted)

    def start(self, name: str) -> None:
        """Start one of web, worker, humanitarian, clock, exercises, webhooks, beat."""
        environment = self.environment
        self._ready_mark(name).unlink(missing_ok=True)
        if name in QUEUES:
            # A soft shutdown: finish what takes seconds, hand the rest back to the queue.
            environment["REMAP_SIGTERM"] = "SIGQUIT"
        self.children[name] = processes.start(
            self.programs()[name], log=self.folder.logs / f"{name}.log", env=environment, cwd=ROOT
        )
        self._note_children()

    def start_workers(self) -> None:
        for name in WORKERS:
            self.start(name)

    def await_web(self, *, patience: float = 90.0) -> None:
        """Return once the platform can work and its start page answers HTTP 200."""
        deadline = time.monotonic() + patience
        answer = "nothing"
        while time.monotonic() < deadline and self.children["web"].poll() is None:
            answers = [self._ask(path) for path in ("/health/ready", "/")]
            if answers == ["HTTP 200", "HTTP 200"]:
                return
            answer = ", ".join(answers)
            time.sleep(0.1)
        raise Unavailable(f"The web server answered {answer}; see {self.folder.logs / 'web.log'}.")

    def _ask(self, path: str) -> str:
        """Ask the listener itself, under the name that people use for it."""
        named = urlsplit(self.environment["ENTENTE_URL"])
        caller = http.client.HTTPConnection(urlsplit(self.url).hostname or "", self.port, timeout=10)
        try:
            caller.request("GET", path, headers={"Host": named.netloc})
            answer = caller.getresponse()
        except OSError:
            return "nothing"
        finally:
            caller.close()
        # Behind a proxy that speaks https, plain http is answered by the way there.
        on_the_way = named.scheme == "https" and answer.status == 301
        return f"HTTP {200 if on_the_way else answer.status}"

    def await_workers(self, *, patience: float = 60.0) -> None:
        """Return once the workers take tasks and beat sends them."""
        deadline = time.monotonic() + patience
        for name in WORKERS:
            while not self._ready_mark(name).exists():
                if time.monotonic() > deadline or self.children[name].poll() is not None:
                    raise Unavailable(f"{name} did not start; see {self.folder.logs / name}.log.")
                time.sleep(0.1)

    def _ready_mark(self, name: str) -> Path:
        return self.folder.run / f"{name}.ready"

    # -- stopping -------------------------------------------------------------------------------

    def stop(self, *names: str) -> None:
        """Stop some processes at once, in parallel, each with its own patience."""
        leaving = [self.children.pop(name) for name in names if name in self.children]
        for running in leaving:
            running.ask_to_stop()
        for running in leaving:
            running.wait_stopped(time.monotonic() + running.program.patience)

    def stop_everything(self) -> None:
        """Stop web, workers and beat, then the servers they stand on."""
        try:
            self.stop(*self.children)
        finally:
            self.servers.stop()
            (self.folder.path / "run" / "children.json").unlink(missing_ok=True)

    def pid(self, name: str) -> int:
        """Return the process number of web, worker, humanitarian, clock, exercises, webhooks, beat, postgres,
        valkey."""
        return self._everyone()[name].process.pid

    def _everyone(self) -> dict[str, Running]:
        return {**{running.program.name: running for running in self.servers.running}, **self.children}

    def _note_children(self) -> None:
        born = {name: processes.started_at(running.process.pid) for name, running in self._everyone().items()}
        known = {
            name: [running.process.pid, born[name]]
            for name, running in self._everyone().items()
            if born[name] is not None
        }
        self.folder.write("run/children.json", known)


def source_stamp() -> str:
    """Name the present state of everything that `prepare` depends on, by size and time of change."""
    digest = hashlib.sha256(ROOT.joinpath("requirements.lock").read_bytes())
    packages = sorted(init.parent for init in ROOT.glob("*/__init__.py"))
    for folder in [*packages, ROOT / "static"]:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                stat = path.stat()
                digest.update(f"{path.relative_to(ROOT)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def free_port(bind: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET) as probe:
        probe.bind((bind, 0))
        return int(probe.getsockname()[1])


def port_is_free(bind: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError:
            return False
        return True


@contextmanager
def servers_of(folder: DataFolder, what: str, *, patience: float = 120.0) -> Iterator[None]:
    """Use the folder's servers: those that `up` runs, else its own for the time."""
    supervised = folder.holder().get("what") in ("up", "trial")
    try:
        folder.hold(what, patience=0.0 if supervised else patience)
    except Occupied:
        if not supervised:
            raise
        yield
        return
    system = System(folder)
    try:
        system.start_servers()
        yield
    finally:
        system.stop_everything()
        folder.release()


def run_command(folder: DataFolder, arguments: list[str]) -> int:
    """Run a management command in the foreground, with the folder's environment."""
    if arguments[0] in UNDO_PREPARATION:
        (folder.path / PREPARED).unlink(missing_ok=True)
    environment = System(folder, port=8000).environment
    for name in ("ENTENTE_URL", "ENTENTE_DEMO"):
        if name not in os.environ:
            environment.pop(name, None)
    if "ENTENTE_URL" not in environment and (running := folder.read("run/address.json").get("url")):
        environment["ENTENTE_URL"] = running  # members are named after the address at which they are served
    child = subprocess.Popen([*MANAGE, *arguments], env=environment)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # the command got the same Ctrl-C from the terminal and decides itself


def known_people(folder: DataFolder) -> list[dict[str, str]]:
    path: Path = folder.path / "run" / "people.json"
    return list(json.loads(path.read_text())) if path.exists() else []
