"""What has expired is forgotten, what is in force stays."""

from datetime import timedelta

import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from oauth2_provider.models import AccessToken

from core import clock
from members.models import User
from members.tasks import forget_expired
from tests.members.test_people import signed_in, token_of


def test_expired_sessions_and_tokens_go_and_the_others_stay(exporter: User):
    with time_machine.travel(clock.now() - timedelta(days=3)):
        signed_in(exporter)
        token_of(exporter)
    browser, token = signed_in(exporter), token_of(exporter)
    forget_expired()
    assert Session.objects.count() == 1
    assert list(AccessToken.objects.all()) == [token]
    assert browser.get("/account/").status_code == 200


def test_guesses_of_the_past_are_forgotten(exporter: User):
    from axes.models import AccessAttempt

    for days in (40, 1):
        with time_machine.travel(clock.now() - timedelta(days=days)):
            login = {"login": f"p{days}@example.org", "password": "wrong"}
            Client().post("/account/login/", login)
    forget_expired()
    assert [row.username for row in AccessAttempt.objects.all()] == ["p1@example.org"]
