"""The finding on a ground over REST: row, carve-out and licence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from api.grounds import CitedSerializer, GroundSerializer, ReachedSerializer
from members.models import Organisation, User
from tests.licensing.test_aid import relief

pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]


def test_an_officers_system_reads_row_carve_out_and_licence(
    client_of: ClientOf, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    case = relief(exporter, organisation, "UA-14")
    told = client_of(officer_of("DE")).get(f"/api/v1/cases/{case.reference}/").json()["assessment"]["ground"]
    assert (told["row"], told["carve_out"], told["licence"]) == (
        "alliance-named-basic", "lifted", "rapid_lane",
    )  # fmt: skip
    assert {one["row"] for one in told["cited"]} == {"un-named-basic", "eu-any", "alliance-named-basic"}
    assert [len(place["conditions"]) for place in told["reached"]] == [2]
    kept = case.assessments.get().ground
    assert set(told) == set(kept) == set(GroundSerializer().fields)
    assert set(kept["cited"][0]) == set(CitedSerializer().fields)
    assert set(kept["reached"][0]) == set(ReachedSerializer().fields)


def test_a_finding_from_before_the_table_has_empty_answers(
    client_of: ClientOf, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    case = relief(exporter, organisation, "UA")
    old = {"state": "accepted", "lane": "humanitarian", "reason": "As was.", "legal_basis": "", "rule": "old"}
    case.assessments.update(ground=old)
    told = client_of(officer_of("DE")).get(f"/api/v1/cases/{case.reference}/").json()["assessment"]["ground"]
    assert (told["state"], told["row"], told["carve_out"], told["cited"]) == ("accepted", "", "", [])


def test_an_exporters_system_is_not_told(
    client_of: ClientOf, exporter: User, organisation: Organisation
) -> None:
    case = relief(exporter, organisation, "UA")
    assert client_of(exporter).get(f"/api/v1/cases/{case.reference}/").json()["assessment"] is None
