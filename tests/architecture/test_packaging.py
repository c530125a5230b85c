"""Files that machines read: locks, compose file, CI entry."""

import os
import re
import subprocess
import tomllib

import pytest
import yaml

from tests.architecture import source

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock")


def pins(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in (source.ROOT / name).read_text().splitlines():
        if match := re.match(r"([a-z0-9._-]+)==([^\s;\\]+)", line):
            found.setdefault(match[1], set()).add(match[2])
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_locks_name_no_host_and_no_folder(name):
    text = (source.ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^(-|#)|\s(/|file:)", text, re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash(name):
    blocks = re.split(r"\n(?=[a-z])", (source.ROOT / name).read_text().strip())
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_development_lock_contains_the_runtime_at_the_same_versions():
    runtime, development = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: versions for name, versions in runtime.items() if development.get(name) != versions} == {}


def test_the_lock_contains_every_declared_dependency():
    project = tomllib.loads((source.ROOT / "pyproject.toml").read_text())
    declared = project["project"]["dependencies"]
    names = {re.match(r"[A-Za-z0-9._-]+", line)[0].lower().replace("_", "-") for line in declared}
    assert names - set(pins("requirements.lock")) == set()
    dev = {re.match(r"[A-Za-z0-9._-]+", line)[0].lower() for line in project["dependency-groups"]["dev"]}
    assert dev - set(pins("requirements-dev.lock")) == set()


def test_the_compose_file_runs_the_processes_of_the_platform():
    compose = yaml.safe_load((source.ROOT / "docker-compose.yml").read_text())
    services = compose["services"]
    processes = ("web", "worker", "humanitarian", "clock", "exercises", "webhooks", "beat")
    assert set(services) == {"prepare", *processes, "postgres", "redis"}
    assert "-Q clock" in " ".join(services["clock"]["command"])
    assert "-Q standard " in " ".join(services["worker"]["command"])
    assert "-Q humanitarian " in " ".join(services["humanitarian"]["command"])
    for name in processes:
        assert {"DATABASE_URL", "REDIS_URL", "ENTENTE_SECRET_KEY"} <= set(services[name]["environment"]), name
        assert "DATABASE_OWNER_URL" not in services[name]["environment"], f"{name} needs no owner"
    assert "DATABASE_OWNER_URL" in services["prepare"]["environment"]


@pytest.mark.parametrize("name", ["entente", ".ci/run"])
def test_scripts_can_be_run(name):
    path = source.ROOT / name
    assert os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/bin/sh")


def test_no_committed_file_names_a_package_registry_or_a_folder_of_this_machine():
    banned = re.compile(
        "|".join(["py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.", "/work/" + "(shared|wt|main)"])
    )
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=source.ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("NO GIT: this is not a clone")
    naming = [
        name
        for name in listed.stdout.split("\0")
        if name and banned.search((source.ROOT / name).read_bytes().decode("utf-8", "ignore"))
    ]
    assert naming == []
