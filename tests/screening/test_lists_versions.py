"""A list is a chain of versions: only what changed is written, each can be told, and none is half there."""

import itertools
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings as configured
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from ledger.models import Event
from screening.engine.index import Listed
from screening.lists import keeping, store
from screening.lists.loading import load, load_ofac
from screening.lists.rows import Link, Parsed, Row
from screening.models import Entry, EntryName, OwnershipLink, Snapshot
from tests.databases import connect_as_owner
from tests.examples import examples
from tests.screening.test_lists import SDN, write

ABOUT = keeping.About("test", "A list of tests", "Nobody")
ROW = Row("1", "company", "ALPHA WORKS", "TEST", "Made up.", ["ALFA"], ["A"], ["Utopia"], ["AB12345"],
          ["1962-03"], ["1 High Street"], "Part one")  # fmt: skip


def put(version: str, *rows: Row, links: tuple[Link, ...] = (), accept_shrink: bool = True) -> Snapshot:
    snapshot, new = keeping.put_into_force(
        Parsed(list(rows), list(links)),
        about=ABOUT,
        sha256=version,
        version=version,
        accept_shrink=accept_shrink,
    )
    assert new
    return snapshot


def rows_of(snapshot: Snapshot) -> dict[str, Row]:
    """Read a version back as the rows it was loaded from."""
    found = {}
    for entry in store.entries_of(snapshot):
        by_kind: dict[str, list[str]] = {"primary": [], "alias": [], "weak": []}
        for name in entry.names.order_by("pk"):
            by_kind[name.kind].append(name.name)
        assert by_kind["primary"] == [entry.name]
        found[entry.entry_id] = Row(
            entry.entry_id, entry.kind, entry.name, entry.programmes, entry.remarks, by_kind["alias"],
            by_kind["weak"], entry.countries, entry.identifiers, entry.born, entry.addresses, entry.part,
            entry.listed,
        )  # fmt: skip
    return found


@pytest.mark.django_db
def test_an_entry_is_kept_whole() -> None:
    unlisted = replace(ROW, entry_id="2", listed=False)
    snapshot = put("v1", ROW, unlisted)
    assert rows_of(snapshot) == {"1": ROW, "2": unlisted}


@pytest.mark.django_db
def test_only_what_changed_is_written_and_the_difference_is_told() -> None:
    many = [replace(ROW, entry_id=str(number), name=f"WORKS {number}") for number in range(50)]
    first = put("v1", *many)
    kept = set(Entry.objects.values_list("pk", flat=True))
    second = put("v2", *many[2:], replace(many[1], name="OTHER WORKS"), replace(ROW, entry_id="new"))
    written = Entry.objects.exclude(pk__in=kept)
    assert sorted(written.values_list("entry_id", flat=True)) == ["1", "new"]
    assert (second.added_count, second.changed_count, second.removed_count) == (1, 1, 1)
    assert store.difference(first, second) == store.Difference(("new",), ("1",), ("0",))
    assert store.difference(second, first) == store.Difference(("0",), ("1",), ("new",))
    assert [entry.entry_id for entry in store.changed_entries(second)] == ["1", "new"]
    assert (second.entries_count, second.names_count) == (50, 150)
    facts = Event.objects.filter(type="list.loaded").order_by("pk").last().facts
    assert (facts["added"], facts["changed"], facts["removed"]) == (1, 1, 1)


@pytest.mark.django_db
def test_another_order_of_rows_and_aliases_is_no_change() -> None:
    one, two = replace(ROW, aliases=["B", "A", "B"]), replace(ROW, entry_id="2")
    put("v1", one, two)
    second = put("v2", two, replace(one, aliases=["A", "B"]))
    assert (second.added_count, second.changed_count, second.removed_count) == (0, 0, 0)


@pytest.mark.django_db
def test_the_same_files_again_only_note_that_the_list_was_checked() -> None:
    first = put("v1", ROW)
    checked = first.source_list.checked_at
    again, new = keeping.put_into_force(Parsed([ROW]), about=ABOUT, sha256="v1", version="v1")
    assert (again, new) == (first, False)
    again.source_list.refresh_from_db()
    assert again.source_list.checked_at > checked
    assert Event.objects.filter(type="list.loaded").count() == 1


@pytest.mark.django_db
def test_a_list_that_shrinks_by_more_than_a_tenth_has_to_be_accepted() -> None:
    many = [replace(ROW, entry_id=str(number)) for number in range(20)]
    first = put("v1", *many)
    with pytest.raises(Invalid, match="from 20 to 17 entries, by more than 10 %"):
        put("v2", *many[3:], accept_shrink=False)
    assert Snapshot.objects.get(in_force_until=None) == first
    second = put("v3", *many[2:], accept_shrink=False)
    assert put("v4", *many[10:]).removed_count == 8
    assert len(rows_of(second)) == 18


@pytest.mark.django_db
def test_an_entry_that_is_there_twice_is_refused() -> None:
    with pytest.raises(Invalid, match="Entry 1 is there twice"):
        put("v1", ROW, ROW)
    assert not Snapshot.objects.exists()


@pytest.mark.django_db
def test_the_database_refuses_two_versions_of_an_entry_at_a_time() -> None:
    put("v1", ROW)
    second = put("v2", ROW)
    entry = Entry.objects.get()
    entry.pk, entry.since = None, second
    with pytest.raises(IntegrityError, match="entry_once_in_force"), transaction.atomic():
        entry.save()
    entry.until = second
    with pytest.raises(IntegrityError, match="entry_ends_later"), transaction.atomic():
        entry.save()


@pytest.mark.django_db
def test_the_parties_of_a_version_that_is_over_can_still_be_listed() -> None:
    put("v1", ROW, replace(ROW, entry_id="2"))
    put("v2", replace(ROW, name="OMEGA WORKS"))
    names = (("ALPHA WORKS", "primary"), ("ALFA", "alias"), ("A", "weak"))
    told = ("company", "ALPHA WORKS", names, ("Utopia",), ("AB12345",), ("1962-03",))
    assert list(store.listed([("test", "v1", "v1")])) == [
        Listed("test", "v1", "1", *told),
        Listed("test", "v1", "2", *told),
    ]
    (now,) = store.listed([("test", "v2", "v2")])
    assert now.name == "OMEGA WORKS"


@pytest.mark.django_db
def test_at_every_instant_one_version_is_in_force() -> None:
    first, second = put("v1", ROW), put("v2", ROW)
    first.refresh_from_db()
    moment = timedelta(microseconds=1)
    assert store.snapshot_at("test", first.in_force_from - moment) is None
    assert store.snapshot_at("test", first.in_force_from) == first
    assert first.in_force_until == second.in_force_from
    assert store.snapshot_at("test", second.in_force_from - moment) == first
    assert store.snapshot_at("test", second.in_force_from) == second
    assert store.snapshot_at("test", second.in_force_from + timedelta(days=999)) == second
    assert store.snapshot_at("other", second.in_force_from) is None


@pytest.mark.django_db
def test_entries_are_told_as_they_were_when_they_matched() -> None:
    first, second = put("v1", ROW), put("v2", replace(ROW, name="OMEGA WORKS"))
    found = store.entries_at([(first, "1"), (second, "1"), (second, "absent")])
    assert {key: entry.name for key, entry in found.items()} == {
        (first.pk, "1"): "ALPHA WORKS",
        (second.pk, "1"): "OMEGA WORKS",
    }


words = st.sampled_from(["ALPHA", "BETA", "GAMMA"])
versions = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from("abcd"), st.tuples(words, st.lists(words, unique=True, max_size=2))),
        st.dictionaries(
            st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), st.sampled_from([None, 10.0, 50.25])
        ),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.django_db(transaction=False)
@settings(max_examples=examples(40))
@given(versions)
def test_whatever_the_sequence_each_version_keeps_exactly_what_was_loaded(
    sequence: list[tuple[dict[str, tuple[str, list[str]]], dict[tuple[str, str], float | None]]],
) -> None:
    with transaction.atomic():
        loaded: list[tuple[Snapshot, dict[str, Row], dict[tuple[str, str], float | None]]] = []
        noise = keeping.About("noise", "Another list", "Nobody")
        for number, (content, links) in enumerate(sequence):
            rows = {
                key: replace(ROW, entry_id=key, name=n, aliases=more) for key, (n, more) in content.items()
            }
            made = put(f"v{number}", *rows.values(), links=tuple(Link(*pair, links[pair]) for pair in links))
            keeping.put_into_force(
                Parsed([replace(ROW, remarks=str(number))]), about=noise, sha256=str(number), version="n"
            )
            loaded.append((made, rows, links))
        for snapshot, rows, links in loaded:
            # a changed order of aliases is no change, so they are compared without it
            found = {key: replace(row, aliases=sorted(row.aliases)) for key, row in rows_of(snapshot).items()}
            assert found == {key: replace(row, aliases=sorted(row.aliases)) for key, row in rows.items()}
            assert {
                (link.owner, link.owned): None if link.share is None else float(link.share)
                for link in store.links_of(snapshot)
            } == links
            told = store.listed([("test", snapshot.version, snapshot.sha256)])
            assert sorted(party.entry_id for party in told) == sorted(rows)
            assert snapshot.entries_count == len(rows)
            assert (
                snapshot.names_count == EntryName.objects.filter(entry__in=store.entries_of(snapshot)).count()
            )
        for (before, old, _), (after, new, _) in itertools.pairwise(loaded):
            told = store.difference(before, after)
            assert set(told.added) == new.keys() - old.keys()
            assert set(told.removed) == old.keys() - new.keys()
            assert (after.added_count, after.changed_count, after.removed_count) == (
                len(told.added), len(told.changed), len(told.removed),
            )  # fmt: skip
            assert set(told.changed) == {
                key
                for key in old.keys() & new.keys()
                if (old[key].name, set(old[key].aliases)) != (new[key].name, set(new[key].aliases))
            }
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_two_links_of_one_pair_are_one_with_the_larger_share() -> None:
    links = (Link("1", "2", 20), Link("1", "2"), Link("1", "2", 30))
    put("v1", ROW, replace(ROW, entry_id="2"), links=links)
    (link,) = OwnershipLink.objects.all()
    assert link.share == 30


def _waits(owner: object, name: str) -> bool:
    with owner.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'", [name]
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_load_killed_midway_leaves_the_old_version_in_force(tmp_path: Path) -> None:
    files = write(tmp_path, sdn=SDN)
    before = load_ofac(**files).snapshot
    held = list(Entry.objects.order_by("pk").values())
    changed = tmp_path / "changed.csv"
    changed.write_text(SDN.replace("ALPHA", "OMEGA"))
    name = connection.settings_dict["NAME"]
    address = urlsplit(os.environ["DATABASE_URL"])
    environment = {
        **os.environ,
        "DATABASE_URL": urlunsplit(address._replace(path=f"/{name}")),
        "ENTENTE_DATA": str(tmp_path),
    }
    with closing(connect_as_owner(name)) as barrier, closing(connect_as_owner(name)) as owner:
        barrier.autocommit = False
        with barrier.cursor() as cursor:  # names are written after entries: here the load has to stop
            cursor.execute("LOCK TABLE screening_entryname IN SHARE ROW EXCLUSIVE MODE")
        load = subprocess.Popen(
            [sys.executable, "manage.py", "lists", "load", "ofac", str(changed)],
            cwd=configured.BASE_DIR,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        deadline = time.monotonic() + 60
        while not _waits(owner, name):
            assert load.poll() is None, load.stderr and load.stderr.read().decode()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(load.pid, signal.SIGKILL)
        assert load.wait(10) == -signal.SIGKILL
        load.stderr.close()  # type: ignore[union-attr]
        barrier.rollback()
    assert Snapshot.objects.get() == before
    assert list(Entry.objects.order_by("pk").values()) == held
    after = load_ofac(sdn=changed).snapshot  # and the lists are not locked by what died
    assert (after.changed_count, after.removed_count) == (1, 0)
    assert Snapshot.objects.get(in_force_until=None) == after


@pytest.mark.django_db
def test_after_a_load_the_database_knows_how_many_names_there_are(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    rows = "".join(f"{number},Harbour Works {number}\n" for number in range(700))
    path.write_text(f"ref,name\n{rows}")
    load(
        format="generic", files=[path], mapping={"entry_id": "ref", "name": "name", "kinds": {"": "company"}}
    )
    with connection.cursor() as cursor:  # as the role that works, which owns no table
        cursor.execute("SELECT current_user, reltuples FROM pg_class WHERE relname = 'screening_entryname'")
        assert cursor.fetchone() == ("entente_app", 700)
