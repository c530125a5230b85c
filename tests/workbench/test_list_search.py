"""Officers search the entries of the lists by any word, and read everything that a list says of one."""

from collections.abc import Callable

import pytest
from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.test import Client

from members.models import User
from screening import searching
from screening.lists import keeping
from screening.lists.rows import Parsed, Row
from screening.models import Entry, EntryName
from screening.models.lists import NAME_WORDS, OWN_WORDS
from tests.workbench.test_hits import ARABIC, CHINESE, CYRILLIC, scripts
from tests.workbench.test_queries import queries

OfficerOf = Callable[..., User]
SignedIn = Callable[[User], Client]
SEARCH = "/workbench/lists/search/"
MOST = 13  # queries of a page of results: raise it only with a reason
pytestmark = pytest.mark.usefixtures("in_force")


def found(text: str) -> list[str]:
    return [entry.entry_id for entry in searching.entries_like(text)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("zarechnaya plant", ["A-2"]),
        ("PLANT zarech", ["A-2"]),
        ("Заречная", ["A-2"]),
        ("كوير", ["A-1"]),
        ("青河", ["A-3"]),
        ("ir123", ["A-1"]),
        ("trades kavir", ["A-1"]),
        ("tehran", ["A-1"]),
        ("DRILL", ["A-1"]),
        ("A-3", ["A-3"]),
        ("plant kavir", []),
        ("x", []),
        ("", []),
        ("' & | ! :* <-> ((", []),
    ],
)
def test_an_entry_is_found_by_all_words_of_a_name_or_of_the_rest(text: str, numbers: list[str]) -> None:
    scripts()
    assert found(text) == numbers


def test_only_what_is_in_force_is_found() -> None:
    scripts()
    about = keeping.About("drill", "List of the drill", "The alliance")
    rows = [Row("A-1", "company", "Altogether Different"), Row("A-2", "company", CYRILLIC)]
    keeping.put_into_force(Parsed(rows), about=about, sha256="2", version="v2", accept_shrink=True)
    assert found("Zarechnaya") == []
    assert found("tehran") == []
    assert found("Заречная") == ["A-2"]


def test_words_are_searched_by_index() -> None:
    scripts()
    query = SearchQuery("plant:*", search_type="raw", config="simple")
    with connection.cursor() as cursor:
        for way in ("seqscan", "indexscan", "indexonlyscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        named = EntryName.objects.order_by().annotate(words=NAME_WORDS).filter(words=query).explain()
        told = Entry.objects.order_by().annotate(words=OWN_WORDS).filter(words=query).explain()
    assert "entry_name_words" in named
    assert "entry_own_words" in told


def test_the_words_are_marked_and_alike_names_follow(officer_of: OfficerOf, signed_in: SignedIn) -> None:
    scripts()
    browser = signed_in(officer_of("FR"))
    page = browser.get(SEARCH, {"q": "zarech"}).content.decode()
    assert "<mark>Zarechnaya</mark> Optika Plant" in page
    assert "List of the drill" in page
    page = browser.get(SEARCH, {"q": "Zarechnaja Optika Zavod"}).content.decode()
    assert "0 entries in force" in page
    assert "Names that are alike" in page
    assert CYRILLIC in page
    assert "at least two characters" in browser.get(SEARCH, {"q": "x"}).content.decode()
    nasty = browser.get(SEARCH, {"q": '<script>"'}).content.decode()
    assert '<script>"' not in nasty


def test_the_page_of_an_entry_shows_everything_the_list_says(
    officer_of: OfficerOf, signed_in: SignedIn, exporter: User
) -> None:
    scripts()
    browser = signed_in(officer_of("JP"))
    page = browser.get("/workbench/lists/entries/drill/A-1/").content.decode()
    for told in (
        ARABIC,
        "DRILL",
        "Also trades as Kavir.",
        "Iran",
        "IR123",
        "1999",
        "Tehran",
        "v1",
        "Company",
    ):
        assert told in page
    assert browser.get("/workbench/lists/entries/drill/A-9/").status_code == 404
    for address in (SEARCH, "/workbench/lists/entries/drill/A-1/"):
        assert signed_in(exporter).get(address).status_code == 404


def test_a_number_with_a_slash_names_its_entry(officer_of: OfficerOf, signed_in: SignedIn) -> None:
    about = keeping.About("other", "The other list", "Nobody")
    keeping.put_into_force(
        Parsed([Row("1/2", "company", CHINESE)]), about=about, sha256="chinese", version="v1"
    )
    page = signed_in(officer_of("DE")).get("/workbench/lists/entries/other/1/2/")
    assert CHINESE in page.content.decode()


def test_a_page_of_results_takes_as_many_queries_for_one_entry_as_for_twenty(
    officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    about = keeping.About("other", "The other list", "Nobody")
    rows = [Row(f"{n}", "company", f"Steppe Optics {n}") for n in range(20)]
    rows.append(Row("x", "company", "Harbour Works"))
    keeping.put_into_force(Parsed(rows), about=about, sha256="marked", version="v1")
    browser = signed_in(officer_of("DE"))
    assert queries(browser, f"{SEARCH}?q=steppe") == queries(browser, f"{SEARCH}?q=harbour") <= MOST
