"""The properties of cases, clocks, dossiers and of the API's schema, tried with many times the usual examples."""

import argparse
import os
import subprocess
from collections.abc import Sequence

from config.embedded.folder import ROOT

WHERE = (
    "tests/properties",
    "tests/deadlines",
    "tests/alliance",
    "tests/screening",
    "tests/licensing/test_orders.py",
    "tests/correspondence/test_webhooks.py",
    "tests/api/test_schema.py",
)


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente prove properties", description=__doc__)
    parser.add_argument(
        "--times", type=int, default=30, help="how many times the usual examples (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    done = subprocess.run(
        [str(ROOT / "entente"), "test", "--durations=10", *(str(ROOT / path) for path in WHERE)],
        env={**os.environ, "ENTENTE_EXAMPLES": str(max(1, options.times))},
        check=False,
    )
    print("Proved." if done.returncode == 0 else "NOT PROVED.")
    return done.returncode
