"""An exercise is the same for the same number, in whatever process, and touches only its own database.

Against a running platform: everything of it is read before and after an exercise on its data folder, table by
table; the exercise runs twice, in processes with different hash seeds, and prints the same line.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence

import psycopg2

from config.embedded.folder import ROOT, DataFolder
from config.embedded.progress import step
from config.embedded.trial import SERVER_VARIABLES, trial

INJECTS = "surge:10@24,silent:FR@24-72,stale:ofac@24-120,key-lost:JP@24-60"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente prove drill", description=__doc__)
    parser.add_argument("--cases", type=int, default=200, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    options = parser.parse_args(arguments)
    with trial(start=False) as system:
        before = _hashes(system.folder)
        lines = []
        for hash_seed in ("1", "2"):
            with step(f"exercise {options.seed} with {options.cases} cases"):
                began = time.monotonic()
                lines.append(_drill(system.folder, options, hash_seed))
            print(f"  {time.monotonic() - began:.1f} s, preparing included")
        after = _hashes(system.folder)
    try:
        assert lines[0] == lines[1], "the same number gave two results"
        changed = sorted(name for name in before if before[name] != after.get(name))
        assert before == after, f"the exercise changed {changed}"
        card = json.loads(lines[0])
        assert not any(card["faults"].values()), card["faults"]
    except AssertionError as failure:
        print(f"NOT PROVED: {failure}")
        return 1
    print(f"  twice the same {len(lines[0])} bytes; {len(before)} tables of the platform are as they were")
    print("Proved.")
    return 0


def _drill(folder: DataFolder, options: argparse.Namespace, hash_seed: str) -> str:
    clean = {name: value for name, value in os.environ.items() if name not in SERVER_VARIABLES}
    done = subprocess.run(
        [
            *(sys.executable, "-P", "-m", "config.embedded", "drill", "--data", str(folder.path)),
            *("--seed", str(options.seed), "--cases", str(options.cases), "--inject", INJECTS),
        ],
        env={**clean, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout.splitlines()[-1]


def _hashes(folder: DataFolder) -> dict[str, str]:
    """Return what stands in every table of the platform's database, as a hash of its rows."""
    connection = psycopg2.connect(
        host=str(folder.sockets), dbname="entente", user="entente", password=folder.secrets["owner"]
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(TABLES)
        names = [name for (name,) in cursor.fetchall()]
        found = {}
        for name in names:
            cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{name}" AS t')
            found[name] = str(cursor.fetchone())
    connection.close()
    return found
