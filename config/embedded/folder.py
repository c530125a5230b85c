"""The data folder: its lock, its secrets, its sockets and what is known about it."""

import fcntl
import hashlib
import json
import os
import secrets
import time
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent.parent
NOBODY = 65534
LONGEST_SOCKET_PATH = 100  # the system's limit is 107


class Occupied(Exception):
    """Another process of this clone works on the folder; the message names it."""


class DataFolder:
    """Everything one installation keeps, in one folder."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock: TextIO | None = None

    @classmethod
    def chosen(cls, option: str | None = None) -> "DataFolder":
        return cls(Path(option or os.environ.get("ENTENTE_DATA") or ROOT / "var"))

    # -- lock -----------------------------------------------------------------------------------

    def hold(self, what: str, *, patience: float = 0.0) -> None:
        """Take the folder for this process; raise Occupied if another still has it after `patience`."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = (self.path / "lock").open("a+")
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    holder = self.holder()
                    handle.close()
                    raise Occupied(
                        f"`./entente {holder.get('what', '?')}` (process {holder.get('pid', '?')})"
                        f" already works on {self.path}."
                    ) from None
                time.sleep(0.2)
        handle.truncate(0)
        handle.write(json.dumps({"what": what, "pid": os.getpid()}))
        handle.flush()
        self._lock = handle

    def release(self) -> None:
        if self._lock:
            self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    def holder(self) -> dict[str, Any]:
        """Return what the process that holds the lock wrote about itself; empty if there is none."""
        try:
            return dict(json.loads((self.path / "lock").read_text() or "{}"))
        except (OSError, ValueError):
            return {}

    # -- places ---------------------------------------------------------------------------------

    @property
    def logs(self) -> Path:
        return self._made("logs")

    @property
    def run(self) -> Path:
        return self._made("run")

    @property
    def sockets(self) -> Path:
        """A private folder whose path leaves room for a socket's name."""
        folder = self.path / "run"
        if len(str(folder / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH:
            name = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
            folder = Path("/tmp", f"entente-{os.getuid()}-{name}")  # noqa: S108
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Root hands the folder to nobody where PostgreSQL must run as nobody.
        if folder.stat().st_uid not in (os.getuid(), NOBODY if os.getuid() == 0 else os.getuid()):
            raise Occupied(f"{folder} belongs to someone else; choose another data folder.")
        return folder

    def _made(self, name: str) -> Path:
        folder = self.path / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    # -- facts ----------------------------------------------------------------------------------

    def read(self, name: str) -> dict[str, Any]:
        try:
            return dict(json.loads((self.path / name).read_text()))
        except FileNotFoundError:
            return {}

    def write(self, name: str, facts: dict[str, Any]) -> None:
        """Replace a small file of facts at once, readable by its owner only."""
        target = self.path / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            json.dump(facts, out, indent=1)
        part.replace(target)

    @property
    def secrets(self) -> dict[str, str]:
        """Passwords and the signing key, made once for each folder."""
        known = self.read("secrets.json")
        if not known:
            known = {name: secrets.token_urlsafe(32) for name in ("owner", "app", "signing")}
            self.write("secrets.json", known)
        return known

    def environment(self) -> dict[str, str]:
        """Return the variables with which a process finds the folder and its embedded servers.

        What the caller's environment already says about servers and keys is left out: it wins.
        """
        known = self.secrets
        socket = quote(str(self.sockets), safe="")
        found = {"ENTENTE_DATA": str(self.path)}
        if "DATABASE_URL" not in os.environ:
            found["DATABASE_URL"] = f"postgresql://entente_app:{known['app']}@/entente?host={socket}"
            found["DATABASE_OWNER_URL"] = f"postgresql://entente:{known['owner']}@/entente?host={socket}"
        if "REDIS_URL" not in os.environ:
            found["REDIS_URL"] = f"redis+socket://{self.sockets}/valkey.sock?virtual_host=0"
        if "ENTENTE_SECRET_KEY" not in os.environ:
            found["ENTENTE_SECRET_KEY"] = known["signing"]
        return found
