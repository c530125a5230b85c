"""Licences: their states, who changes them, and what anyone may know of one."""

from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from core import clock
from core.errors import Conflict, Forbidden, Invalid
from deadlines import services as deadlines
from licensing.models import Licence
from licensing.selectors import licences as selectors
from licensing.services import licences
from members.models import Role, User
from tests import journeys
from tests.factories import OrganisationFactory, exporter_of
from tests.licensing.conftest import OBJECTION, Desk, OfficerOf

CHANGES: dict[str, Callable[..., Licence]] = {
    "suspend": licences.suspend,
    "reinstate": licences.reinstate,
    "revoke": licences.revoke,
    "surrender": licences.surrender,
    "exhaust": licences.mark_exhausted,
}
#: From which state each change leads where; whatever is not named is refused.
LEADS = {
    ("issued", "suspend"): "suspended",
    ("suspended", "reinstate"): "issued",
    ("issued", "revoke"): "revoked",
    ("suspended", "revoke"): "revoked",
    ("issued", "surrender"): "surrendered",
    ("issued", "exhaust"): "exhausted",
}
STATES = ("issued", "suspended", "revoked", "expired", "exhausted", "surrendered")


def put(licence: Licence, state: str) -> Licence:
    """Put a licence into a state as a test may: past its transitions."""
    Licence.objects.filter(pk=licence.pk).update(status=state)
    return Licence.objects.select_related("case", "issued_by").get(pk=licence.pk)


def test_every_change_from_every_state(answered: Desk, officer_of: OfficerOf, exporter: User) -> None:
    licence = answered.licence()
    decider = officer_of("DE", Role.DECIDER)
    for state in STATES:
        for name, change in CHANGES.items():
            given = put(licence, state)
            actor = exporter if name == "surrender" else decider
            offered = {act.name: act.allowed for act in selectors.acts(actor, given)}
            if target := LEADS.get((state, name)):
                assert offered.get(name) is True, (state, name)
                changed = change(actor=actor, licence=given, reason="Seen at the border.")
                assert changed.status == target
                assert changed.status_reason == "Seen at the border."
            else:
                assert name not in offered, (state, name)
                with pytest.raises(Conflict):
                    change(actor=actor, licence=given, reason="Seen at the border.")


def test_who_may_change_a_licence(answered: Desk, officer_of: OfficerOf, exporter: User) -> None:
    licence = answered.licence()
    strangers = [officer_of("JP", Role.DECIDER), officer_of("FR", Role.DECIDER), officer_of("DE"), exporter]
    for name in ("suspend", "revoke"):
        for person in strangers:
            with pytest.raises(Forbidden):
                CHANGES[name](actor=person, licence=licence, reason="Seen at the border.")
    for person in (officer_of("DE", Role.DECIDER), exporter_of(OrganisationFactory())):
        with pytest.raises(Forbidden, match="Only the holder"):
            licences.surrender(actor=person, licence=licence, reason="No longer needed.")
    with pytest.raises(Forbidden):
        licences.mark_exhausted(
            actor=officer_of("JP", Role.CUSTOMS_OFFICER), licence=licence, reason="All out."
        )
    with pytest.raises(Invalid):
        licences.suspend(actor=officer_of("DE", Role.DECIDER), licence=licence, reason=" ")
    customs = officer_of("FR", Role.CUSTOMS_OFFICER)
    assert licences.mark_exhausted(actor=customs, licence=licence, reason="All out.").status == "exhausted"


def test_it_holds_where_nobody_objected(desk: Desk) -> None:
    advisory = {name: value for name, value in OBJECTION.items() if name not in ("kind", "binding")}
    desk.answer("US", "object", **advisory)
    desk.answer("FR")
    desk.reload()
    assert desk.licence().territory == ["DE", "FR"]


def test_it_ends_with_its_last_day_in_the_issuer_s_zone(answered: Desk) -> None:
    last = clock.today("Europe/Berlin") + timedelta(days=10)
    licence = answered.licence(valid_until=last)
    (due,) = deadlines.open_of(f"case:{answered.case.pk}")
    end = due.due_at.astimezone(ZoneInfo("Europe/Berlin"))
    assert end.isoformat(timespec="minutes")[:16] == f"{last + timedelta(days=1)}T00:00"
    with journeys.at(due.due_at):
        assert licences.verification(licence.number).status == "expired"  # before any tick
        deadlines.tick()
        assert Licence.objects.get(pk=licence.pk).status == Licence.Status.EXPIRED


def test_anyone_may_know_whether_it_holds_and_nothing_else(answered: Desk, officer_of: OfficerOf) -> None:
    first = clock.today("Europe/Berlin") + timedelta(days=5)
    licence = answered.licence(valid_from=first, valid_until=first + timedelta(days=5))
    told = licences.verification(f" {licence.number.lower()} ")
    assert told.status == "not_yet_valid"
    open_to_all = {
        "number",
        "status",
        "issuer",
        "valid_from",
        "valid_until",
        "territory",
        "reason",
        "takes_effect_at",
        "edition",
        "member",
        "confirm_by",
    }
    assert set(vars(told)) == open_to_all
    on: dict[date, str] = {
        first: "valid",
        first + timedelta(days=5): "valid",
        first + timedelta(days=6): "expired",
    }
    assert {day: licences.verification(licence.number, day).status for day in on} == on
    unknown = licences.verification("EL-0000-0000")
    assert (unknown.status, unknown.issuer, unknown.territory) == ("unknown", None, ())
    for state in ("suspended", "revoked", "exhausted", "surrendered"):
        put(licence, state)
        assert licences.verification(licence.number).status == state
