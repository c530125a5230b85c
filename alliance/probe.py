"""Tries expressions out at arm's length: a process of its own, ended by the kernel when one takes too long.

Reads one JSON job from standard input, writes `ready` and then one line of answers for each expression.
Imports nothing of the project, so that it starts in a moment.
"""

import json
import signal
import sys
from typing import Any

import cel


def answer(program: Any, facts: dict[str, object]) -> dict[str, Any]:
    """Return {"result"} or {"error"}; a result that JSON cannot carry is named by its type."""
    try:
        result = program.execute(facts)
        json.dumps(result)
    except BaseException as error:  # the extension's panic is no Exception
        return {"error": f"{type(error).__name__}: {str(error)[:200]}"}
    return {"result": result[:1] if isinstance(result, list) else result}


def main() -> None:
    job = json.load(sys.stdin)
    budget = job["budget_ms"] / 1000
    print("ready", flush=True)  # noqa: T201
    for expression, kind in job["expressions"]:
        program = cel.compile(expression)
        answers = []
        for facts in job["facts"][kind]:
            signal.setitimer(signal.ITIMER_PROF, budget)  # SIGPROF ends the process
            answers.append(answer(program, facts))
            signal.setitimer(signal.ITIMER_PROF, 0)
        print(json.dumps(answers), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
