"""The humanitarian lane at the workbench: the adjudicator's desk, both interests side by side, and their acts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.test import Client

from core import clock
from ledger.testing import run_deliveries
from licensing.models import Case, GroundRuling, Key, TwoKeys
from licensing.selectors import lanes
from licensing.selectors.queue import View, queue
from members.models import Ministry, Organisation, Role, Shift, User
from tests import journeys
from tests.api.conftest import client_of
from tests.escalation.test_interests import CRITICAL, WEIGHED, relief
from tests.licensing.conftest import Desk, OfficerOf
from tests.standing import stays

__all__ = ["client_of"]
SignedIn = Callable[[User], Client]


@stays
def both(in_force: None, exporter: User, organisation: Organisation) -> Case:
    """A relief case with a critical item: its ground waits for a ruling, a grant takes two keys."""
    return journeys.file(exporter, organisation, relief(CRITICAL))


def test_the_desk_shows_cases_of_aid_with_their_clock_who_is_on_duty_and_the_sum_of_windows(
    both: Case, exporter: User, organisation: Organisation, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    noise = journeys.file(exporter, organisation)
    person = officer_of("DE", Role.HUMANITARIAN_ADJUDICATOR)
    assert person.authority is not None
    now = clock.now()
    Shift.objects.create(
        authority=person.authority, person=person, post="first",
        starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=9),
    )  # fmt: skip
    page = signed_in(person).get("/workbench/aid/").content.decode()
    assert both.reference in page
    assert noise.reference not in page
    assert "<strong>24 hours</strong>" in page
    assert "Drill" not in page, "the charter of exercises is not one that a real case goes by"
    assert f"Now: {person.name} until" in page
    assert "Nobody now" in page, "the backup's post is empty"
    assert "A ruling on its humanitarian ground" in page
    assert "A key" in page


def test_who_only_adjudicates_knows_its_own_colleagues_and_the_provider_of_its_case(
    both: Case, organisation: Organisation, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    own, beside = officer_of("DE", Role.HUMANITARIAN_ADJUDICATOR), officer_of("DE")
    double = officer_of("DE", Role.HUMANITARIAN_ADJUDICATOR, Role.LICENSING_OFFICER)
    elsewhere, foreign = officer_of("DE", ministry=Ministry.DEFENCE), officer_of("FR")
    now = clock.now()
    for person in (own, beside, elsewhere, foreign):
        Shift.objects.create(
            authority=person.authority, person=person, starts_at=now, ends_at=now + timedelta(hours=9)
        )
    assert set(User.objects.visible_to(own)) == {own, beside, double}
    assert {one.person for one in Shift.objects.visible_to(own)} == {own, beside}
    assert not Organisation.objects.visible_to(own).exists()  # type: ignore[attr-defined]
    assert elsewhere in User.objects.visible_to(double)
    assert organisation in Organisation.objects.visible_to(double)  # type: ignore[attr-defined]
    browser = signed_in(own)
    assert organisation.name in browser.get(f"/workbench/cases/{both.reference}/").content.decode()
    duty = browser.get("/administration/rota/").content.decode()
    assert beside.name in duty
    assert elsewhere.name not in duty


def test_what_waits_for_whom_stands_in_the_queue_until_it_is_done(
    both: Case, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    relief_side = officer_of("DE", Role.HUMANITARIAN_ADJUDICATOR)
    guard = officer_of("DE", Role.ADVISER, ministry=Ministry.INTELLIGENCE)
    (row,) = queue(guard, View.WAITING)
    assert (row.waits_key, row.waits_ruling) == (True, False)
    assert not queue(officer_of("FR", Role.HUMANITARIAN_ADJUDICATOR), View.WAITING).exists()
    browser = signed_in(guard)
    done = browser.post(
        f"/workbench/cases/{both.reference}/interests/", {"interest": "security", "reasons": WEIGHED}
    )
    assert done.status_code == 302
    assert not any(row.waits_key for row in queue(guard, View.ALL))
    (row,) = queue(relief_side, View.WAITING)
    assert (row.waits_key, row.waits_ruling) == (True, True)


def test_both_interests_stand_side_by_side_with_who_signed_and_one_s_own_key_is_taken_back(
    both: Case, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    guard = officer_of("DE", Role.ADVISER, ministry=Ministry.DEFENCE)
    browser, address = signed_in(guard), f"/workbench/cases/{both.reference}/interests/"
    page = browser.get(address).content.decode()
    for told in (
        "Humanitarian",
        "Security",
        "What waiting costs",
        "What scored",
        "Not signed",
        "keys-critical",
    ):
        assert told in page or told == "keys-critical"
    refused = browser.post(address, {"interest": "security", "reasons": "No."})
    assert refused.status_code == 422
    assert "20 to 4,000" in refused.content.decode()
    assert browser.post(address, {"interest": "humanitarian", "reasons": WEIGHED}).status_code == 422
    browser.post(address, {"interest": "security", "reasons": WEIGHED})
    key = Key.objects.get()
    page = browser.get(address).content.decode()
    assert WEIGHED in page
    assert "Take your key back" in page
    stranger = signed_in(officer_of("JP", Role.ADVISER, ministry=Ministry.DEFENCE))
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"/workbench/keys/{key.uid}/take-back/").status_code == 404
    colleague = signed_in(officer_of("DE", Role.ADVISER, ministry=Ministry.DEFENCE))
    assert "Take your key back" not in colleague.get(address).content.decode()
    assert colleague.post(f"/workbench/keys/{key.uid}/take-back/").status_code == 403
    assert browser.post(f"/workbench/keys/{key.uid}/take-back/").status_code == 302
    assert Key.objects.get().taken_back_at is not None


def test_a_ruling_needs_its_words_and_moves_the_case(
    both: Case, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    browser = signed_in(officer_of("DE", Role.HUMANITARIAN_ADJUDICATOR))
    address = f"/workbench/cases/{both.reference}/ground/"
    assert browser.get(address).status_code == 200
    empty = browser.post(address, {})
    assert empty.status_code == 422
    assert "Accept the ground or do not." in empty.content.decode()
    short = browser.post(address, {"outcome": "accepted", "legal_basis": "UNSCR 2664", "reasons": "Yes."})
    assert (short.status_code, GroundRuling.objects.count()) == (422, 0)
    browser.post(address, {"outcome": "accepted", "legal_basis": "UNSCR 2664", "reasons": WEIGHED})
    run_deliveries()
    assert Case.objects.get(pk=both.pk).lane == "humanitarian"
    assert WEIGHED in browser.get(f"/workbench/cases/{both.reference}/interests/").content.decode()
    decider = signed_in(officer_of("DE", Role.DECIDER))
    assert decider.post(address, {"outcome": "refused"}).status_code == 422
    late = decider.post(address, {"outcome": "refused", "legal_basis": "UNSCR 2664", "reasons": WEIGHED})
    assert late.status_code == 403


def test_a_case_without_a_humanitarian_claim_has_no_such_pages(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    browser = signed_in(officer_of("DE"))
    for name in ("interests", "ground"):
        assert browser.get(f"/workbench/cases/{desk.case.reference}/{name}/").status_code == 404
    assert "interests/" not in browser.get(f"/workbench/cases/{desk.case.reference}/").content.decode()


def test_the_post_of_the_lane_is_chosen_on_the_rota(officer_of: OfficerOf, signed_in: SignedIn) -> None:
    person, decider = officer_of("FR", Role.HUMANITARIAN_ADJUDICATOR), officer_of("FR", Role.DECIDER)
    day = clock.today("Europe/Paris") + timedelta(days=1)
    given = {
        "person": str(person.uid), "post": "backup", "start": "08:00", "end": "18:00",
        "day_0": day.day, "day_1": day.month, "day_2": day.year, "day": day.isoformat(),
    }  # fmt: skip
    answer = signed_in(decider).post("/administration/rota/", given)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    assert Shift.objects.get().post == "backup"
    assert "Humanitarian lane, backup" in signed_in(decider).get("/administration/rota/").content.decode()
    refused = signed_in(decider).post("/administration/rota/", {**given, "post": ""})
    assert refused.status_code == 422
    assert "first or backup" in refused.content.decode()


def test_figures_are_nearest_ranks_of_the_time_asked_for(
    both: Case, exporter: User, organisation: Organisation
) -> None:
    now = clock.now()
    mine = [journeys.file(exporter, organisation, relief(), run=False) for _number in range(4)]
    for case, minutes in zip(mine, (1, 2, 3, 60), strict=True):
        opened = now - timedelta(days=2)
        Case.objects.filter(pk=case.pk).update(
            lane="humanitarian", opened_at=opened, routed_at=opened + timedelta(minutes=minutes)
        )
    Case.objects.filter(pk=both.pk).update(lane="humanitarian", opened_at=now - timedelta(days=40))
    found = lanes.times(("humanitarian", "standard"), 30)["humanitarian"]
    assert (found["routed"].cases, found["routed"].median, found["routed"].p95) == (
        4, timedelta(minutes=2), timedelta(hours=1),
    )  # fmt: skip
    assert found["decided"] == lanes.Took()
    assert lanes.times(("humanitarian", "standard"), 90)["humanitarian"]["routed"].cases == 5


def test_a_system_of_the_lead_reads_both_interests_and_signs_nothing(
    both: Case, officer_of: OfficerOf, client_of: Callable[..., Client]
) -> None:
    found = client_of(officer_of("DE")).get(f"/api/v1/cases/{both.reference}/interests/")
    assert found.status_code == 200
    told = found.json()
    assert told["asked"] is True
    assert {one["key"] for one in told["because"]} >= {"keys-critical"}
    assert (told["keys"], told["ruling"], told["kept_out_of_the_lane"]) == ([], None, False)
    assert client_of(officer_of("JP")).get(f"/api/v1/cases/{both.reference}/interests/").status_code == 404
    assert TwoKeys.objects.get().keys.count() == 0
