"""Bundles for the tests of the alliance."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alliance import charters, services
from alliance.management.commands.load_bundles import SHIPPED
from tests.standing import stays


def shipped(name: str) -> dict[str, Any]:
    """Return a fresh copy of the JSON of a shipped bundle."""
    return copy.deepcopy(json.loads((SHIPPED / f"{name}.json").read_text()))


def load(document: object) -> Any:
    """Load a bundle given as JSON; returns it with whether it is new."""
    return services.load(file=services.parse(json.dumps(document).encode(), "test.json"))


@stays
def rules(db: None) -> None:
    """Charters and criteria as shipped."""
    load(shipped("charters"))
    load(shipped("criteria"))


@stays
def drill_rules(rules: None) -> None:
    """And those of the demonstration alliance."""
    load(shipped("demo/charters"))
    load(shipped("demo/criteria"))


@stays
def agreed(db: None) -> None:
    """Everything that is shipped."""
    failed = [result.error for result in services.load_folder(folder=Path(SHIPPED)) if result.error]
    assert not failed


CRISIS = next(entry for entry in shipped("charters")["entries"] if entry["key"] == "crisis-48-24-12")


def changed(change: Callable[[dict[str, Any]], Any]) -> charters.CharterData:
    """The shipped crisis ladder with a change."""
    payload = copy.deepcopy(CRISIS)
    change(payload)
    return charters.parse(payload)
