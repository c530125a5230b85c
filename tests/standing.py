"""Rows that many tests begin with are made once and stay: each test works on them in a savepoint that is undone.

A fixture under `stays` says what is made. Those that come first in a test, one after the other, form a stack of
savepoints in one open transaction; the next test takes of the stack what it begins with too, and what else is on it
is undone before. So a test sees the rows that it asks for and no other's, as if they had been made for it: it gets
copies of the objects, and rows are made anew once they are `YOUNG` no longer, so that "now" stays their time.

Whatever a test's own fixtures do before (time that stands, lists, settings) may change what is made. What a test
asks for after such a fixture is therefore made for it alone; `HARMLESS` names fixtures that change nothing.
"""

from __future__ import annotations

import inspect
import pickle
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction

YOUNG = 60.0  # seconds
#: Fixtures of the tests that hand over functions, or only look.
HARMLESS = {
    "_data_folder", "_no_rate_limits_from_other_tests", "_nobody_has_asked", "_standing", "_django_db_helper",
    "client_of", "django_db_setup", "one_connection", "officer_of", "shipped_rows", "signed_in",
}  # fmt: skip
TRANSACTIONAL = {
    "django_db_reset_sequences", "django_db_serialized_rollback", "live_server", "transactional_db",
}  # fmt: skip
Build = Callable[..., Any]


def stays(build: Build | None = None, *, autouse: bool = False, ageless: bool = False) -> Any:
    """Make a fixture whose rows stay for the tests that follow; `build` takes other such fixtures by name.

    What is `ageless` tells the instant at which it was made, and tests are there again.
    """
    if build is None:
        return partial(stays, autouse=autouse, ageless=ageless)

    def give(**needed: Any) -> Any:
        name = build.__name__
        return stack.given[name] if name in stack.given else build(**needed)

    give.__name__, give.__doc__, give.__module__ = build.__name__, build.__doc__, build.__module__
    give.__signature__ = inspect.signature(build)  # type: ignore[attr-defined]
    give.build, build.ageless = build, ageless  # type: ignore[attr-defined]
    return pytest.fixture(give, autouse=autouse)


@dataclass
class Layer:
    build: Build
    savepoint: transaction.Atomic
    #: What this fixture and those below returned, as pickled together: they share what they shared.
    values: bytes


class Stack:
    def __init__(self) -> None:
        self.layers: list[Layer] = []
        #: What the present test gets, by the name of the fixture.
        self.given: dict[str, Any] = {}
        self.began = 0.0

    def stand(self, wanted: list[Build], at_hand: Callable[[str], Any]) -> None:
        """Let exactly the rows of `wanted` be there; what they need besides is `at_hand`."""
        lost = connection.connection is None or connection.closed_in_transaction
        old = time.monotonic() - self.began > YOUNG and not any(build.ageless for build in wanted)  # type: ignore[attr-defined]
        if lost or old:
            self.fall(0)
        kept = 0
        while kept < min(len(wanted), len(self.layers)) and self.layers[kept].build is wanted[kept]:
            kept += 1
        self.fall(kept)
        if not wanted:
            return
        if not self.layers:
            self.began = time.monotonic()
        for build in wanted[kept:]:
            self._raise(build, at_hand)
        self.given = pickle.loads(self.layers[-1].values)
        cache.clear()  # it may know rows by numbers that stay the same

    def _raise(self, build: Build, at_hand: Callable[[str], Any]) -> None:
        savepoint = transaction.atomic()
        savepoint._from_testcase = True  # type: ignore[attr-defined]
        savepoint.__enter__()
        try:
            values = pickle.loads(self.layers[-1].values) if self.layers else {}
            needed = inspect.signature(build).parameters
            values[build.__name__] = build(
                **{name: values[name] if name in values else at_hand(name) for name in needed}
            )
            self.layers.append(Layer(build, savepoint, pickle.dumps(values)))
        except BaseException as error:
            savepoint.__exit__(type(error), error, error.__traceback__)
            raise

    def fall(self, height: int) -> None:
        """Undo all that stands above a height."""
        self.given = {}
        while len(self.layers) > height:
            layer = self.layers.pop()
            with suppress(DatabaseError):  # a test may have ended the connection
                transaction.set_rollback(True)
                layer.savepoint.__exit__(None, None, None)


stack = Stack()


def begins_with(request: pytest.FixtureRequest) -> list[Build]:
    """Return the builds of the standing fixtures that a test sets up before anything of its own."""
    if request.node.get_closest_marker("django_db"):
        marked = request.node.get_closest_marker("django_db")
        if marked.args or marked.kwargs:
            return []
    if TRANSACTIONAL & set(request.fixturenames):
        return []
    definitions = request.node._fixtureinfo.name2fixturedefs
    order: list[tuple[str, Any]] = []
    met: set[tuple[str, int]] = set()

    def visit(name: str, back: int) -> None:
        given = definitions.get(name, ())
        if (name, back) in met or len(given) < back:
            return
        met.add((name, back))
        one = given[-back]
        for needed in one.argnames:
            visit(needed, back + 1 if needed == name else 1)
        order.append((name, one))

    for name in request.fixturenames:
        visit(name, 1)
    builds: list[Build] = []
    for name, one in order:
        if build := getattr(one.func, "build", None):
            builds.append(build)
        elif one.func.__module__.startswith("tests") and name not in HARMLESS:
            break
    return builds
