"""People at the workbench in a browser's place, and a case to work on."""

from collections.abc import Callable

import pytest
from django.test import Client

from members.models import User
from tests.licensing.conftest import Desk, answered, desk

__all__ = ["Desk", "answered", "desk"]


@pytest.fixture
def signed_in(db: None) -> Callable[[User], Client]:
    """Sign a person in: `signed_in(officer).get(...)`."""

    def make(person: User) -> Client:
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return make
