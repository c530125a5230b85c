"""A client that a generator makes from our schema, and nobody wrote, drives a case from draft to licence.

`openapi-python-client` generates it from the schema that the running platform serves; `proofs/_generated.py` uses
nothing but the generated functions and types, with keys and tags, and stops at the first answer that is not typed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tomllib
import urllib.request
import venv
from collections.abc import Sequence
from pathlib import Path

from config.embedded.folder import ROOT, DataFolder
from config.embedded.progress import step
from config.embedded.trial import trial

GROUP = "client"
DRIVER = Path(__file__).with_name("_generated.py")


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente prove client", description=__doc__)
    parser.parse_args(arguments)
    with step("install the generator"):
        python = _python()
    with trial() as system:
        work = system.folder.path / "generated"
        work.mkdir()
        with step("generate a client from the schema"):
            _generate(python, system.url, work)
        clients = system.folder.path / "demo-clients.json"
        done = subprocess.run(
            [str(python), str(DRIVER), system.url, str(clients)],
            env={**os.environ, "PYTHONPATH": str(work / "client")},
            check=False,
            timeout=300,
        )
    if done.returncode:
        print("NOT PROVED.")
        return 1
    print("Proved.")
    return 0


def _python() -> Path:
    """Return the Python that has the generator, installing it at the first call."""
    folder = DataFolder.chosen().path / "client-venv"
    python, note = folder / "bin" / "python", folder / "installed.txt"
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = list(document["dependency-groups"][GROUP])
    if not note.exists() or note.read_text() != "\n".join(wanted):
        venv.create(folder, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, *wanted], check=True, timeout=600)
        note.write_text("\n".join(wanted))
    return python


def _generate(python: Path, address: str, work: Path) -> None:
    schema = work / "openapi.json"
    with urllib.request.urlopen(f"{address}/api/v1/openapi.json", timeout=60) as answer:
        schema.write_bytes(answer.read())
    config = work / "config.yaml"
    config.write_text("content_type_overrides:\n  text/csv: application/octet-stream\n")  # it knows no CSV
    command = [str(python.with_name("openapi-python-client")), "generate", "--path", str(schema)]
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))  # has ruff
    done = subprocess.run(
        [
            *(*command, "--output-path", str(work / "client"), "--overwrite", "--fail-on-warning"),
            *("--config", str(config)),
        ],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode:
        raise SystemExit(f"The schema makes no client without warnings:\n{done.stdout}{done.stderr}")
