"""What a change of measures touches is found among the licences it could mean, and among no fewer."""

from __future__ import annotations

from typing import Any

import pytest

from alliance import measures
from alliance.measures import Scope
from alliance.models import Declaration
from escalation import exit_plan, simulating
from licensing.models import Licence
from tests import crises as crisis_makers
from tests import journeys
from tests.crises import seat
from tests.licensing.conftest import Desk, answered, desk
from tests.standing import stays

__all__ = ["answered", "desk"]
pytestmark = pytest.mark.usefixtures("in_force")
SOMEBODY = "00000000-0000-4000-8000-000000000000"


@stays
def licence(answered: Desk) -> Licence:
    """Cameras to Singapore."""
    return answered.licence()


def declared(
    own: dict[str, Any], declaration: dict[str, Any], lifted: dict[str, Any] | None = None
) -> Declaration:
    """A crisis in force in Germany, of one measure that suspends licences in a scope."""
    found = crisis_makers.in_force("DE", set_key=crisis_makers.a_set(effect="suspend_licences", scope=own))
    found.scope = declaration
    if lifted is not None:
        found.payload["exit"].insert(
            0, {**found.payload["exit"][0], "key": "part", "lifts": [{"measures": ["one"], "scope": lifted}]}
        )
    found.touch()
    found.save()
    return found


def party_of(licence: Licence) -> str:
    return str(licence.decision.revision.parties.exclude(shared_party=None)[0].shared_party.uid)


@pytest.mark.parametrize(
    ("own", "declaration", "touched"),
    [
        ({}, {}, True),
        ({"destinations": ["SG", "AE"]}, {}, True),
        ({}, {"destinations": ["SG"]}, True),
        ({"destinations": ["SG"]}, {"control_codes": ["6A"]}, True),
        ({"parties": [SOMEBODY]}, {}, False),
        ({"destinations": ["AE"]}, {}, False),
        ({"destinations": ["SG"]}, {"destinations": ["AE"]}, False),
    ],
)
def test_a_licence_is_touched_where_every_dimension_that_is_given_fits(
    licence: Licence, own: dict[str, Any], declaration: dict[str, Any], touched: bool
) -> None:
    assert simulating.ended(declared(own, declaration)).licence_keys == ([licence.pk] if touched else [])


def test_parties_are_read_where_a_measure_names_them(licence: Licence) -> None:
    assert simulating.ended(declared({"parties": [party_of(licence)]}, {})).licence_keys == [licence.pk]


def test_a_step_that_lifts_by_party_touches_whose_parties_it_all_names(licence: Licence) -> None:
    parties = licence.decision.revision.parties.values_list("shared_party__uid", flat=True)
    everyone = sorted({str(uid) for uid in parties})
    found = declared({"destinations": ["SG"]}, {}, lifted={"parties": everyone})
    assert simulating.relaxed_to(found, ["part"]).licence_keys == [licence.pk]


def test_the_dry_run_counts_by_member_what_would_be_suspended_and_for_whom(
    licence: Licence, exporter, organisation, django_assert_max_num_queries
) -> None:
    case = journeys.file(exporter, organisation, journeys.dossier())
    assert case.lead_id == "DE"
    payload = crisis_makers.measures()
    payload["measures"] = [
        {**payload["measures"][0], "key": key, "effect": effect}
        for key, effect in (
            ("one", "no_grant"),
            ("again", "no_grant"),
            ("lane", "lane"),
            ("hold", "suspend_licences"),
        )
    ]
    payload["exit"][0]["lifts"][0]["measures"] = ["one", "again", "lane", "hold"]
    with django_assert_max_num_queries(6):
        rows = {row.member.code: row for row in simulating.dry_run(measures.parse(payload), Scope())}
    germany, france = rows["DE"], rows["FR"]
    assert (germany.cases, germany.all_cases) == ({"no_grant": 1, "lane": 1}, 1)
    assert (germany.licences, germany.exporters) == (1, 1), "one exporter, with a case and a licence"
    assert (france.cases, france.all_cases, france.licences, france.exporters) == ({}, 0, 0, 0)
    (none,) = {
        row.all_cases + row.licences for row in simulating.dry_run(measures.parse(payload), Scope(), ["all"])
    }
    assert none == 0


def test_who_watches_the_plan_shares_one_reading_for_some_seconds_and_who_acts_does_not(
    desk: Desk, django_assert_max_num_queries
) -> None:
    found = crisis_makers.in_force("DE")
    found.payload["exit"][0]["preconditions"][0]["expression"] = "open_cases_in_scope < 1"
    for measure in found.payload["measures"]:
        measure["scope"] = {"destinations": ["SG"]}
    found.touch()
    found.save()
    reader = seat("DE")

    def first(fresh: bool) -> tuple[bool, Any]:
        plan = exit_plan.plan(reader, Declaration.objects.get(pk=found.pk), fresh=fresh)
        return plan.steps[0].judged[0].finding.green, plan.at

    red, at = first(False)
    assert not red
    type(desk.case).objects.filter(pk=desk.case.pk).update(status="withdrawn")
    with django_assert_max_num_queries(4):
        assert first(False) == (False, at)
    assert first(True)[0]
    with journeys.later(seconds=exit_plan.GLANCE):
        green, later = first(False)
    assert green
    assert later > at
