"""The data folder belongs to one process, and children never outlive theirs."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.embedded import __main__ as dispatch
from config.embedded import processes, system
from config.embedded.folder import LONGEST_SOCKET_PATH, ROOT, DataFolder, Occupied
from config.embedded.progress import table
from config.embedded.system import System


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "ENTENTE_SECRET_KEY", "ENTENTE_DATA"):
        monkeypatch.delenv(name, raising=False)
    return DataFolder(tmp_path / "data")


def test_a_second_process_is_told_who_has_the_folder(folder):
    folder.hold("up")
    with pytest.raises(Occupied, match=rf"entente up` \(process {os.getpid()}\) already works on"):
        DataFolder(folder.path).hold("up")
    folder.release()
    DataFolder(folder.path).hold("up")


def test_secrets_are_made_once_and_readable_by_their_owner_only(folder):
    first = folder.secrets
    assert DataFolder(folder.path).secrets == first
    assert stat.S_IMODE((folder.path / "secrets.json").stat().st_mode) == 0o600
    assert len(set(first.values())) == 3


def test_sockets_of_a_deep_folder_get_a_short_path(tmp_path):
    deep = DataFolder(tmp_path / ("d" * 60) / ("e" * 60))
    assert len(str(deep.sockets / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH
    assert stat.S_IMODE(deep.sockets.stat().st_mode) == 0o700
    deep.sockets.rmdir()


def test_the_working_role_and_the_owner_get_different_addresses(folder):
    found = folder.environment()
    assert found["DATABASE_URL"].startswith("postgresql://entente_app:")
    assert found["DATABASE_OWNER_URL"].startswith("postgresql://entente:")
    assert found["REDIS_URL"].startswith("redis+socket:///")


def test_addresses_that_the_caller_gives_win(folder, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@db.example.org/entente")
    monkeypatch.setenv("REDIS_URL", "redis://cache.example.org")
    assert set(folder.environment()) == {"ENTENTE_DATA", "ENTENTE_SECRET_KEY"}


@pytest.mark.parametrize(
    ("bind", "demo", "allowed"),
    [("127.0.0.1", True, "1"), ("127.0.0.1", False, "0"), ("0.0.0.0", True, "0"), ("192.0.2.7", True, "0")],
)
def test_the_demo_sign_in_is_on_for_demo_data_on_loopback_only(folder, bind, demo, allowed):
    assert System(folder, bind=bind, demo=demo).environment["ENTENTE_DEMO"] == allowed


def test_the_callers_own_postgresql_variables_do_not_reach_the_platform(folder, monkeypatch):
    monkeypatch.setenv("PGOPTIONS", "-c role=postgres")
    assert "PGOPTIONS" not in System(folder).environment


def test_the_data_folder_can_be_named_anywhere_in_a_command():
    words = ["lists", "--data", "/srv/x", "load", "ofac"]
    assert dispatch._without_data_option(words) == (["lists", "load", "ofac"], "/srv/x")
    assert dispatch._without_data_option(["check", "--data=/srv/x"]) == (["check"], "/srv/x")
    assert dispatch._without_data_option(["check"]) == (["check"], None)


def test_a_table_is_as_wide_as_its_longest_cells():
    assert table(["Name", "Role"], [["Ann", "Decider"]]) == "Name  Role\n----  -------\nAnn   Decider"


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
@pytest.mark.parametrize("as_nobody", [False, True])
def test_a_child_dies_when_its_parent_is_killed(tmp_path: Path, as_nobody):
    script = f"""
import signal, sys, time
from pathlib import Path
from config.embedded.processes import Program, start
signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell that put us into the background has it ignored
running = start(
    Program("sleeper", ["sleep", "60"], stop_signal=signal.SIGINT, as_nobody={as_nobody}),
    log=Path({str(tmp_path / "log")!r}), env={{"PATH": "/usr/bin:/bin"}}, cwd=Path("/"),
)
print(running.process.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    born = processes.started_at(child)
    assert born is not None
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 5
    while processes.started_at(child) == born and time.monotonic() < deadline:
        time.sleep(0.02)
    assert processes.started_at(child) != born


def test_what_a_killed_supervisor_left_is_awaited_and_then_killed(tmp_path):
    stubborn = subprocess.Popen(["sleep", "60"])
    processes.await_gone({"sleeper": (stubborn.pid, processes.started_at(stubborn.pid))}, patience=0.2)
    assert stubborn.wait(5) == -signal.SIGKILL


def test_a_process_that_only_inherited_the_number_is_left_alone():
    other = subprocess.Popen(["sleep", "60"])
    processes.await_gone({"sleeper": (other.pid, "1")}, patience=0.2)
    assert other.poll() is None
    other.kill()
    other.wait()


def test_preparation_is_repeated_when_the_source_changes(folder, monkeypatch):
    ran = []
    monkeypatch.setattr(system, "source_stamp", lambda: "first")
    monkeypatch.setattr(system.subprocess, "Popen", lambda *words, **more: ran.append(words) or Done())
    System(folder).prepare()
    System(folder).prepare()
    assert len(ran) == 1
    monkeypatch.setattr(system, "source_stamp", lambda: "second")
    System(folder).prepare()
    System(folder, demo=True).prepare()
    assert len(ran) == 3


def test_the_source_stamp_stays_while_nothing_changes():
    assert system.source_stamp() == system.source_stamp()


class Done:
    def wait(self) -> int:
        return 0
