"""One row for a party, however often and by whomever it is named."""

import threading

import pytest
from django.db import connection

from core.audience import Audience, jurisdiction
from core.errors import Invalid
from intelligence.models import PartyLink, SharedParty
from intelligence.names import headings, normalise
from intelligence.services import Sighting, share_parties, share_party, widen_links

GERMANS = Audience.of(jurisdiction("DE"))
FRENCH = Audience.of(jurisdiction("FR"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Optics GmbH", "ACME  optics"),
        ("Société Générale d'Optique S.A.", "societe generale d optique"),
        ("ООО «Ромашка»", "OOO Romashka"),
        ("Ｆｕｌｌｗｉｄｔｈ Ltd.", "fullwidth limited"),
        ("Müller G.m.b.H. & Co. KG", "muller"),
    ],
)
def test_spellings_of_one_name_come_to_the_same(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("name", "kept"), [("Limited", "limited"), ("AG", "ag"), ("…", "..."), ("上海", "shanghai")]
)
def test_something_is_always_left_of_a_name(name, kept):
    assert normalise(name).replace(" ", "") == kept


def test_control_codes_become_headings():
    assert headings(["3a001.b.2", "3A001", " ear99 ", ""]) == ["3A001", "EAR99"]


def test_the_same_party_is_one_row_with_all_its_identifiers(db):
    lei = {"scheme": "lei", "value": "529900T8BM49AURSDO55"}
    first = share_party(
        name="Acme Optics GmbH", country="de", kind="end_user", source_ref="revision:1", audience=GERMANS
    )
    second = share_party(
        name="ACME Optics", country="DE", identifiers=[lei], kind="consignee", source_ref="revision:2",
        audience=FRENCH,
    )  # fmt: skip
    elsewhere = share_party(
        name="ACME Optics", country="FR", kind="consignee", source_ref="revision:2", audience=FRENCH
    )
    assert first.pk == second.pk != elsewhere.pk
    row = SharedParty.objects.get(pk=first.pk)
    assert (row.name, row.identifiers) == ("Acme Optics GmbH", [lei])
    assert row.links.count() == 2


def test_naming_it_again_in_the_same_place_adds_nothing(db):
    for _ in range(2):
        share_parties(
            sightings=[Sighting("Acme", "DE", "end_user"), Sighting("Acme AG", "DE", "end_user")],
            source_ref="revision:1",
            audience=GERMANS,
        )
    assert SharedParty.objects.count() == PartyLink.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "country", "path"), [(" ", "DE", "0.name"), ("Acme", "Germany", "0.country")]
)
def test_a_party_needs_a_name_and_a_country(db, name, country, path):
    with pytest.raises(Invalid) as error:
        share_party(name=name, country=country, kind="x", source_ref="x:1", audience=GERMANS)
    assert list(error.value.fields) == [path]


def test_a_party_is_seen_by_those_who_may_know_of_a_link(officer_of, exporter):
    share_party(name="Acme", country="DE", kind="end_user", source_ref="revision:1", audience=GERMANS)
    share_party(name="Noise", country="DE", kind="end_user", source_ref="revision:2", audience=FRENCH)
    names = {
        code: set(SharedParty.objects.visible_to(officer_of(code)).values_list("name", flat=True))
        for code in ("DE", "FR", "JP")
    }
    assert names == {"DE": {"Acme"}, "FR": {"Noise"}, "JP": set()}
    assert not SharedParty.objects.visible_to(exporter).exists()
    assert not SharedParty.objects.visible_to(officer_of("DE", second_factor=False)).exists()


def test_a_new_stake_lets_a_member_know_of_the_parties(officer_of):
    share_party(name="Acme", country="DE", kind="end_user", source_ref="revision:1", audience=GERMANS)
    widen_links(source_ref="revision:1", audience=FRENCH)
    assert SharedParty.objects.visible_to(officer_of("FR")).exists()
    assert SharedParty.objects.visible_to(officer_of("DE")).exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_row_and_never_wait_in_a_circle():
    names = [f"Party {number}" for number in range(6)]
    failed: list[BaseException] = []
    barrier = threading.Barrier(4)

    def file(turn: int) -> None:
        order = names if turn % 2 else names[::-1]
        try:
            barrier.wait()
            share_parties(
                sightings=[
                    Sighting(name, "DE", "end_user", [{"scheme": "n", "value": str(turn)}]) for name in order
                ],
                source_ref=f"revision:{turn}",
                audience=GERMANS,
            )
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=file, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert SharedParty.objects.count() == 6
    assert all(len(party.identifiers) == 4 for party in SharedParty.objects.all())
