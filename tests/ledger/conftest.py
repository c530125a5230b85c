"""Subscribers that live as long as a test."""

from collections.abc import Callable

import pytest

from core.actors import PROCESS
from core.audience import Audience, jurisdiction
from ledger import services as ledger
from ledger import subscriptions
from ledger.models import Event

DE, FR, JP = (Audience.of(jurisdiction(code)) for code in ("DE", "FR", "JP"))


@pytest.fixture
def subscribed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Subscribe a function to an event type until the test is over: `subscribed("thing.made", f)`."""
    monkeypatch.setattr(subscriptions, "_by_type", subscriptions._by_type.copy())
    monkeypatch.setattr(subscriptions, "_by_name", subscriptions._by_name.copy())

    def subscribe(type: str, handler: Callable[[Event], None], queue: object = "standard") -> None:
        subscriptions.subscribe(type, queue)(handler)  # type: ignore[arg-type]

    return subscribe


@pytest.fixture
def record(germany) -> Callable[..., Event]:
    """Record an event about Germany, for Germany to read, unless told otherwise."""

    def write(type: str = "thing.made", audience: Audience = DE, **fields) -> Event:
        return ledger.record(
            type,
            **{"actor": PROCESS, "subject": germany, "audience": audience, "aggregate": "thing:1", **fields},
        )

    return write
