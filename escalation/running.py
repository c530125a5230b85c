"""Running an exercise in a process of its own, on servers of its own, while the platform goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings

from escalation.exercises import agreed
from escalation.models import Exercise
from escalation.services import exercises

#: What tells a process where the platform's servers, keys and folder are: an exercise gets none of it.
PLATFORM = ("DATABASE", "REDIS", "ENTENTE", "PG", "DJANGO")
NICE = 10  # the exercise gives way to the platform
Launch = Callable[[str], Iterator[str]]


def launch(given: str) -> Iterator[str]:
    """Start an exercise with a plan in JSON and yield its lines; RuntimeError with its last words if it fails."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(PLATFORM)}
    process = subprocess.Popen(  # noqa: S603 - this interpreter and our own module
        ["/usr/bin/env", "nice", "-n", str(NICE), sys.executable, "-P", "-m", "config.embedded", "drill",
         "--plan", "-", "--data", str(settings.DATA_DIR)],
        env={**clean, "PYTHONPATH": str(settings.BASE_DIR)},
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        process.stdin.write(given)
        process.stdin.close()
        yield from process.stdout
        said = process.stderr.read()
        if process.wait():
            raise RuntimeError(said.strip()[-1500:] or f"The exercise ended with {process.returncode}.")
    finally:
        process.kill()
        process.wait()


def run_waiting(launch: Launch = launch) -> bool:
    """Run the exercise that was started and waits for its runner; whether there was one.

    A runner that is killed leaves its lease to run out: the next one lives through the exercise from its
    beginning, which gives the same.
    """
    exercise = exercises.take_waiting()
    if exercise is None:
        return False
    try:
        scorecard = _lived(exercise, launch)
    except (RuntimeError, OSError, ValueError) as error:
        exercises.give_up(exercise_id=exercise.pk, why=str(error))
        return True
    exercises.keep_scorecard(exercise_id=exercise.pk, scorecard=scorecard)
    return True


def _lived(exercise: Exercise, launch: Launch) -> dict[str, Any]:
    said: dict[str, Any] = {}
    # While its database is prepared it says so with nothing in it.
    for line in launch(json.dumps({"plan": exercise.plan, "agreed": agreed.take()})):
        said = json.loads(line)
        if "progress" in said:
            exercises.note_progress(exercise_id=exercise.pk, progress=said["progress"])
    if "members" not in said:
        raise RuntimeError("The exercise printed no scorecard.")
    return said
