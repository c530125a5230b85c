"""`./entente test`: lint, types, contracts and migrations two at a time, then a case driven by a client that is
generated from the schema, then pytest on a cluster of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from config.embedded.folder import ROOT, DataFolder
from config.embedded.processes import leash
from config.embedded.progress import complain
from config.embedded.servers import PYTHON, Servers, Unavailable

CHROMIUM = Path("/usr/bin/chromium")
BIN = Path(sys.executable).parent
SERVER_VARIABLES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "ENTENTE_DATA", "ENTENTE_DEMO")


@dataclass(frozen=True)
class Check:
    name: str
    command: list[str]
    own_servers: bool = False  # and not those of the tests

    @property
    def environment(self) -> dict[str, str]:
        left_out = SERVER_VARIABLES if self.own_servers else ()
        return {name: value for name, value in os.environ.items() if name not in left_out}


def checks() -> list[Check]:
    """What has to hold before the tests, what takes longest first. Reading the tests leaves their bytecode to
    the processes that run them, which also find the database migrated."""
    templates = [str(path) for path in sorted(ROOT.joinpath("templates").rglob("*.html"))]
    return [
        Check("types", [str(BIN / "mypy"), "."]),
        Check("tests are read", [PYTHON, "-P", "-m", "pytest", "--collect-only", "-qq"]),
        Check("test database", [PYTHON, "-P", "-m", "tests.databases"]),
        Check("built frontend", [PYTHON, "-P", "-m", "config.embedded.frontend"]),
        Check("migrations", [PYTHON, "-P", "manage.py", "makemigrations", "--check", "--dry-run"]),
        Check("ruff check", [str(BIN / "ruff"), "check", "."]),
        Check("ruff format", [str(BIN / "ruff"), "format", "--check", "."]),
        Check("templates", [str(BIN / "djade"), "--target-version", "5.2", "--check", *templates]),
        Check("import contracts", [str(BIN / "lint-imports")]),
    ]


def main(arguments: list[str]) -> int:
    """Run everything, or with arguments only pytest, which gets them; 0 only if all of it passed."""
    for name in SERVER_VARIABLES:
        os.environ.pop(name, None)
    os.environ["PYTHONPATH"] = str(ROOT)
    # Checks, tests and what they start compile every module once, not each for itself.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(Path(sys.prefix) / "bytecode")
    _provide_chromium()
    parent = Path(tempfile.mkdtemp(prefix="entente-test-"))
    folder = DataFolder(parent / "data")
    signal.signal(signal.SIGTERM, _leave)
    os.environ["REDIS_URL"] = ""  # tests speak to no broker; those that kill workers start their own
    servers = Servers(folder, durable=False)
    try:
        folder.hold("test")
        servers.start()
        os.environ.update(folder.environment())
        with ThreadPoolExecutor(2) as lanes:
            results = [] if arguments else list(lanes.map(_run, checks()))
        if not arguments:
            results.append(
                _run(Check("generated client", [str(ROOT / "entente"), "prove", "client"], own_servers=True))
            )
        os.environ["ENTENTE_CHECKS"] = "\n".join(results)
        code = _pytest(arguments)
        return code or int(any("FAILED" in line for line in results))
    except Unavailable as problem:
        complain(str(problem))
        return 1
    finally:
        servers.stop()
        folder.release()
        shutil.rmtree(parent, ignore_errors=True)


def _run(check: Check) -> str:
    """Run one check; its output is shown only if it fails."""
    began = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        env=check.environment,
        preexec_fn=leash(signal.SIGTERM, as_nobody=False),
    )
    if done.returncode:
        print(f"\n--- {check.name}\n{done.stdout.strip()}\n", flush=True)
    line = (
        f"{check.name:.<24} {'ok' if not done.returncode else 'FAILED':<8} {time.monotonic() - began:5.1f} s"
    )
    print(line, flush=True)
    return line


def _pytest(arguments: list[str]) -> int:
    chosen = [word for word in arguments if not word.startswith("-")]
    # Each process keeps to its own half for long: neighbours begin with the same rows (tests/standing.py).
    parallel = (
        ["-n", "2", "--dist", "worksteal"]
        if not any(word.startswith(("-n", "-p", "--pdb")) for word in arguments)
        else []
    )
    command = [PYTHON, "-P", "-m", "pytest", *parallel, *arguments]
    if not chosen:
        command += ["--durations=40", "--durations-min=1"]
    caller = Path.cwd()
    # Paths are those of the caller where they exist from there, else of the clone.
    at_caller = chosen and all((caller / word.partition("::")[0]).exists() for word in chosen)
    done = subprocess.run(
        [*command, "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")],
        cwd=caller if at_caller else ROOT,
        check=False,
        preexec_fn=leash(signal.SIGTERM, as_nobody=False),
    )
    return done.returncode


def _provide_chromium() -> None:
    """Install the browser where root may; elsewhere its tests say that they were skipped."""
    if CHROMIUM.exists() or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("Installing chromium for the browser tests", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"]):
        done = subprocess.run(
            ["apt-get", "-q", *words], env=quiet, capture_output=True, text=True, check=False
        )
        if done.returncode:
            complain(f"apt-get {words[0]} failed: {done.stderr.strip()[-400:]}")
            return


def _leave(number: int, frame: object) -> None:
    raise SystemExit(128 + number)
