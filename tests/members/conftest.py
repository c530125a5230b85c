"""Doers and helpers for tests on people."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache

from members.models import Membership, Organisation, Role, User
from tests import factories
from tests.standing import stays


@pytest.fixture(autouse=True)
def _no_rate_limits_from_other_tests() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@stays
def administrator(officer_of: Callable[..., User]) -> User:
    """Administers Germany."""
    return officer_of("DE", Role.ADMINISTRATOR)


@stays
def office(organisation: Organisation) -> User:
    """Administers the German exporter."""
    return factories.exporter_of(organisation, Membership.Role.ADMINISTRATOR)
