"""An engine in a process of its own: started, asked, weighed, stopped."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.screening.parties import Answer, Question
from bench.screening.peers import Peer
from config.embedded.folder import ROOT

BATCH = 200


class Failed(Exception):
    """The process of an engine ended; its own words stand on stderr above."""


class Process:
    def __init__(self, peer: Peer, python: str = sys.executable) -> None:
        self.peer = peer
        # One thread for every engine; and a fixed hash seed, so that a run can be repeated.
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            [python, "-m", "bench.screening.peers.worker", peer.module],
            cwd=ROOT,
            env={**os.environ, **threads, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def order(self, act: str, **arguments: Any) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(json.dumps({"act": act, **arguments}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise Failed(f"{self.peer.name} ended") from None
        if not (line := self._process.stdout.readline()):
            raise Failed(f"{self.peer.name} ended during {act}")
        return dict(json.loads(line))

    def build(self, parties: Path, folder: Path) -> tuple[float, float]:
        """Index the parties and open the index; return the seconds of each."""
        built = self.order("build", parties=str(parties), folder=str(folder))["seconds"]
        return built, self.order("load", folder=str(folder))["seconds"]

    def ask(self, questions: Sequence[Question]) -> tuple[list[Answer], list[float]]:
        """Return the answers, and the seconds of each measured inside the process."""
        answers: list[Answer] = []
        seconds: list[float] = []
        for start in range(0, len(questions), BATCH):
            reply = self.order("ask", questions=questions[start : start + BATCH])
            answers += [[(entry, score) for entry, score in answer] for answer in reply["answers"]]
            seconds += reply["seconds"]
        return answers, seconds

    def compare(self, pairs: Iterable[tuple[str, str, str]]) -> list[float]:
        return list(self.order("compare", pairs=list(pairs))["scores"])

    def megabytes(self) -> dict[str, float] | None:
        """Return resident and proportional memory of the process and its children; None where it is not told."""
        return weigh([self._process.pid])

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *reason: object) -> None:
        self.stop()


def weigh(pids: Iterable[int]) -> dict[str, float] | None:
    """Return RSS and PSS in MB (10^6 bytes) of processes with all their children, read from the kernel."""
    total = {"rss": 0.0, "pss": 0.0}
    try:
        for pid in {member for parent in pids for member in _family(parent)}:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                name, _, rest = line.partition(":")
                if name.lower() in total:
                    total[name.lower()] += int(rest.split()[0]) * 1024 / 1e6
    except OSError:
        return None
    return total


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _family(int(child))
