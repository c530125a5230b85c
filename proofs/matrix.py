"""Every operation is asked by every role, and answers as the committed tables say."""

import argparse
import os
import subprocess
from collections.abc import Sequence

from config.embedded.folder import ROOT


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente prove matrix", description=__doc__)
    parser.parse_args(arguments)
    done = subprocess.run(
        [str(ROOT / "entente"), "test", "-n", "2", str(ROOT / "tests" / "matrix")],
        env={**os.environ, "ENTENTE_EVERY_ROLE": "1"},
        check=False,
    )
    print("Proved." if done.returncode == 0 else "NOT PROVED.")
    return done.returncode
