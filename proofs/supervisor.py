"""One command up, one signal down: nothing is left behind, whatever kills the supervisor."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

from config.embedded import processes
from config.embedded.folder import ROOT, DataFolder
from config.embedded.progress import step
from config.embedded.system import free_port

ALL = {"postgres", "valkey", "web", "worker", "humanitarian", "clock", "exercises", "webhooks", "beat"}
Children = dict[str, tuple[int, str]]


class Supervised:
    """`./entente up` on a temporary folder, seen from outside."""

    def __init__(self, folder: DataFolder, *options: str) -> None:
        self.folder = folder
        self.port = free_port("127.0.0.1")
        self.log = folder.path.parent / "up.log"
        self.began = time.monotonic()
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [*_entente(), "up", "--data", str(folder.path), "--port", str(self.port), *options],
                cwd="/",
                env=_clean(),
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def await_up(self) -> Children:
        """Return the children once all of them run."""
        while "Ctrl-C stops" not in self.log.read_text():
            if self.process.poll() is not None or time.monotonic() - self.began > 180:
                raise AssertionError(f"It did not come up:\n{self.log.read_text()}")
            time.sleep(0.1)
        children = {name: (pid, born) for name, (pid, born) in self.folder.read("run/children.json").items()}
        assert set(children) == ALL, children
        return children

    def answers(self) -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=10) as answer:
            return bool(answer.status == 200)


def run(arguments: Sequence[str]) -> int:
    parent = Path(tempfile.mkdtemp(prefix="entente-proof-"))
    folder = DataFolder(parent / "data")
    try:
        _play(folder)
    except AssertionError as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        if pid := folder.holder().get("pid"):
            _signal_if_alive(int(pid), signal.SIGTERM)
            time.sleep(5)
        shutil.rmtree(parent, ignore_errors=True)
    print("Proved.")
    return 0


def _play(folder: DataFolder) -> None:
    with step("first start, without the demo alliance"):
        first = Supervised(folder, "--empty")
        children = first.await_up()
        assert first.answers()

    with step("a second supervisor says so and leaves"):
        told = _run_entente("up", "--data", str(folder.path))
        assert told.returncode == 1, told
        assert f"process {first.process.pid}) already works on" in told.stderr, told.stderr
        assert f"127.0.0.1:{first.port}" in told.stderr, told.stderr
        assert first.answers()

    with step("a command runs on the servers that are up"):
        assert (
            "[X] 0001_initial" in _run_entente("showmigrations", "members", "--data", str(folder.path)).stdout
        )

    with step("a killed worker is started again"):
        os.killpg(children["worker"][0], signal.SIGKILL)
        _await(lambda: _alive(folder, "worker") and _children(folder)["worker"] != children["worker"], 20)

    with step("kill -9 of the supervisor takes everything down"):
        children = _children(folder)
        first.process.kill()
        first.process.wait()
        _await(lambda: not any(_lives(child) for child in children.values()), 20)

    with step("the next start follows at once"):
        second = Supervised(folder)
        children = second.await_up()
        assert second.answers()

    with step("a demo is refused where real work may be"):
        second.process.send_signal(signal.SIGINT)
        assert second.process.wait(60) == 0
        assert not any(_lives(child) for child in children.values())
        refused = _run_entente("up", "--data", str(folder.path), "--demo")
        assert refused.returncode == 2, refused
        assert "without the demo alliance" in refused.stderr

    with step("a taken port is named"):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            refused = _run_entente("up", "--data", str(folder.path), "--port", str(port))
        assert refused.returncode == 2, refused
        assert f"Port {port} is taken" in refused.stderr

    with step("SIGTERM stops web and workers before the servers"):
        third = Supervised(folder)
        children = third.await_up()
        began = time.monotonic()
        third.process.terminate()
        gone: dict[str, float] = {}
        while len(gone) < len(children) and time.monotonic() - began < 60:
            for name, child in children.items():
                if name not in gone and not _lives(child):
                    gone[name] = time.monotonic()
            time.sleep(0.005)
        assert set(gone) == ALL, gone
        servers = min(gone["postgres"], gone["valkey"])
        assert all(gone[name] <= servers for name in ALL - {"postgres", "valkey"}), gone
        assert third.process.wait(10) == 0

    with step("a command without a supervisor brings its own servers"):
        done = _run_entente("showmigrations", "members", "--data", str(folder.path))
        assert "[X] 0001_initial" in done.stdout, done
        assert not any(_lives(child) for child in _children(folder).values())


def _clean() -> dict[str, str]:
    """Return the environment without the servers of whoever runs the proof."""
    own = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "ENTENTE_DATA")
    return {name: value for name, value in os.environ.items() if name not in own}


def _entente() -> list[str]:
    return (
        [str(ROOT / "entente")]
        if (ROOT / ".venv").exists()
        else [sys.executable, "-P", "-m", "config.embedded"]
    )


def _run_entente(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_entente(), *words], cwd="/", env=_clean(), capture_output=True, text=True, timeout=120, check=False
    )


def _children(folder: DataFolder) -> Children:
    return {name: (pid, born) for name, (pid, born) in folder.read("run/children.json").items()}


def _alive(folder: DataFolder, name: str) -> bool:
    return name in _children(folder) and _lives(_children(folder)[name])


def _lives(child: tuple[int, str]) -> bool:
    return processes.started_at(child[0]) == child[1]


def _signal_if_alive(pid: int, number: signal.Signals) -> None:
    if processes.started_at(pid) is not None:
        os.kill(pid, number)


def _await(condition: Callable[[], bool], patience: float) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("It did not happen in time.")
        time.sleep(0.05)
