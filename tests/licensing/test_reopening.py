"""What rested on a cleared pair is open again once the pair is ended or has expired, and once a side changes."""

import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from correspondence.models import Notice
from deadlines import services as deadlines
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.models import Case
from licensing.services import applications
from members.models import Organisation, User
from screening import selectors, services
from screening.lists.loading import load_ofac
from screening.models import ClearedPair, Hit
from tests import journeys
from tests.licensing.conftest import Desk
from tests.licensing.test_rescreening import EMPTY, buyer, load
from tests.screening.raising import REASON
from tests.standing import stays

OfficerOf = Callable[..., User]
MISTAKE = "The register shows the same directors."


def hit_of(case: Case) -> Hit:
    return Hit.objects.get(case_ref=f"case:{case.pk}")


def clear(hit: Hit, officer_of: OfficerOf, days: int = 30) -> ClearedPair:
    """Clear a strong hit by two officers, remembered."""
    services.clear(actor=officer_of("DE"), hit=hit, reason=REASON, remember_days=days)
    services.confirm_clear(actor=officer_of("DE"), hit=hit)
    return ClearedPair.objects.get(ended_at__isnull=True)


def end(pair: ClearedPair, officer_of: OfficerOf) -> None:
    services.end_pair(actor=officer_of("DE"), pair=pair, reason=MISTAKE)
    run_deliveries()


def fall_due(pair: ClearedPair) -> None:
    with journeys.at(pair.expires_at):
        deadlines.tick()
        run_deliveries()


@stays
def first(
    in_force: None, tmp_path_factory: pytest.TempPathFactory, exporter: User, organisation: Organisation
) -> Case:
    """A case whose end user is on a list."""
    name = journeys.dossier()["parties"][1]["name"]
    load(tmp_path_factory.mktemp("list"), name.upper(), "SOMEBODY ELSE LLC")
    return journeys.file(exporter, organisation)


@stays
def pair(first: Case, officer_of: OfficerOf) -> ClearedPair:
    return clear(hit_of(first), officer_of)


@stays
def second(pair: ClearedPair, exporter: User, organisation: Organisation) -> Case:
    """A later case with the same end user: its hit is cleared by the pair."""
    case = journeys.file(exporter, organisation)
    assert hit_of(case).pair == pair
    return case


def test_ending_a_pair_opens_what_it_cleared_and_what_it_was_made_from(
    first: Case, second: Case, pair: ClearedPair, officer_of: OfficerOf
) -> None:
    judge = officer_of("DE")
    end(pair, officer_of)
    for case in (first, second):
        hit = hit_of(case)
        assert (hit.status, hit.pair, hit.opened_by, hit.resolved_at, hit.reason) == (
            "open",
            None,
            pair,
            None,
            "",
        )
        assert selectors.open_hits(f"case:{case.pk}") == 1
        told = Event.objects.get(type="hit.reopened", aggregate=f"case:{case.pk}")
        assert (told.facts["why"], told.facts["reason"]) == ("ended", MISTAKE)
        notice = Notice.objects.get(recipient=judge, subject__contains="open again", event=told)
        assert MISTAKE in notice.text
        assert "cannot be granted" in notice.text
    assert set(pair.opened.all()) == {hit_of(first), hit_of(second)}


def test_under_a_live_licence_the_judges_are_told_its_number(
    answered: Desk, tmp_path: Path, officer_of: OfficerOf
) -> None:
    licence = answered.licence()
    load(tmp_path, buyer(licence.case).upper())
    run_deliveries()
    end(clear(hit_of(licence.case), officer_of), officer_of)
    assert hit_of(licence.case).status == "open"
    assert Notice.objects.filter(subject__contains="open again", text__contains=licence.number).exists()


def test_a_case_that_is_over_keeps_what_was_found(
    first: Case, second: Case, pair: ClearedPair, exporter: User, officer_of: OfficerOf
) -> None:
    applications.withdraw(actor=exporter, application=second.application)
    end(pair, officer_of)
    assert hit_of(second).status == "cleared"
    assert hit_of(first).status == "open"


def test_expiry_by_itself_opens_what_nobody_judged(first: Case, second: Case, pair: ClearedPair) -> None:
    with journeys.at(pair.expires_at.replace(microsecond=0) - timedelta(seconds=1)):
        deadlines.tick()
        run_deliveries()
    assert hit_of(second).status == "cleared"
    fall_due(pair)
    assert hit_of(second).status == "open"
    assert hit_of(first).status == "cleared"  # two officers found that for this case
    assert Event.objects.get(type="hit.reopened").facts["why"] == "expired"
    assert Event.objects.get(type="cleared_pair.expired").actor_kind == "clock"
    fall_due(pair)
    assert Event.objects.filter(type="hit.reopened").count() == 1


def test_what_is_open_again_is_judged_and_remembered_anew(
    second: Case, pair: ClearedPair, officer_of: OfficerOf
) -> None:
    end(pair, officer_of)
    later = clear(hit_of(second), officer_of)
    hit = hit_of(second)
    assert (hit.status, hit.pair, later.hit) == ("cleared", None, hit)


def test_a_later_pair_takes_over_what_an_earlier_one_cleared(
    first: Case, second: Case, pair: ClearedPair, officer_of: OfficerOf
) -> None:
    services.end_pair(actor=officer_of("DE"), pair=pair, reason=MISTAKE)  # not yet delivered
    ClearedPair.objects.create(
        **{
            name: getattr(pair, name)
            for name in (
                "jurisdiction", "shared_party", "list_key", "entry_id", "party_sha256", "entry_sha256", "hit",
                "strong", "reason", "cleared_by", "seconded_by", "cleared_at", "expires_at",
            )
        }
    )  # fmt: skip
    run_deliveries()
    assert hit_of(second).status == "cleared"


def test_a_replaced_pair_opens_nothing_until_its_successor_is_over(
    second: Case, pair: ClearedPair, officer_of: OfficerOf, exporter: User, organisation: Organisation
) -> None:
    content = journeys.dossier()
    content["parties"][1]["aliases"] = ["Another Trading Name"]
    third = journeys.file(exporter, organisation, content)
    later = clear(hit_of(third), officer_of, days=60)
    run_deliveries()
    assert Event.objects.filter(type="cleared_pair.replaced").count() == 1
    fall_due(pair)
    assert hit_of(second).status == "cleared"
    fall_due(later)
    assert hit_of(second).status == "open"
    assert hit_of(third).status == "cleared"


def test_a_change_of_the_entry_raises_the_hit_of_an_open_case_anew(
    second: Case, tmp_path: Path, pair: ClearedPair
) -> None:
    path = tmp_path / "sdn.csv"
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerow([1, buyer(second).upper(), "-0- ", "TEST", *EMPTY[:-1], "Also in Dubai."])
    load_ofac(sdn=path, accept_shrink=True)
    run_deliveries()
    found = Hit.objects.filter(case_ref=f"case:{second.pk}").order_by("pk")
    assert [(hit.status, hit.pair) for hit in found] == [("cleared", pair), ("open", None)]
    assert selectors.open_hits(f"case:{second.pk}") == 1
