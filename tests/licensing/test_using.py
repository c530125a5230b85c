"""Using an authorisation: what may leave, what is refused by which rule, what an officer looks at, and caps."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance import cel, instruments
from alliance import selectors as alliance
from alliance.models import Declaration
from core import clock
from core.errors import Blocked, Conflict, Forbidden, Invalid
from core.models import ref
from correspondence.models import Notice
from deadlines import services as deadlines
from exemptions import authorising, barring, registering, registration_reports
from exemptions import instrument_selectors as selectors
from exemptions import using as uses
from exemptions.judging import judge
from exemptions.models import Authorisation, Registration, Use
from intelligence.identical import Comparison
from intelligence.models import Denial, SharedParty
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing import using
from licensing.undercut import Found
from members.models import Organisation, Role, User
from screening.selectors import stale_lists
from tests import authorisations as made
from tests import crises, factories, journeys
from tests.authorisations import HANBIT, asked, line, to
from tests.crises import decider, seat
from tests.examples import examples
from tests.screening import raising
from tests.standing import stays

pytestmark = pytest.mark.usefixtures("in_force")
DAY = timedelta(days=1)
OfficerOf = Callable[..., User]


@stays
def registration(exporter: User, organisation: Organisation) -> Registration:
    """The German exporter registered for trusted destinations."""
    return made.registered(exporter, organisation)


def declare(registration: Registration, **changes: Any) -> Use:
    actor = registration.registered_by
    return using.declare(actor=actor, registration=registration, asked=asked(registration.key, **changes))


def again(registration: Registration) -> Registration:
    return Registration.objects.get(pk=registration.pk)


def test_a_use_that_nothing_is_against_is_recorded_and_holds(registration: Registration) -> None:
    use = declare(registration)
    assert (use.status, use.findings, use.rules) == ("recorded", [], [])
    assert (use.destination, use.value) == ("KR", Decimal(48000))
    now = using.holding(use)
    assert (now.holds, now.reasons) == (True, ())
    event = Event.objects.get(type="use.recorded")
    assert (event.facts["use"], event.facts["instrument"]) == (use.reference, "trusted-destinations")
    assert SharedParty.objects.filter(name=HANBIT).exists(), (
        "parties are known as those of an application are"
    )
    with journeys.later(days=91):
        late = using.holding(use)
        assert (late.holds, "declare it again" in late.reasons[0]) == (False, True)


REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("nothing_critical", {"lines": (line("5A004"),)}, "5A004 is critical", "apply"),
    ("nothing_critical", {"lines": (line("9A555"),)}, "critical", "apply"),
    ("items_controlled", {"lines": (line("EAR99"),)}, "needs no authorisation", "correct"),
    ("destination_covered", {"parties": to("CN")}, "is not covered", "apply"),
    ("destination_covered", {"parties": (to("KR")[0], to("SG")[1])}, "is not covered", "apply"),
    ("no_embargo", {"parties": to("IR")}, "embargo", "apply"),
    ("no_catch_all", {"informed": True}, "informed", "apply"),
    ("no_free_zone", {"free_zone": True}, "free zone", "apply"),
    ("statements_made", {"statements": ()}, "Not confirmed", "correct"),
    ("consignee_signed", {"statement_on": None}, "prior statement", "correct"),
    ("consignee_signed", {"statement_by": ""}, "prior statement", "correct"),
    ("eligible", {"military_end_user": True}, "rule is not met", "apply"),
    ("eligible", {"lines": (line("6A003", hs_code="854231"),)}, "rule is not met", "apply"),
]


def test_what_is_outside_is_refused_by_a_named_rule_with_the_next_step(registration: Registration) -> None:
    for rule, changes, words, then in REFUSED:
        use = declare(registration, **changes)
        found = {one["rule"]: one for one in use.findings}
        assert use.status == "refused", rule
        assert rule in found, (rule, list(found))
        assert words in found[rule]["reason"], (rule, found[rule])
        assert found[rule]["next"] == then
        assert using.holding(use).holds is False
    assert Use.objects.count() == len(REFUSED), "what was entered is kept"
    signed = asked(statement_on=clock.today() + 2 * DAY)
    use = using.declare(actor=registration.registered_by, registration=registration, asked=signed)
    assert "not after today" in use.findings[0]["reason"]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"lines": ()}, "lines"),
    ({"lines": (line("camera"),)}, "lines.0.control_code"),
    ({"lines": (line("6A003", quantity=Decimal(0)),)}, "lines.0.quantity"),
    ({"lines": (line("6A003", value=Decimal("NaN")),)}, "lines.0.value"),
    ({"lines": (line("6A003", unit="PCS"),)}, "lines.0.unit"),
    ({"lines": (line("6A003", hs_code="12"),)}, "lines.0.hs_code"),
    ({"lines": (line("6A003", description=""),)}, "lines.0.description"),
    ({"currency": "euro"}, "currency"),
    ({"parties": to("KR")[:1]}, "parties"),
    ({"parties": to("XX")}, "parties.0.country"),
    ({"parties": to("KR", name="")}, "parties.0.name"),
    ({"purpose": "resale"}, "purpose"),
    ({"end_use": "For industrial use and for resale as agreed."}, "end_use"),
]


def test_what_cannot_be_judged_is_named_by_its_field(registration: Registration) -> None:
    for changes, field in BAD:
        with pytest.raises(Invalid) as error:
            declare(registration, **changes)
        assert field in error.value.fields, (changes, error.value.fields)
    assert not Use.objects.exists()


def test_a_listed_party_is_a_hard_stop_and_one_that_resembles_goes_to_an_officer(
    registration: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising.load()
    strong = declare(registration, parties=to("KR", name=raising.LISTED))
    assert (strong.status, strong.rules) == ("refused", ["nobody_listed"])
    assert raising.LISTED in strong.findings[0]["reason"]
    monkeypatch.setattr(using, "screen", lambda *given, **more: [raising.found(**raising.NEAR)])
    weak = declare(registration)
    assert (weak.status, weak.rules) == ("in_review", ["nobody_resembles"])
    assert "resembles" in weak.for_officers[0]["reason"]
    assert [one["rule"] for one in weak.findings] == ["officer_looks"], "the exporter is not told at what"


def test_a_listing_after_the_use_was_recorded_stops_it_at_the_border(registration: Registration) -> None:
    use = declare(registration, parties=to("KR", name=raising.LISTED))
    assert use.status == "recorded", "no list was loaded"
    raising.load()
    assert using.holding(use).holds is False


def test_a_denial_sends_it_to_an_officer_without_a_word_to_the_exporter(
    registration: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Found(Denial(jurisdiction_id="FR"), Comparison(()))
    monkeypatch.setattr(using.undercut, "found", lambda *asked, **given: [found])
    use = declare(registration)
    assert (use.status, use.rules) == ("in_review", ["not_denied"])
    assert "FR" not in str(use.findings)
    assert "FR has denied" in use.for_officers[0]["reason"]


def test_a_measure_of_a_crisis_stops_it(registration: Registration) -> None:
    crises.in_force("DE", set_key=crises.a_set(scope={"control_codes": ["6A"], "destinations": ["KR"]}))
    use = declare(registration)
    assert (use.status, use.rules) == ("refused", ["no_measure"])


def test_a_rule_that_gives_no_answer_is_for_an_officer_never_a_no(
    registration: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*given: Any) -> Any:
        raise cel.CelError("no such fact")

    monkeypatch.setattr(cel, "evaluate", fails)
    use = declare(registration)
    assert (use.status, use.rules) == ("in_review", ["eligible"])


def test_a_list_that_is_not_held_goes_to_an_officer_who_records_or_refuses(
    exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    registration = made.registered(exporter, organisation, "eu001")
    use = declare(registration, parties=to("US"))
    assert (use.status, use.rules) == ("in_review", ["items_covered"])
    run_deliveries()
    judge = officer_of("DE", Role.DECIDER)
    for stranger in (exporter, officer_of("FR", Role.DECIDER), officer_of("DE", Role.ADVISER)):
        with pytest.raises(Forbidden):
            using.accept(actor=stranger, use=use, reason=made.WHY)
    with pytest.raises(Invalid):
        using.accept(actor=judge, use=use, reason="ok")
    assert using.accept(actor=judge, use=use, reason=made.WHY).status == "recorded"
    assert using.holding(Use.objects.get()).holds
    with pytest.raises(Conflict):
        uses.decline(actor=judge, use=use, reason=made.WHY)
    other = declare(registration, parties=to("US"))
    assert uses.decline(actor=judge, use=other, reason=made.WHY).status == "refused"
    run_deliveries()
    assert Notice.objects.filter(recipient=exporter, subject__contains="the use is refused").exists()


def test_no_officer_records_what_a_rule_refuses_by_now(
    exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    registration = made.registered(exporter, organisation, "eu001")
    use = declare(registration, parties=to("US"))
    judge = officer_of("DE", Role.DECIDER)
    barring.bar(actor=judge, organisation=organisation, keys=["eu001"], reason=made.WHY)
    with pytest.raises(Blocked) as blocked:
        using.accept(actor=judge, use=use, reason=made.WHY)
    assert "barred" in blocked.value.blockers[0]


def test_nobody_looking_records_nothing_and_is_told(
    exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    use = declare(made.registered(exporter, organisation, "eu001"), parties=to("US"))
    judge = officer_of("DE", Role.DECIDER)
    with journeys.later(days=20):
        deadlines.lapse_due(ref(use.registration))
        run_deliveries()
    assert Use.objects.get().status == "in_review"
    assert Event.objects.filter(type="use.review_overdue").count() == 1
    assert Notice.objects.filter(recipient=judge, subject__contains="too long").exists()


def test_a_notice_period_runs_before_the_first_use(exporter: User, organisation: Organisation) -> None:
    registration = made.registered(exporter, organisation, "eu008")
    assert registration.status == "in_notice"
    assert 10 * DAY <= registration.usable_from - registration.registered_at <= 14 * DAY
    goods = {"lines": (line("5A002.a.2"),), "parties": to("TH")}
    refused = declare(registration, **goods)
    assert (refused.status, refused.findings[0]["next"]) == ("refused", "wait")
    with journeys.at(registration.usable_from):
        assert selectors.standing(registration).status == "active", "the instant decides, not the tick"
        use = declare(registration, **goods)
        assert (use.status, use.rules) == ("in_review", ["destination_covered"])
        assert again(registration).status == "active"


def test_eu007_asks_for_a_programme_and_thirty_days(exporter: User, organisation: Organisation) -> None:
    row = made.instrument("eu007")
    with pytest.raises(Invalid) as error:
        registering.register(actor=exporter, organisation=organisation, instrument=row, undertakings=[])
    assert set(error.value.fields) == {"undertakings", "programme"}
    assert len(error.value.fields["undertakings"]) == len(instruments.terms_of(row).undertakings)
    registration = made.registered(exporter, organisation, "eu007")
    assert registration.usable_from - registration.registered_at >= 30 * DAY


def test_a_registration_is_for_vetted_exporters_of_its_members_and_once(
    exporter: User, organisation: Organisation, registration: Registration
) -> None:
    with pytest.raises(Conflict, match="already"):
        made.registered(exporter, organisation)
    abroad = factories.OrganisationFactory(jurisdiction__code="JP")
    with pytest.raises(Conflict, match="not open"):
        made.registered(factories.exporter_of(abroad), abroad, "eu001")
    with pytest.raises(Forbidden):
        made.registered(factories.exporter_of(abroad), organisation, "relief")
    with pytest.raises(Invalid):
        made.registered(exporter, organisation, "individual")
    registering.end(actor=exporter, registration=registration, reason=made.WHY)
    assert made.registered(exporter, organisation).status == "active"
    assert declare(again(registration)).findings[0]["next"] == "register"


def test_a_missed_report_suspends_at_its_instant_until_it_is_filed(
    registration: Registration, exporter: User
) -> None:
    first = registration.reports.first()
    assert first is not None
    with journeys.at(first.due_at - timedelta(seconds=1)):
        assert selectors.standing(registration).active
        use = declare(registration)
        assert using.holding(use).holds
    with journeys.at(first.due_at):
        assert selectors.standing(registration).status == "suspended", "whether or not the clock has ticked"
        assert using.holding(use).holds is False
        refused = declare(registration)
        assert (refused.rules, refused.findings[0]["next"]) == (["registration_active"], "report")
        assert again(registration).status == "suspended"
        report = registration_reports.file(
            actor=exporter, registration=registration, exports=1, found="One camera left, as declared."
        )
        assert (report.late, report.recorded) == (True, 1)
        assert again(registration).status == "active"
        assert declare(registration).status == "recorded"
    assert [
        one.type for one in Event.objects.filter(type__startswith="registration.").order_by("pk")
    ] == [
        "registration.registered", "registration.report_missed", "registration.suspended",
        "registration.reported", "registration.restored",
    ]  # fmt: skip


def test_a_bar_stops_everything_tells_the_members_and_is_lifted_by_another(
    registration: Registration, organisation: Organisation, exporter: User, officer_of: OfficerOf
) -> None:
    use = declare(registration)
    first, second, abroad = officer_of("DE", Role.DECIDER), officer_of("DE", Role.DECIDER), decider("FR")
    with pytest.raises(Forbidden):
        barring.bar(actor=abroad, organisation=organisation, keys=[], reason=made.WHY)
    with pytest.raises(Invalid):
        barring.bar(actor=first, organisation=organisation, keys=["eu999"], reason=made.WHY)
    with pytest.raises(Invalid) as error:
        barring.bar(actor=first, organisation=organisation, keys=[], reason=made.WHY, told=False)
    assert list(error.value.fields) == ["why_untold"]
    bar = barring.bar(actor=first, organisation=organisation, keys=[], reason=made.WHY)
    run_deliveries()
    assert selectors.standing(registration).status == "barred"
    assert using.holding(use).holds is False
    assert declare(registration).rules == ["exporter_not_barred"]
    assert Notice.objects.filter(recipient=abroad, subject__contains="barred").exists()
    with pytest.raises(Conflict, match="barred"):
        made.registered(exporter, organisation, "relief")
    with pytest.raises(Forbidden):
        barring.lift(actor=first, bar=bar, reason=made.WHY)
    barring.lift(actor=second, bar=bar, reason=made.WHY)
    assert using.holding(use).holds


def test_a_bar_of_no_matter_to_others_is_told_at_home_alone(
    registration: Registration, organisation: Organisation, officer_of: OfficerOf
) -> None:
    abroad = decider("FR")
    barring.bar(
        actor=officer_of("DE", Role.DECIDER), organisation=organisation, keys=["relief"], reason=made.WHY,
        told=False, why_untold="The records concern exports within the member.",
    )  # fmt: skip
    run_deliveries()
    assert not Notice.objects.filter(recipient=abroad).exists()
    assert declare(registration).status == "recorded", "it bears on relief alone"


# Templates ------------------------------------------------------------------------------------------------


@stays
def crisis(registration: Registration) -> Declaration:
    return crises.in_force("DE", "FR", set_key=crises.a_set())


def test_a_template_without_a_safeguard_is_not_saved(crisis: Declaration, organisation: Organisation) -> None:
    row = made.instrument("crisis-supply")
    for changes, field in [
        ({"control_codes": []}, "control_codes"),
        ({"destinations": ["Korea"]}, "destinations"),
        ({"recipients": []}, "recipients"),
        ({"cap": Decimal(0)}, "cap"),
        ({"cap_of": ""}, "cap_of"),
        ({"unit": ""}, "unit"),
        ({"report_every_days": 31}, "report_every_days"),
        ({"report_every_days": 0}, "report_every_days"),
        ({"last_day": clock.today() + 300 * DAY}, "last_day"),
        ({"last_day": crisis.sunset_at.date() + DAY}, "last_day"),  # type: ignore[union-attr]
        ({"reasons": ""}, "reasons"),
        ({"declaration": None}, "declaration"),
    ]:
        with pytest.raises(Invalid) as error:
            authorising.draft(
                actor=seat("DE"), instrument=row, **{"declaration": crisis, **made.bounds(**changes)}
            )
        assert list(error.value.fields) == [field], changes
    general = made.instrument("relief")
    with pytest.raises(Forbidden):
        authorising.draft(actor=seat("DE"), instrument=general, declaration=crisis, **made.bounds())
    assert not Authorisation.objects.exists()
    granted = made.for_crisis(crisis)
    values = {field.attname: getattr(granted, field.attname) for field in Authorisation._meta.concrete_fields}
    for broken in (
        {"cap": 0}, {"recipients": []}, {"report_every_days": 0}, {"holder_id": organisation.pk},
        {"granted_by_id": granted.drafted_by_id},
    ):  # fmt: skip
        own = {"id": None, "uid": uuid.uuid4(), "reference": "AU-0000-0000"}
        with pytest.raises(IntegrityError, match="authorisation_"), transaction.atomic():
            Authorisation.objects.create(**{**values, **own, **broken})


def test_it_takes_two_seats_of_two_members(crisis: Declaration) -> None:
    row, first = made.instrument("crisis-supply"), seat("DE")
    draft = authorising.draft(actor=first, instrument=row, declaration=crisis, **made.bounds())
    for wrong in (first, seat("DE"), decider("FR")):
        with pytest.raises(Forbidden):
            authorising.grant(actor=wrong, authorisation=draft)
    assert authorising.grant(actor=seat("FR"), authorisation=draft).status == "granted"
    with pytest.raises(Conflict):
        authorising.grant(actor=seat("FR"), authorisation=draft)


def test_a_crisis_template_is_bounded_and_ends_with_the_crisis(
    crisis: Declaration, exporter: User, organisation: Organisation
) -> None:
    granted = made.for_crisis(crisis)
    registration = made.registered(exporter, organisation, "crisis-supply", granted)
    assert registration.valid_until == granted.valid_until
    use = declare(registration)
    assert (use.status, use.amount) == ("recorded", Decimal(48000))
    assert declare(registration, parties=to("JP")).rules == ["destination_covered"]
    assert declare(registration, parties=to("KR", name="Another laboratory")).rules == ["recipients_named"]
    assert declare(registration, lines=(line("3A001"),)).rules[0] == "items_covered"
    big = declare(registration, lines=(line("6A003", value=Decimal(60000)),))
    assert (big.rules, "52000" in big.findings[0]["reason"]) == (["within_cap"], True)
    assert declare(registration, currency="USD").rules == ["within_cap"]
    crises.end(crisis)
    assert using.holding(use).holds is False
    over = declare(registration)
    assert (over.status, over.rules[0]) == ("refused", "granted_and_standing")
    assert "ended with it" in over.findings[0]["reason"]


def test_it_expires_by_itself_and_use_after_expiry_is_refused(
    crisis: Declaration, exporter: User, organisation: Organisation
) -> None:
    granted = made.for_crisis(crisis)
    registration = made.registered(exporter, organisation, "crisis-supply", granted)
    assert granted.valid_until is not None
    with journeys.at(granted.valid_until):
        use = declare(registration)
        assert use.status == "refused"
        assert {"registration_active", "granted_and_standing"} <= set(use.rules)
        assert Authorisation.objects.get().status == "expired", "an act applies what was due first"
        assert "authorisation.expired" in Event.objects.values_list("type", flat=True)


def test_an_individual_authorisation_is_its_holders_alone(exporter: User, organisation: Organisation) -> None:
    with pytest.raises(Invalid) as error:
        made.for_holder(organisation, recipients=[HANBIT, "Another laboratory"])
    assert list(error.value.fields) == ["recipients"]
    granted = made.for_holder(organisation)
    other = factories.OrganisationFactory(jurisdiction=organisation.jurisdiction)
    with pytest.raises(Invalid):
        made.registered(factories.exporter_of(other), other, "individual", granted)
    registration = made.registered(exporter, organisation, "individual", granted)
    assert declare(registration).status == "recorded"
    authorising.revoke(actor=decider("DE"), authorisation=granted, reason=made.WHY)
    assert declare(registration).rules == ["granted_and_standing"]


def test_the_database_keeps_what_was_declared(registration: Registration) -> None:
    use = declare(registration, informed=True)
    for change in ({"value": 1}, {"status": "recorded"}, {"findings": []}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Use.objects.filter(pk=use.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        use.delete()


def test_a_refused_use_becomes_an_application_with_its_answers(registration: Registration) -> None:
    use = declare(registration, informed=True)
    application = using.apply_instead(actor=registration.registered_by, use=use)
    draft = application.draft
    assert draft["items"][0]["control_code"] == "6A003"
    assert [one["name"] for one in draft["parties"]] == [HANBIT, HANBIT]
    assert draft["end_use"]["purpose"] == made.END_USE


@pytest.mark.django_db(transaction=True)
def test_uses_at_one_time_never_exceed_the_cap(
    in_force: None, exporter: User, organisation: Organisation
) -> None:
    granted = made.for_holder(organisation)
    registration = made.registered(exporter, organisation, "individual", granted)
    barrier = threading.Barrier(4)

    def one() -> None:
        barrier.wait()
        try:
            declare(registration)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorded = Use.objects.filter(status="recorded")
    assert (Use.objects.count(), recorded.count()) == (4, 2), "two of 48,000 fit under 100,000"
    assert recorded.aggregate(total=Sum("amount"))["total"] <= granted.cap


# Whatever is asked --------------------------------------------------------------------------------------

CODES = st.sampled_from(["6A003", "3A001", "5A001.b.2", "5A004", "1C350", "9A012", "EAR99", "6A999", "7A001"])
PLACES = st.sampled_from(["KR", "US", "JP", "SG", "CN", "IR", "KP", "TR", "RU"])
STATES = st.sampled_from(["active", "suspended", "barred", "ended"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(25))
@given(code=CODES, place=PLACES, state=STATES, listed=st.booleans(), informed=st.booleans())
def test_no_use_passes_a_stop_a_bar_or_a_border(
    registration: Registration, code: str, place: str, state: str, listed: bool, informed: bool
) -> None:
    """Whatever is asked, in whatever state: nothing is recorded that a stop, a state or the terms are against."""
    one = asked(lines=(line(code),), parties=to(place), informed=informed)
    around = using.surroundings(one, member="DE", shared={})
    around = replace(around, listed=("Listed.",) if listed else ())
    bench = uses.bench_of(registration, one, around)
    bench = replace(
        bench, status="active" if state == "barred" else state, barred="why" if state == "barred" else ""
    )
    recorded = not judge(bench)
    safe = place in {"KR", "US", "JP", "TR"} and not alliance.critical([code]) and code != "EAR99"
    assert not recorded or (safe and state == "active" and not listed and not informed)
    assert stale_lists(clock.now()) == []
