"""A cleared pair clears the same hit of new cases until either side changes, it expires, or somebody ends it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core import clock
from core.errors import Forbidden, Invalid
from ledger.models import Event
from licensing.hit_notices import tell_judges
from members.models import Role, User
from screening import selectors, services
from screening.models import ClearedPair, Entry, Hit
from screening.services import Side
from screening.services.pairs import fingerprint
from tests import journeys
from tests.screening.raising import LISTED, NEAR, REASON, load, raise_one
from tests.standing import stays

OfficerOf = Callable[..., User]
pytestmark = pytest.mark.usefixtures("in_force")
SIDE = {"aliases": ["KMP"], "identifiers": [{"scheme": "lei", "value": "529900T8BM49AURSDO55"}]}


@stays(autouse=True)
def listed(in_force: None) -> None:
    load()


@stays
def pair(officer_of: OfficerOf) -> ClearedPair:
    """A strong hit of a German case, cleared by two officers and remembered for a year."""
    (hit,) = raise_one("case:900001", side=SIDE)
    services.clear(actor=officer_of("DE"), hit=hit, reason=REASON, remember_days=365)
    services.confirm_clear(actor=officer_of("DE"), hit=hit)
    return ClearedPair.objects.get()


def status_of(case: str = "case:900002", **given: Any) -> str:
    (hit,) = raise_one(case, **{"side": SIDE, **given})
    return str(hit.status)


def test_a_new_case_raises_the_hit_already_cleared_and_says_by_which_pair(pair: ClearedPair) -> None:
    (hit,) = raise_one("case:900002", side=SIDE)
    assert (hit.status, hit.pair, hit.reason) == ("cleared", pair, REASON)
    assert {hit.proposed_by, hit.resolved_by} == {pair.cleared_by, pair.seconded_by}
    assert selectors.uncleared("case:900002") == set()
    events = Event.objects.filter(subject_type="hit", subject_id=hit.pk).order_by("pk")
    assert [event.type for event in events] == ["hit.raised", "hit.cleared_by_pair"]
    assert events[1].facts["pair"] == str(pair.uid)


def test_it_holds_for_its_jurisdiction_alone(pair: ClearedPair) -> None:
    assert status_of(lead="FR") == "open"


@pytest.mark.parametrize(
    "changed",
    [
        {"aliases": ["KMP", "Kavir Advanced Materials"]},
        {"identifiers": [{"scheme": "lei", "value": "529900T8BM49AURSDO99"}]},
        {"identifiers": []},
        {"country": "IR"},
    ],
)
def test_a_change_of_the_party_ends_its_effect(pair: ClearedPair, changed: dict[str, Any]) -> None:
    assert status_of(side={**SIDE, **changed}) == "open"


def test_a_change_of_the_entry_ends_its_effect(pair: ClearedPair) -> None:
    Entry.objects.filter(entry_id=pair.entry_id).update(sha256="f" * 64)
    assert status_of() == "open"


def test_it_expires_to_the_second(pair: ClearedPair) -> None:
    with journeys.at(pair.expires_at - timedelta(seconds=1)):
        assert status_of("case:900002") == "cleared"
    with journeys.at(pair.expires_at):
        assert status_of("case:900003") == "open"


def test_it_is_ended_with_a_reason_by_a_judge_of_its_jurisdiction(
    pair: ClearedPair, officer_of: OfficerOf
) -> None:
    for stranger in (officer_of("FR"), officer_of("DE", Role.AUDITOR), officer_of("DE", second_factor=False)):
        with pytest.raises(Forbidden):
            services.end_pair(actor=stranger, pair=pair, reason="It was a mistake.")
    with pytest.raises(Invalid):
        services.end_pair(actor=officer_of("DE"), pair=pair, reason="")
    officer = officer_of("DE")
    ended = services.end_pair(actor=officer, pair=pair, reason="It was a mistake.")
    assert (ended.ended_by, ended.ended_reason, ended.stands) == (officer, "It was a mistake.", False)
    assert status_of() == "open"
    with pytest.raises(Forbidden, match="has been ended"):
        services.end_pair(actor=officer, pair=pair, reason="It was a mistake.")
    told = Event.objects.filter(type="cleared_pair.ended").get()
    assert list(told.feed_entries.values_list("audience", flat=True)) == ["jurisdiction:DE"]


def test_one_officer_is_not_enough_where_the_new_hit_is_strong(officer_of: OfficerOf) -> None:
    (hit,) = raise_one("case:900001", side=SIDE, **NEAR)
    services.clear(actor=officer_of("DE"), hit=hit, reason=REASON, remember_days=30)
    assert status_of("case:900002", **NEAR) == "cleared"
    assert status_of("case:900003") == "open"


def test_the_database_itself_refuses_a_strong_pair_of_one_officer(pair: ClearedPair) -> None:
    for seconded in (None, pair.cleared_by):
        with pytest.raises(IntegrityError, match="cleared_pair_four_eyes"), transaction.atomic():
            ClearedPair.objects.update(seconded_by=seconded)


@pytest.mark.parametrize("days", [0, -1, 731])
def test_it_is_remembered_for_two_years_at_most(officer_of: OfficerOf, days: int) -> None:
    (hit,) = raise_one(**NEAR)
    with pytest.raises(Invalid) as refused:
        services.clear(actor=officer_of("DE"), hit=hit, reason=REASON, remember_days=days)
    assert "remember_days" in refused.value.fields
    assert Hit.objects.get().status == "open"


def test_nothing_is_remembered_unasked_nor_before_the_second_officer(officer_of: OfficerOf) -> None:
    (near,), (strong,) = raise_one("case:900001", **NEAR), raise_one("case:900002")
    services.clear(actor=officer_of("DE"), hit=near, reason=REASON)
    services.clear(actor=officer_of("DE"), hit=strong, reason=REASON, remember_days=10)
    assert not ClearedPair.objects.exists()
    services.reject_clear(actor=officer_of("DE"), hit=strong, reason="Look at the address.")
    services.clear(actor=officer_of("DE"), hit=strong, reason=REASON)
    services.confirm_clear(actor=officer_of("DE"), hit=strong)
    assert not ClearedPair.objects.exists()


def test_a_later_clearance_takes_the_place_of_an_earlier_one(
    pair: ClearedPair, officer_of: OfficerOf
) -> None:
    (hit,) = raise_one("case:900002", side={**SIDE, "aliases": []})
    services.clear(actor=officer_of("DE"), hit=hit, reason=REASON, remember_days=30)
    services.confirm_clear(actor=officer_of("DE"), hit=hit)
    assert ClearedPair.objects.get(ended_at__isnull=True).hit == hit
    assert status_of("case:900003") == "open"
    assert status_of("case:900004", side={**SIDE, "aliases": []}) == "cleared"


def test_within_a_case_a_cleared_hit_is_judged_again_once_a_side_has_changed(officer_of: OfficerOf) -> None:
    (hit,) = raise_one(side=SIDE, **NEAR)
    assert raise_one(side={**SIDE, "aliases": []}, **NEAR) == []  # open: whoever judges it sees what there is
    services.clear(actor=officer_of("DE"), hit=hit, reason=REASON)
    assert raise_one(side=SIDE, **NEAR) == []
    (again,) = raise_one(side={**SIDE, "aliases": []}, **NEAR)
    assert again.status == "open"
    Entry.objects.filter(entry_id=hit.entry_id).update(sha256="f" * 64)
    services.clear(actor=officer_of("DE"), hit=again, reason=REASON)
    assert len(raise_one(side={**SIDE, "aliases": []}, **NEAR)) == 1


def test_a_hit_from_before_the_fingerprints_is_cleared_for_its_case_only(officer_of: OfficerOf) -> None:
    (hit,) = raise_one(**NEAR)
    Hit.objects.update(party_sha256="", entry_sha256="")
    with pytest.raises(Invalid, match="this case only"):
        services.clear(actor=officer_of("DE"), hit=hit, reason=REASON, remember_days=10)
    assert services.clear(actor=officer_of("DE"), hit=hit, reason=REASON).status == "cleared"
    assert raise_one(**NEAR) == []


def test_order_case_and_blanks_are_no_change() -> None:
    lei = {"scheme": "LEI", "value": "529900t8bm49aursdo55 "}
    one = Side.of(LISTED, aliases=["KMP", "Kavir"], country="SG", identifiers=SIDE["identifiers"])
    other = Side.of(LISTED.upper(), aliases=["kavir", " kmp"], country="sg", identifiers=[lei])
    assert fingerprint([one]) == fingerprint([other]) == fingerprint([one, other])


def test_judges_are_not_called_to_what_a_pair_has_cleared(
    pair: ClearedPair, officer_of: OfficerOf, exporter: User, organisation: Any
) -> None:
    officer = officer_of("DE", Role.LICENSING_OFFICER)
    content: dict[str, Any] = journeys.dossier()
    content["parties"][1] |= {"name": LISTED, "country": "SG", "aliases": SIDE["aliases"]}
    content["parties"][1]["identifiers"] = SIDE["identifiers"]
    case = journeys.file(exporter, organisation, content)
    hit = Hit.objects.get(case_ref=f"case:{case.pk}")
    assert hit.pair == pair
    event = Event.objects.get(type="application.assessed")
    tell_judges(event)
    assert not officer.notices.filter(subject__contains="hits to judge").exists()
    assert clock.now() < pair.expires_at
