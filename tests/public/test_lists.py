"""Anyone reads how old the official lists are, and of no other list that there is one."""

from datetime import timedelta

import pytest
from django.test import Client

from core import clock
from screening.lists import keeping
from screening.lists.loading import load
from screening.lists.rows import Parsed, Row
from screening.models import SourceList
from tests import journeys
from tests.screening.raising import FICTIONAL
from tests.workbench.test_queries import queries

pytestmark = pytest.mark.django_db
TITLE = "Specially Designated Nationals and Blocked Persons List"


@pytest.fixture(autouse=True)
def loaded() -> None:
    """An official list of a greatest age, and an authority's own ones."""
    files = [FICTIONAL / f"{name}.csv" for name in ("sdn", "alt", "add")]
    load(format="ofac", files=files, version="2026-11-20")
    load(format="ofac", files=files, list_key="internal-copy", version="secret-1")
    SourceList.objects.filter(key="us-ofac-sdn").update(
        max_age_hours=48, title="Renamed here", failure="mirror.internal is down", failed_at=clock.now()
    )
    for key, format in (("own", "generic"), ("un-sc", "generic"), ("watch", "")):
        about = keeping.About(key, f"Watch list {key}", "Our service", format)
        keeping.put_into_force(
            Parsed([Row("1", "company", "Unnamed Works")]), about=about, sha256=key, version=f"secret-{key}"
        )


def test_it_tells_list_version_date_age_and_greatest_age(client: Client) -> None:
    page = client.get("/lists/").content.decode()
    for told in (TITLE, "US Treasury, OFAC", "2026-11-20", "0 hours", "48 hours"):
        assert told in page
    assert "Too old" not in page
    with journeys.later(hours=49):
        old = client.get("/lists/").content.decode()
    assert "49 hours" in old
    assert "Too old" in old


def test_machines_read_the_same(client: Client) -> None:
    (told,) = client.get("/lists/?format=json").json()["lists"]
    checked = SourceList.objects.get(key="us-ofac-sdn").checked_at
    assert checked is not None
    assert told.pop("as_of")[:19] == checked.isoformat()[:19]
    assert told == {
        "list": "us-ofac-sdn",
        "title": TITLE,
        "publisher": "US Treasury, OFAC",
        "version": "2026-11-20",
        "age_hours": 0,
        "max_age_hours": 48,
        "too_old": False,
    }


@pytest.mark.parametrize("query", ["", "?format=json"])
def test_nothing_is_told_that_is_not_public_already(client: Client, query: str) -> None:
    page = client.get(f"/lists/{query}").content.decode()
    for hidden in (
        "secret",
        "Watch list",
        "Our service",
        "internal",
        "Renamed here",
        "mirror",
        "KAVIR",
        "un-sc",
    ):
        assert hidden not in page


def test_a_list_of_any_age_and_none_at_all_are_told_so(client: Client) -> None:
    SourceList.objects.update(max_age_hours=None)
    with journeys.at(clock.now() + timedelta(days=900)):
        assert "any age" in client.get("/lists/").content.decode()
    SourceList.objects.update(format="generic")
    assert "No official list has been loaded." in client.get("/lists/").content.decode()


def test_it_takes_as_many_queries_for_one_list_as_for_more(client: Client) -> None:
    assert queries(client, "/lists/") <= 3
