"""Denials matched blind: the two find the match, and nobody else learns anything."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps
from django.core import serializers
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Conflict, Forbidden, Invalid
from correspondence.models import Notice
from intelligence import blind, blinding
from intelligence.models import BlindMatch, BlindPair
from ledger.models import Event, FeedEntry
from members.models import Role, User
from tests import journeys
from tests.intelligence.test_imports import FILE
from tests.standing import stays

OfficerOf = Callable[..., User]
DENIED = {
    "name": "Acme Optics GmbH",
    "country": "KZ",
    "identifiers": [{"scheme": "lei", "value": "5299 00T8"}],
}
SECRET = blind.subjects(["6A003.b"], [DENIED], ["KZ"])
OTHER = blind.subjects(["3A001"], [{"name": "Nobody", "country": "SG"}], ["SG"])


def key(number: int) -> bytes:
    """A fresh key, the same in every run."""
    return hashlib.sha256(f"key {number}".encode()).digest()


def asked(secret: bytes, named: list[blind.Subject], denier: str = "FR") -> blind.Batch:
    return blind.batch(secret, denier, named, (blind.QUERY_SIZE,))


def handed_in(secret: bytes, named: list[blind.Subject], denier: str = "FR") -> blind.Batch:
    return blind.batch(secret, denier, named, blind.DENIALS_SIZES)


def test_the_same_transaction_meets_by_name_in_any_writing_and_by_number() -> None:
    written = blind.subjects(["6a003"], [{"name": "ACME  Optics", "country": "kz"}], ["kz"])
    by_number = blind.subjects(
        ["6A003"], [{"name": "X", "country": "AE", "identifiers": DENIED["identifiers"]}], ["KZ"]
    )
    prints = {blind.fingerprint(key(0), "FR", one) for one in SECRET}
    for named in (written, by_number):
        assert prints & {blind.fingerprint(key(0), "FR", one) for one in named}
    assert not prints & {blind.fingerprint(key(0), "FR", one) for one in OTHER}


@given(st.data())
def test_no_part_runs_over_into_the_next(data: st.DataObject) -> None:
    parts = st.tuples(*[st.text(max_size=4)] * 4)
    one, other = data.draw(parts), data.draw(parts)
    prints = [blind.fingerprint(key(0), who, blind.Subject(*rest)) for who, *rest in (one, other)]
    assert (prints[0] == prints[1]) is (one == other)


def test_between_pairs_nothing_is_equal_and_no_fingerprint_serves_the_other_way() -> None:
    two, three = set(handed_in(key(1), SECRET).values), set(handed_in(key(2), SECRET).values)
    assert not two & three
    assert not set(asked(key(1), SECRET, "FR").values) & set(handed_in(key(1), SECRET, "DE").values)
    assert blind.key_id(key(1)) != blind.key_id(key(2))


def transcript(number: int, denied: list[blind.Subject], wanted: list[blind.Subject]) -> tuple[str, ...]:
    """What passes through the platform under a fresh key."""
    return (*handed_in(key(number), denied).values, *asked(key(number), wanted).values)


def simulated(number: int) -> tuple[str, ...]:
    """The same, made by somebody who knows neither denial nor application: random throughout."""
    return (*handed_in(key(number), []).values, *asked(key(number), []).values)


def chi_square(found: Counter[str], total: int) -> float:
    expected = total / 16
    return sum((found[digit] - expected) ** 2 / expected for digit in "0123456789abcdef")


def test_the_transcript_says_nothing_of_denial_or_application() -> None:
    """As many lines of the same form in an order of their own values: and where the real ones stand, and what their
    digits are, is as random under fresh keys as for whoever made it all up."""
    worlds = [transcript(0, SECRET, OTHER), transcript(0, OTHER, SECRET), transcript(0, [], []), simulated(0)]
    assert {len(world) for world in worlds} == {blind.DENIALS_SIZES[0] + blind.QUERY_SIZE}
    for world in worlds:
        assert list(world[: blind.DENIALS_SIZES[0]]) == sorted(world[: blind.DENIALS_SIZES[0]])
    keys = 800
    for named in (SECRET[:1], OTHER[:1]):
        real = [blind.fingerprint(key(number), "FR", named[0]) for number in range(keys)]
        assert len(set(real)) == keys
        for place in (0, 31, 63):
            assert (
                chi_square(Counter(one[place] for one in real), keys) < 37.7
            )  # 99.9 % at 15 degrees of freedom


@stays
def pair(germany: object, france: object, officer_of: OfficerOf) -> BlindPair:
    proposed = blinding.propose(
        actor=officer_of("DE", Role.DECIDER), member="fr", key_id=blind.key_id(key(7))
    )
    return blinding.agree(actor=officer_of("FR", Role.DECIDER), pair=proposed, key_id=blind.key_id(key(7)))


def test_both_learn_of_a_match_and_nobody_else_of_anything(pair: BlindPair, officer_of: OfficerOf) -> None:
    french, german, stranger = officer_of("FR"), officer_of("DE"), officer_of("JP", *Role)
    denials, question = handed_in(key(7), SECRET), asked(key(7), SECRET)
    blinding.hand_in(actor=french, pair=pair, fingerprints=denials.values)
    query = blinding.ask(actor=german, pair=pair, fingerprints=question.values)
    assert {question.legend[one.asked_position] for one in query.matches.all()} == set(SECRET)
    assert {denials.legend[one.denied_position] for one in query.matches.all()} == set(SECRET)
    assert not blinding.ask(
        actor=german, pair=pair, fingerprints=asked(key(7), OTHER).values
    ).matches.exists()
    told = Notice.objects.filter(subject__contains="blind match between")
    assert set(told.values_list("recipient__authority__jurisdiction", flat=True)) == {"FR", "DE"}
    heard = FeedEntry.objects.filter(event__type__startswith="blind").values_list("audience", flat=True)
    assert set(heard) == {"jurisdiction:DE", "jurisdiction:FR"}
    assert not BlindPair.objects.visible_to(stranger).exists()
    with pytest.raises(Forbidden, match="two other members"):
        blinding.ask(actor=stranger, pair=pair, fingerprints=question.values)
    kept = serializers.serialize("json", [*Event.objects.all(), *Notice.objects.all()])
    for model in apps.get_app_config("intelligence").get_models():
        kept += serializers.serialize("json", model._default_manager.all())
    for secret in ("acme", "6a003", "kz", key(7).hex(), *question.legend.values()):
        assert str(secret).lower() not in kept.lower().replace(blind.key_id(key(7)), "")
    assert all(value not in kept for value in set(question.values) - set(denials.values))


def test_a_pair_needs_both_members_and_one_key(
    germany: object, france: object, officer_of: OfficerOf
) -> None:
    german, french = officer_of("DE", Role.DECIDER), officer_of("FR", Role.DECIDER)
    with pytest.raises(Invalid, match="another member"):
        blinding.propose(actor=german, member="DE", key_id="0" * 16)
    pair = blinding.propose(actor=german, member="FR", key_id="0" * 16)
    with pytest.raises(Conflict):
        blinding.propose(actor=french, member="DE", key_id="1" * 16)
    with pytest.raises(Forbidden, match="Both members"):
        blinding.hand_in(actor=german, pair=pair, fingerprints=[])
    with pytest.raises(Forbidden, match="to which it was proposed"):
        blinding.agree(actor=german, pair=pair, key_id="0" * 16)
    with pytest.raises(Invalid, match="another key"):
        blinding.agree(actor=french, pair=pair, key_id="1" * 16)
    blinding.agree(actor=french, pair=pair, key_id="0" * 16)
    blinding.hand_in(actor=french, pair=pair, fingerprints=handed_in(key(1), SECRET).values)
    blinding.end(actor=german, pair=pair)
    assert not pair.fingerprints.exists()
    assert blinding.propose(actor=french, member="DE", key_id="1" * 16)


def test_what_would_tell_something_is_not_taken_and_trying_has_an_end(
    pair: BlindPair, officer_of: OfficerOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    german, values = officer_of("DE"), list(asked(key(7), SECRET).values)
    for wrong in (values[:-1], values[::-1], [*values[:-1], values[-1].upper()], [*values[:-1], values[0]]):
        with pytest.raises(Invalid):
            blinding.ask(actor=german, pair=pair, fingerprints=wrong)
    with pytest.raises(Invalid, match="At most"):
        asked(key(7), [blind.Subject("6A003", f"name:{number}|KZ", "KZ") for number in range(65)])
    monkeypatch.setattr(blinding, "MOST_A_DAY", 1)
    blinding.ask(actor=german, pair=pair, fingerprints=values)
    with pytest.raises(Conflict, match="within a day"):
        blinding.ask(actor=german, pair=pair, fingerprints=values)
    with journeys.later(hours=25):
        blinding.ask(actor=german, pair=pair, fingerprints=values)
    assert not BlindMatch.objects.exists()


def test_the_command_makes_key_and_files_on_the_members_machine(tmp_path: Path) -> None:
    secret, denials, dossier = tmp_path / "key", tmp_path / "denials.csv", tmp_path / "dossier.json"
    call_command("blind", "key", "--out", str(secret))
    with pytest.raises(Exception, match="File exists"):
        call_command("blind", "key", "--out", str(secret))
    assert secret.stat().st_mode & 0o077 == 0
    denials.write_bytes(FILE.replace(b"Iran", b"Singapore"))
    content = journeys.dossier()
    for party in content["parties"]:
        party |= {"name": "Organisation", "country": "SG"}
    dossier.write_text(json.dumps({"number": 1, "dossier": content}))  # as the API answers it with the case
    values = {}
    for act, source in (("denials", denials), ("query", dossier)):
        options = [
            "--key",
            secret,
            "--denier",
            "de",
            "--out",
            tmp_path / act,
            "--legend",
            tmp_path / f"{act}.csv",
        ]
        call_command("blind", act, "--in", str(source), *map(str, options))
        values[act] = set((tmp_path / act).read_text().split())
    legend = list(csv.DictReader((tmp_path / "query.csv").open()))
    assert values["denials"] & values["query"]
    assert legend[0]["code"] == "6A003"
