"""The queue's settings fit each other and name tasks that exist."""

import importlib

import pytest
from django.conf import settings

from config.celery import app
from config.settings import work


def test_a_slow_task_is_killed_long_before_the_broker_gives_it_away_again():
    visible = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT < visible / 2


def test_a_lost_worker_gives_its_task_back():
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1


@pytest.mark.parametrize("name", settings.CELERY_BEAT_SCHEDULE)
def test_what_beat_sends_exists_and_goes_stale(name):
    entry = settings.CELERY_BEAT_SCHEDULE[name]
    module, _, task = entry["task"].rpartition(".")
    assert getattr(importlib.import_module(module), task).name == entry["task"]
    assert entry["options"]["queue"] in ("clock", "standard", "humanitarian", "exercises", "webhooks")
    assert 0 < entry["options"]["expires"] <= max(2, entry["schedule"])


def test_the_clock_has_a_queue_that_nothing_slow_enters():
    clock = {
        name for name, entry in settings.CELERY_BEAT_SCHEDULE.items() if entry["options"]["queue"] == "clock"
    }
    assert {"deadlines", "seal"} <= clock <= {"deadlines", "seal", "sweep"}


@pytest.mark.parametrize(
    ("broker", "location"),
    [
        ("redis+socket:///run/v.sock?virtual_host=3", "unix:///run/v.sock?db=4"),
        ("redis://cache.example.org:6379/0", "redis://cache.example.org:6379/0"),
    ],
)
def test_the_cache_lives_beside_the_queue(broker, location):
    assert work._cache(broker)["LOCATION"] == location


def test_without_a_broker_the_cache_stays_in_the_process():
    assert work._cache("")["BACKEND"].endswith("LocMemCache")
