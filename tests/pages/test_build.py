"""The committed build is what its sources give, and carries nothing that is not ours to carry."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DIST = ROOT / "static" / "dist"
FRONTEND = ROOT / "frontend"


@pytest.fixture
def node() -> str:
    """Node with the packages of the lock file; what cannot be fetched skips the test and says so."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("NO NODE: static/dist/ was not compared with its sources")
    if not (FRONTEND / "node_modules" / "govuk-frontend").is_dir():
        fetched = subprocess.run([npm, "ci"], cwd=FRONTEND, capture_output=True, check=False)
        if fetched.returncode:
            pytest.skip("NO PACKAGES: npm ci failed, static/dist/ was not compared with its sources")
    return node


@pytest.mark.slow
def test_building_again_gives_the_same_files(node, tmp_path):
    subprocess.run([node, "build.mjs", str(tmp_path / "dist")], cwd=FRONTEND, check=True, capture_output=True)
    built = {path.name: path.read_bytes() for path in (tmp_path / "dist").iterdir()}
    kept = {path.name: path.read_bytes() for path in DIST.iterdir()}
    assert sorted(built) == sorted(kept)
    assert [name for name in kept if kept[name] != built[name]] == []


def test_the_lock_names_no_registry():
    lock = json.loads((FRONTEND / "package-lock.json").read_text())
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []


def test_versions_are_exact():
    wanted = json.loads((FRONTEND / "package.json").read_text())["devDependencies"]
    assert [version for version in wanted.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_nothing_of_govuks_own_is_carried():
    css = (DIST / "site.css").read_text()
    assert not re.search(r"GDS Transport|@font-face|crown|crest|\.govuk-header|\.govuk-footer", css)
    assert "url(" not in css


def test_pages_load_nothing_from_elsewhere():
    for name in ("site.css", "site.js", "world.svg", "mark.svg"):
        outside = set(re.findall(r"https?://[^\s\"'`)]+", (DIST / name).read_text()))
        assert outside <= {"http://www.w3.org/2000/svg"}, name


def test_the_own_script_stays_small():
    assert len((FRONTEND / "scripts" / "site.mjs").read_text().splitlines()) < 150


def test_the_outline_draws_no_country_that_is_not_one():
    countries = json.loads((DIST / "world.json").read_text())["countries"]
    assert not {"CYN", "SOL", "ATA"} & set(countries)
    assert len(countries) > 170
