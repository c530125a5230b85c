"""Child processes that never outlive their supervisor, whatever happens to it."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.embedded.folder import NOBODY

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Program:
    """A long-running command: what starts it, what stops it, and under which user it must appear."""

    name: str
    command: Sequence[str]
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 15.0  # seconds between the stop signal and SIGKILL
    as_nobody: bool = False


@dataclass
class Running:
    program: Program
    process: subprocess.Popen[bytes]

    def poll(self) -> int | None:
        return self.process.poll()

    def ask_to_stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(self.program.stop_signal)

    def wait_stopped(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic seconds), then kill the whole session."""
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        self.ask_to_stop()
        self.wait_stopped(time.monotonic() + self.program.patience)


def start(program: Program, *, log: Path, env: Mapping[str, str], cwd: Path) -> Running:
    """Start in an own session, with output appended to `log`, tied to the life of this process."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            list(program.command),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=leash(program.stop_signal, as_nobody=program.as_nobody),
        )
    return Running(program, process)


def leash(stop_signal: signal.Signals, *, as_nobody: bool) -> Callable[[], None]:
    """Return what a child does before exec: become nobody where asked, and die with its parent."""
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()
    use_namespace = as_nobody and os.geteuid() == 0 and user_namespaces_work()
    drop_user = as_nobody and os.geteuid() == 0 and not use_namespace
    on_linux = sys.platform == "linux"

    def before_exec() -> None:
        if use_namespace:
            _enter_namespace(libc)
        elif drop_user:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        if on_linux:
            # Last, because a change of user clears the parent-death signal.
            libc.prctl(PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return before_exec


def _enter_namespace(libc: ctypes.CDLL) -> None:
    """Appear as nobody inside while every file stays owned by root outside."""
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (
        ("uid_map", f"{NOBODY} 0 1"),
        ("setgroups", "deny"),
        ("gid_map", f"{NOBODY} 0 1"),
    ):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(descriptor, text.encode())
        os.close(descriptor)


_namespaces: bool | None = None


def user_namespaces_work() -> bool:
    """Try once whether root may enter a user namespace here (some containers forbid it)."""
    global _namespaces
    if _namespaces is None:
        child = os.fork()
        if child == 0:
            try:
                _enter_namespace(ctypes.CDLL(None, use_errno=True))
                os._exit(0 if os.geteuid() == NOBODY else 1)
            except BaseException:
                os._exit(1)
        _namespaces = os.waitpid(child, 0)[1] == 0
    return _namespaces


def started_at(pid: int) -> str | None:
    """Return what tells a process from a later one with the same number, None if it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def await_gone(pids: Mapping[str, tuple[int, str]], *, patience: float) -> None:
    """Wait for the processes of a killed supervisor to leave; kill those that will not."""
    deadline = time.monotonic() + patience
    for pid, born in pids.values():
        while started_at(pid) == born and time.monotonic() < deadline:
            time.sleep(0.1)
        if started_at(pid) == born:
            os.kill(pid, signal.SIGKILL)
            time.sleep(0.2)
