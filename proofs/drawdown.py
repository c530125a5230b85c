"""Gateways of two members draw of one licence at once, in threads, in many orders; never more than is licensed."""

import argparse
import os
import subprocess
from collections.abc import Sequence

from config.embedded.folder import ROOT

WHERE = "tests/properties/test_drawdown.py"


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente prove drawdown", description=__doc__)
    parser.add_argument(
        "--times", type=int, default=50, help="how many times the usual rounds (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    done = subprocess.run(
        [str(ROOT / "entente"), "test", "-n", "0", "--durations=1", str(ROOT / WHERE)],
        env={**os.environ, "ENTENTE_EXAMPLES": str(max(1, options.times))},
        check=False,
    )
    print("Proved." if done.returncode == 0 else "NOT PROVED.")
    return done.returncode
