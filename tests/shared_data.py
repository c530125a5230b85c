"""Official data beside the clone; tests that read it are skipped, with a reason, where it is absent."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("ENTENTE_SHARED_DATA") or ROOT.parent / "shared" / "data")


def shared_data(name: str) -> Path:
    """Return a file or folder of the shared data, e.g. `lists/ofac`; skip the test if it is absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"NO SHARED DATA: {path} is absent (set ENTENTE_SHARED_DATA)")
    return path
