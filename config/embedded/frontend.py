"""Rebuild `static/dist` from `frontend/` and compare: what is committed must be what is built."""

import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from config.embedded.folder import ROOT


def main() -> int:
    """Return 1 if a file differs; 0 also where npm is missing or cannot reach its registry."""
    if not shutil.which("npm"):
        print("skipped: there is no npm here")
        return 0
    with tempfile.TemporaryDirectory(prefix="entente-frontend-") as parent:
        copy = Path(parent, "frontend")
        shutil.copytree(ROOT / "frontend", copy, ignore=shutil.ignore_patterns("node_modules"))
        quiet = {**os.environ, "NO_UPDATE_NOTIFIER": "1"}
        installed = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"],
            cwd=copy, env=quiet, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if installed.returncode:
            print(f"skipped: npm could not install\n{installed.stderr.strip()}")
            return 0
        subprocess.run(["node", "build.mjs", f"{parent}/dist"], cwd=copy, env=quiet, check=True)
        return _compare(ROOT / "static" / "dist", Path(parent, "dist"))


def _compare(committed: Path, built: Path) -> int:
    names = sorted(
        {
            str(path.relative_to(root))
            for root in (committed, built)
            for path in root.rglob("*")
            if path.is_file()
        }
    )
    _, different, missing = filecmp.cmpfiles(committed, built, names, shallow=False)
    if different or missing:
        print(
            f"static/dist is not what frontend/ builds: {', '.join(different + missing)}."
            " Run `npm ci && npm run build` in frontend/ and commit the result."
        )
    return int(bool(different or missing))


if __name__ == "__main__":
    sys.exit(main())
