"""Fetching lists: from a real server that knows its ETag, fails, breaks off and sends elsewhere."""

import hashlib
import io
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from core import clock
from core.errors import Invalid, NotFound
from ledger.models import Event
from screening import tasks
from screening.lists import fetching
from screening.lists.formats import FORMATS
from screening.lists.loading import load, load_ofac
from screening.lists.rows import Parsed
from screening.models import Entry, Snapshot, SourceList
from tests.screening.test_lists import SDN, lists, write

KEY = "us-ofac-sdn"
ALT = '1,1,"aka","ALFA",-0- \n'
MODIFIED = "Mon, 02 Mar 2026 10:30:00 GMT"


class Publisher(ThreadingHTTPServer):
    """Serves texts by path; `answers` says otherwise: a status, a cut body or a redirect."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {"/SDN.CSV": SDN, "/ALT.CSV": ALT}
        self.answers: dict[str, object] = {}
        self.asked: list[tuple[str, str | None, int]] = []  # (path, If-None-Match, status)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        answer, text = self.server.answers.get(self.path), self.server.files.get(self.path, "")
        tag = '"' + hashlib.sha256(text.encode()).hexdigest()[:12] + '"'
        said = self.headers.get("If-None-Match")
        status = 200
        if isinstance(answer, int):
            status = answer
        elif isinstance(answer, str) and answer != "cut":
            status = 302
        elif said == tag:
            status = 304
        self.server.asked.append((self.path, said, status))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", str(answer))
        body = text.encode() if status == 200 else b""
        self.send_header("ETag", tag)
        self.send_header("Last-Modified", MODIFIED)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if answer == "cut" else body)

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def publisher(settings: object) -> Iterator[Publisher]:
    server = Publisher()
    settings.LISTS_FETCH_FROM = [f"{server.address}/"]  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def source(db: None, publisher: Publisher, settings: object, tmp_path: Path) -> SourceList:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    return fetching.set_up(key=KEY, urls=[f"{publisher.address}/{name}.CSV" for name in ("SDN", "ALT")])


@pytest.fixture
def fetched(source: SourceList) -> SourceList:
    assert fetching.fetch(key=KEY).new
    source.refresh_from_db()
    return source


def failures() -> list[dict[str, str]]:
    return [event.facts for event in Event.objects.filter(type="list.fetch_failed").order_by("pk")]


def test_what_is_published_is_loaded_under_the_date_it_was_changed(fetched: SourceList) -> None:
    snapshot = Snapshot.objects.get(in_force_until=None)
    assert (snapshot.version, snapshot.entries_count, snapshot.names_count) == ("2026-03-02T10:30Z", 2, 3)
    assert (fetched.every_hours, fetched.max_age_hours, fetched.failed_at) == (12, 48, None)
    assert fetched.checked_at is not None
    assert fetched.next_check == fetched.tried_at + timedelta(hours=12)


def test_what_has_not_changed_is_only_noted_as_checked(fetched: SourceList, publisher: Publisher) -> None:
    publisher.asked.clear()
    found = fetching.fetch(key=KEY)
    assert (found.new, found.failure) == (False, "")
    assert [status for _path, tag, status in publisher.asked if tag] == [304, 304]
    before, fetched = fetched.checked_at, SourceList.objects.get()
    assert fetched.checked_at > before
    assert Snapshot.objects.count() == 1


def test_a_file_that_has_not_changed_is_taken_from_the_last_time(
    fetched: SourceList, publisher: Publisher
) -> None:
    publisher.files["/SDN.CSV"] = SDN.replace("ALPHA", "OMEGA")
    publisher.asked.clear()
    found = fetching.fetch(key=KEY)
    assert found.new
    assert [status for _path, _tag, status in publisher.asked] == [200, 304]
    assert (found.snapshot.changed_count, found.snapshot.names_count) == (1, 3)
    names = Entry.objects.get(entry_id="1", until=None).names.values_list("name", flat=True)
    assert list(names) == ["OMEGA WORKS", "ALFA"]


def test_a_copy_that_was_touched_is_fetched_again(
    fetched: SourceList, publisher: Publisher, tmp_path: Path
) -> None:
    (copy,) = (tmp_path / "lists" / KEY).glob("*-SDN.CSV")
    copy.write_text("touched")
    publisher.asked.clear()
    assert not fetching.fetch(key=KEY).new
    assert publisher.asked[0] == ("/SDN.CSV", None, 200)
    assert copy.read_text() == SDN


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (500, "SDN.CSV answered 500"),
        (404, "SDN.CSV answered 404"),
        ("cut", r"SDN.CSV broke off after \d+ of \d+ bytes"),
        ("http://127.0.0.1:9/elsewhere", "by https only, not from http://127.0.0.1:9/elsewhere"),
        ("file:///etc/passwd", "file:///etc/passwd answered 302"),
    ],
)
def test_a_failure_leaves_the_version_in_force_and_is_told_once(
    fetched: SourceList, publisher: Publisher, answer: object, told: str
) -> None:
    publisher.files["/SDN.CSV"] = SDN.replace("ALPHA", "OMEGA")
    publisher.answers["/SDN.CSV"] = answer
    for _again in range(2):
        found = fetching.fetch(key=KEY)
        assert (found.snapshot, found.new) == (None, False)
        assert re.search(told, found.failure)
    source = SourceList.objects.get()
    assert source.failed_at is not None
    assert source.failed_at < source.tried_at
    assert source.checked_at == fetched.checked_at
    assert source.next_check == source.tried_at + timedelta(hours=1)
    assert failures() == [{"list": KEY, "reason": source.failure}]
    assert Snapshot.objects.get().in_force_until is None
    publisher.answers.clear()
    assert fetching.fetch(key=KEY).new
    source.refresh_from_db()
    assert (source.failed_at, source.failure) == (None, "")
    publisher.answers["/SDN.CSV"] = 500
    fetching.fetch(key=KEY)
    assert len(failures()) == 2


def test_a_broken_file_is_a_failure_and_is_asked_for_again(fetched: SourceList, publisher: Publisher) -> None:
    publisher.files["/SDN.CSV"] = SDN + '3,"GAMMA'
    for _again in range(2):
        assert "0-SDN.CSV, line 3" in fetching.fetch(key=KEY).failure
    assert publisher.asked[-2][2] == 200
    assert Entry.objects.count() == 2


def test_a_list_that_shrank_waits_for_a_person(fetched: SourceList, publisher: Publisher) -> None:
    publisher.files["/SDN.CSV"] = SDN.splitlines()[0] + "\n"
    assert "shrink from 2 to 1" in fetching.fetch(key=KEY).failure
    assert Snapshot.objects.get().entries_count == 2


def test_a_redirect_within_what_may_be_fetched_is_followed(source: SourceList, publisher: Publisher) -> None:
    publisher.files["/moved"] = SDN
    publisher.answers["/SDN.CSV"] = f"{publisher.address}/moved"
    assert fetching.fetch(key=KEY).new


def test_a_file_may_not_be_larger_than_set(source: SourceList, settings: object) -> None:
    settings.LISTS_LARGEST_MB = 0  # type: ignore[attr-defined]
    assert "is larger than 0 MB" in fetching.fetch(key=KEY).failure


def test_a_publisher_may_not_take_for_ever(source: SourceList, settings: object) -> None:
    settings.LISTS_TIMEOUT_SECONDS = 0  # type: ignore[attr-defined]
    assert "took longer than 0 seconds" in fetching.fetch(key=KEY).failure


def test_a_publisher_that_is_not_there_is_told(source: SourceList, settings: object) -> None:
    settings.LISTS_FETCH_FROM = ["http://127.0.0.1:9/"]  # type: ignore[attr-defined]
    SourceList.objects.update(urls=["http://127.0.0.1:9/SDN.CSV"])
    assert "The publisher could not be reached" in fetching.fetch(key=KEY).failure


def test_an_importer_that_fails_in_a_way_of_its_own_is_noted(
    source: SourceList, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**known: object) -> None:
        raise KeyError("column")

    monkeypatch.setattr(fetching, "load", fail)
    with pytest.raises(KeyError):
        fetching.fetch(key=KEY)
    assert failures() == [{"list": KEY, "reason": "KeyError: 'column'"}]


def test_a_list_loaded_by_hand_in_between_is_not_confirmed_by_an_unchanged_answer(
    fetched: SourceList, tmp_path: Path
) -> None:
    load_ofac(**write(tmp_path, sdn=SDN.replace("ALPHA", "OLD")))
    found = fetching.fetch(key=KEY)
    assert found.new
    assert Entry.objects.filter(until=None, name="ALPHA WORKS").exists()


def test_only_what_is_due_is_fetched_by_itself(source: SourceList, publisher: Publisher) -> None:
    SourceList.objects.create(key="by-hand", title="By hand", publisher="Nobody")
    assert fetching.due() == [KEY]
    assert fetching.fetch_if_due(KEY).new
    assert fetching.due() == []
    asked = len(publisher.asked)
    assert fetching.fetch_if_due(KEY) is None  # a task that came twice
    assert len(publisher.asked) == asked
    SourceList.objects.filter(key=KEY).update(tried_at=clock.now() - timedelta(hours=12))
    assert fetching.due() == [KEY]


def test_the_schedule_offers_each_list_that_is_due(
    source: SourceList, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[str] = []
    monkeypatch.setattr(tasks.fetch_list, "delay", offered.append)
    tasks.fetch_due()
    assert offered == [KEY]
    tasks.fetch_list(KEY)
    assert Snapshot.objects.get().entries_count == 2


@pytest.mark.django_db
def test_addresses_are_https_or_named_in_the_settings() -> None:
    for url in ("http://example.org/x", "ftp://example.org/x", "file:///etc/passwd", "https:///x", "x"):
        with pytest.raises(Invalid, match="by https only"):
            fetching.set_up(key=KEY, urls=[url])
    assert not SourceList.objects.exists()
    assert fetching.set_up(key=KEY, urls=["https://example.org/x"]).urls == ["https://example.org/x"]


@pytest.mark.django_db
def test_a_list_loaded_by_hand_gets_an_age_without_being_fetched(tmp_path: Path) -> None:
    load_ofac(**write(tmp_path, sdn=SDN))
    source = fetching.set_up(key=KEY, max_age_hours=24)
    assert (source.urls, source.max_age_hours, source.every_hours) == ([], 24, None)
    assert fetching.due() == []
    assert fetching.set_up(key=KEY, ageless=True).max_age_hours is None
    official = fetching.set_up(key=KEY, every_hours=6)
    assert all(url.startswith("https://") for url in official.urls)
    assert (official.every_hours, official.max_age_hours) == (6, 48)
    assert fetching.set_up(key=KEY, urls=[]).next_check is None
    with pytest.raises(NotFound, match="no list unheard-of"):
        fetching.set_up(key="unheard-of")


def test_the_commands_set_fetch_and_tell(source: SourceList, publisher: Publisher, tmp_path: Path) -> None:
    assert "was never loaded" in lists("status")
    assert f"{KEY} 2026-03-02T10:30Z: 2 entries, 2 added, 0 changed, 0 removed." in lists("fetch", KEY)
    assert "is still what is published" in lists("fetch")
    told = lists("status")
    assert "at most 48 hours old" in told
    assert "next check 20" in told
    assert "TOO OLD" not in told
    assert "every 3 hours, may be at most 5 hours old" in lists("set", KEY, "--every", "3", "--max-age", "5")
    assert "may be of any age" in lists("set", KEY, "--max-age", "none")
    lists("set", KEY, "--max-age", "5")
    SourceList.objects.update(checked_at=clock.now() - timedelta(hours=6))
    assert "6.0 hours old, may be at most 5 hours old: TOO OLD" in lists("status")
    publisher.answers["/ALT.CSV"] = 503
    out = io.StringIO()
    with pytest.raises(CommandError, match=f"Not fetched: {KEY}"):
        call_command("lists", "fetch", stdout=out)
    assert "ALT.CSV answered 503" in out.getvalue()
    assert "fails since 20" in lists("status")
    assert "loaded by hand" in lists("set", KEY, "--by-hand")
    assert "No list has an address" in lists("fetch")


@pytest.mark.django_db
def test_the_command_tells_what_a_version_changed(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No version of us-ofac-sdn"):
        lists("diff", KEY)
    for version, text in (
        ("v1", SDN),
        ("v2", SDN.replace("ALPHA", "OMEGA").replace("\n2,", "\n3,")),
        ("v3", SDN),
    ):
        load_ofac(**write(tmp_path, sdn=text), version=version)
    assert lists("diff", KEY).splitlines() == [
        "us-ofac-sdn v3 since v2: 1 added, 1 changed, 1 removed.",
        "+ 2 BETA, Carlo", "~ 1 ALPHA WORKS", "- 3 BETA, Carlo",
    ]  # fmt: skip
    assert lists("diff", KEY, "--from", "v1", "--to", "v3").splitlines() == [
        "us-ofac-sdn v3 since v1: 0 added, 0 changed, 0 removed."
    ]
    assert "v1 since nothing: 2 added" in lists("diff", KEY, "--to", "v1")
    with pytest.raises(CommandError, match="no version v9; there are: v1, v2, v3"):
        lists("diff", KEY, "--from", "v9")


def test_a_list_of_another_name_keeps_its_title_and_what_its_columns_are(
    db: None, publisher: Publisher, monkeypatch: pytest.MonkeyPatch, settings: object, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    known, asked = FORMATS["ofac"], []

    def parse(files: list[Path], mapping: dict[str, str] | None) -> Parsed:
        asked.append(mapping)
        return known.parse(files, None)

    monkeypatch.setitem(FORMATS, "ofac", replace(known, parse=parse))
    columns = tmp_path / "columns.json"
    columns.write_text('{"name": "Full name"}')
    words = ("--format", "ofac", "--title", "Our list", "--publisher", "Us", "--mapping", columns)
    lists("set", "ours", *words, "--url", f"{publisher.address}/SDN.CSV")
    assert fetching.fetch(key="ours").new
    lists("load", "ofac", write(tmp_path, sdn=SDN.replace("ALPHA", "OMEGA"))["sdn"], "--list", "ours")
    assert asked == [{"name": "Full name"}] * 2
    source = SourceList.objects.get()
    assert (source.key, source.title, source.publisher) == ("ours", "Our list", "Us")
    columns.write_text("[1]")
    with pytest.raises(CommandError, match="not a JSON object"):
        lists("load", "ofac", columns, "--mapping", columns)
    columns.write_text("{")
    with pytest.raises(CommandError, match="is not JSON"):
        lists("load", "ofac", columns, "--mapping", columns)


@pytest.mark.django_db
def test_a_list_has_one_format(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no format odd"):
        load(format="odd", files=[tmp_path])
    with pytest.raises(Invalid, match="Name the files: SDN"):
        load(format="ofac", files=[])
    SourceList.objects.create(key=KEY, title="T", publisher="P", format="other")
    with pytest.raises(Invalid, match="loaded from the format other"):
        load(format="ofac", files=[write(tmp_path, sdn=SDN)["sdn"]])
