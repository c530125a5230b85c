"""Charters written in the workbench: who may, what is kept, and when a version is in force."""

import copy
import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from alliance import authoring, charter_text, crisis_policies, policies, selectors
from alliance.models import AuthoredCharter, PreparedSet
from core import clock
from core.errors import Blocked, Conflict, Forbidden, Invalid
from ledger.models import Event
from members.models import Role, User
from tests import journeys
from tests.alliance.conftest import CRISIS, load, shipped
from tests.standing import stays

OfficerOf = Callable[..., User]


def text(**changes: Any) -> str:
    return charter_text.write({**copy.deepcopy(CRISIS), "version": "9", **changes})


HOLE = text().replace("silence: escalate", "silence: no_objection", 1)


@stays
def author(officer_of: OfficerOf) -> User:
    return officer_of("DE", Role.DECIDER)


@stays
def second(officer_of: OfficerOf) -> User:
    return officer_of("FR", Role.CRISIS_SEAT)


@pytest.fixture
def checked(rules: None, author: User) -> AuthoredCharter:
    return authoring.write(actor=author, text=text())


def test_a_sound_version_is_checked_and_one_with_a_hole_stays_a_draft(rules, author) -> None:
    sound = authoring.write(actor=author, text=text())
    assert sound.status == "checked"
    kept = authoring.write(actor=author, text=HOLE, charter=sound)
    assert (kept.pk, kept.status) == (sound.pk, "draft")
    assert authoring.write(actor=author, text=text(), charter=kept).status == "checked"
    drafted, revised, _again = Event.objects.filter(type__startswith="charter.").order_by("pk")
    assert (drafted.type, revised.type) == ("charter.drafted", "charter.revised")
    assert revised.facts["holes"] == ["tiers.0.silence: Silence never approves a critical item."]


@pytest.mark.parametrize("given", ["", "{", "tiers: []", "a: \x00", text(version="1 2"), text(hold=7)])
def test_what_is_no_charter_is_not_kept(rules, author, given) -> None:
    with pytest.raises(Invalid) as error:
        authoring.write(actor=author, text=given)
    assert error.value.fields
    assert not AuthoredCharter.objects.exists()


def test_a_version_number_is_given_once(rules, author, second) -> None:
    authoring.write(actor=author, text=text())
    for taken in (text(), text(version="3")):
        with pytest.raises(Conflict):
            authoring.write(actor=second, text=taken)


def test_a_member_of_another_alliance_has_no_seat(rules, author) -> None:
    payload = copy.deepcopy(CRISIS) | {"version": "9"}
    payload["tiers"][1]["seats"].update(kind="members", members=["ZZ"])
    with pytest.raises(Invalid) as error:
        authoring.write(actor=author, text=charter_text.write(payload))
    assert list(error.value.fields) == ["tiers.1.seats.members"]


def test_the_author_may_not_activate_and_a_second_person_does(checked, author, second) -> None:
    with pytest.raises(Forbidden, match="another person than its author"):
        authoring.activate(actor=author, charter=checked, effective_from=clock.today())
    active = authoring.activate(actor=second, charter=checked, effective_from=clock.today())
    assert active.status == "active"
    assert selectors.charter("crisis-48-24-12").version == "9"
    assert [row.pk for row in selectors.authored_charters()] == [checked.pk]
    event = Event.objects.get(type="charter.activated")
    assert event.facts["effective_from"] == clock.today().isoformat()


def test_a_version_is_in_force_from_its_day_on_and_not_before(checked, second) -> None:
    first = selectors.bundle_hash()
    day = clock.today() + timedelta(days=3)
    authoring.activate(actor=second, charter=checked, effective_from=day)
    assert selectors.charter("crisis-48-24-12").version == "3"
    assert selectors.bundle_hash() == first
    with journeys.later(days=3):
        assert selectors.charter("crisis-48-24-12").version == "9"
        assert selectors.bundle_hash() != first
        assert selectors.charter("crisis-48-24-12", "3").version == "3", "cases keep the one they began with"


def test_nothing_is_agreed_backwards(checked, second) -> None:
    with pytest.raises(Invalid):
        authoring.activate(actor=second, charter=checked, effective_from=clock.today() - timedelta(days=1))


def test_a_hole_is_not_activated(rules, author, second) -> None:
    draft = authoring.write(actor=author, text=HOLE)
    with pytest.raises(Forbidden, match="passed the check"):
        authoring.activate(actor=second, charter=draft, effective_from=clock.today())


def test_what_is_for_critical_items_is_followed_only_by_such(rules, author, second) -> None:
    loose = authoring.write(actor=author, text=text(critical=False))
    with pytest.raises(Blocked) as error:
        authoring.activate(actor=second, charter=loose, effective_from=clock.today())
    assert any("critical items" in sentence for sentence in error.value.blockers)


def test_what_was_in_force_before_is_in_force_again(checked, author, second) -> None:
    authoring.activate(actor=second, charter=checked, effective_from=clock.today())
    with pytest.raises(Forbidden, match="another person than its author"):
        authoring.retire(actor=author, charter=checked, reason="It was a mistake.")
    authoring.retire(actor=second, charter=checked, reason="It was a mistake.")
    assert selectors.charter("crisis-48-24-12").version == "3"
    assert selectors.charter("crisis-48-24-12", "9").version == "9"
    with pytest.raises(Forbidden):
        authoring.write(actor=author, text=text(), charter=checked)


def test_a_charter_that_criteria_lead_to_is_not_taken_away(agreed, author, second) -> None:
    only = authoring.write(actor=author, text=text(key="new-way", version="1"))
    authoring.activate(actor=second, charter=only, effective_from=clock.today())
    criteria = shipped("criteria")
    criteria.update(version="next")
    for entry in criteria["entries"]:
        if entry["outcome"].get("charter") == "crisis-48-24-12":
            entry["outcome"]["charter"] = "new-way"
    load(criteria)
    with pytest.raises(Blocked):
        authoring.retire(actor=second, charter=only, reason="Nobody needs it any more.")
    assert selectors.charter("new-way").version == "1"


def test_every_role_in_every_state_gets_the_answer_it_should(checked, author, officer_of) -> None:
    people = {role.value: officer_of("FR", role) for role in Role} | {"author": author}
    people["no second factor"] = officer_of("FR", Role.DECIDER, second_factor=False)
    acts = {"edit": policies.can_edit, "activate": policies.can_activate, "retire": policies.can_retire}
    allowed = set()
    for state, (name, person), (act, policy) in itertools.product(
        AuthoredCharter.Status.values, people.items(), acts.items()
    ):
        checked.__dict__["status"] = state
        verdict = policy(person, checked)
        assert verdict.allowed or verdict.reason
        if verdict:
            allowed.add((state, name, act))
    others = {Role.DECIDER.value, Role.CRISIS_SEAT.value}
    assert allowed == {
        *((state, "author", act) for state in ("draft", "checked") for act in ("edit", "retire")),
        *(("checked", name, "activate") for name in others),
        *(("active", name, "retire") for name in others),
    }


def test_who_acts_for_the_author_is_no_other_person(checked, author, second) -> None:
    second.__dict__["hands"] = frozenset({second.pk, author.pk})
    assert not policies.can_activate(second, checked)
    checked.__dict__["status"] = "active"
    assert not policies.can_retire(second, checked)
    agreed = PreparedSet(author=author, written_at=clock.now())
    agreed.__dict__["status"] = "agreed"
    assert not crisis_policies.can_retire(second, agreed)
    second.__dict__["hands"] = frozenset({second.pk})
    assert policies.can_retire(second, checked)
    assert crisis_policies.can_retire(second, agreed)


def test_no_exporter_and_no_system_has_a_part(checked, exporter, second) -> None:
    assert not policies.can_author(exporter)
    assert not policies.can_check(exporter)
    assert not AuthoredCharter.objects.visible_to(exporter).exists()  # type: ignore[attr-defined]
    second.via = object()  # type: ignore[assignment]
    assert not policies.can_activate(second, checked)
