"""Real lists beside the clone: a test that needs them says loudly when they are not there."""

from pathlib import Path

import pytest
from django.conf import settings


def shared(name: str) -> Path:
    """Return a folder or file of the shared data; skips the test where there is none."""
    for parent in (Path(settings.BASE_DIR), *Path(settings.BASE_DIR).parents):
        found = parent / "shared" / "data" / name
        if found.exists():
            return found
    pytest.skip(f"NOT CHECKED: shared/data/{name} is not beside this clone")
