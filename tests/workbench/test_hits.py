"""Hits in the workbench: the page that explains one, the queue, many cleared at once, the pairs, the tally."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from core import clock
from ledger.testing import run_deliveries
from licensing.models import Case
from members.models import Organisation, Role, User
from screening import services
from screening.lists import keeping
from screening.lists.rows import Parsed, Row
from screening.models import ClearedPair, Hit
from screening.statistics import tallies
from tests import journeys
from tests.matrix.answers import CHOICES
from tests.matrix.operations import operations
from tests.matrix.test_addresses import PROBES, Visitor
from tests.screening.raising import NEAR, REASON, load, raise_one
from tests.standing import stays
from tests.workbench.test_queries import queries

OfficerOf = Callable[..., User]
SignedIn = Callable[[User], Client]
HITS = "/workbench/hits/"
QUEUE = 17  # queries of the queue: raise it only with a reason
pytestmark = pytest.mark.usefixtures("in_force")

ARABIC, CYRILLIC, CHINESE = "شركة كوير للمواد", "Завод Заречная Оптика", "青河微电子有限公司"


@stays
def officer(officer_of: OfficerOf) -> User:
    return officer_of("DE", Role.LICENSING_OFFICER)


def scripts() -> None:
    """Put a list into force whose entries are written in three scripts."""
    rows = [
        Row(
            "A-1", "company", ARABIC, programmes="DRILL", remarks="Also trades as Kavir.",
            countries=["Iran"], identifiers=["IR123"], born=["1999"], addresses=["Tehran"],
        ),
        Row("A-2", "company", CYRILLIC, aliases=["Zarechnaya Optika Plant"], countries=["RU"]),
        Row("A-3", "company", CHINESE, countries=["China"]),
    ]  # fmt: skip
    about = keeping.About("drill", "List of the drill", "The alliance")
    keeping.put_into_force(Parsed(rows), about=about, sha256="queue", version="v1")


def filed(exporter: User, organisation: Organisation, name: str, **party: Any) -> Case:
    content: dict[str, Any] = journeys.dossier()
    content["parties"][1] |= {"name": name, **party}
    return journeys.file(exporter, organisation, content)


@pytest.mark.parametrize(("name", "lang"), [(ARABIC, "ar"), (CYRILLIC, "ru"), (CHINESE, "zh")])
def test_the_page_of_a_hit_lays_both_sides_beside_each_other_in_every_script(
    name: str,
    lang: str,
    exporter: User,
    organisation: Organisation,
    officer: User,
    signed_in: SignedIn,
) -> None:
    scripts()
    filed(exporter, organisation, name)
    hit = Hit.objects.get()
    assert hit.alignment
    page = signed_in(officer).get(f"{HITS}{hit.uid}/").content.decode()
    assert f'<bdi dir="auto" lang="{lang}">{name}</bdi>' in page
    for told in ("In the application", "On the list", "How they match, word by word", "The same word"):
        assert told in page
    assert "The same</strong>" in page


def test_the_page_says_in_words_what_differs(
    exporter: User, organisation: Organisation, officer: User, signed_in: SignedIn
) -> None:
    scripts()
    lei = [{"scheme": "lei", "value": "529900T8BM49AURSDO55"}]
    filed(exporter, organisation, "Zarechnaya Optica Plant", country="SG", identifiers=lei)
    hit = Hit.objects.get()
    page = signed_in(officer).get(f"{HITS}{hit.uid}/").content.decode()
    for told in (
        "Different</strong>",
        "Only in the application</strong>",
        "Alike</strong>",
        "(compared; ",
    ):
        assert told in page
    assert "Spelt nearly the same" in page or "Spelt differently, but said the same" in page


def test_a_hit_from_before_the_alignment_shows_its_explanation(
    exporter: User, organisation: Organisation, officer: User, signed_in: SignedIn
) -> None:
    scripts()
    filed(exporter, organisation, CYRILLIC)
    Hit.objects.update(alignment=[], explanation=["Both names begin alike."])
    page = signed_in(officer).get(f"{HITS}{Hit.objects.get().uid}/").content.decode()
    assert "Both names begin alike." in page


def test_a_hit_is_cleared_and_remembered_on_its_page(
    exporter: User, organisation: Organisation, officer: User, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    scripts()
    filed(exporter, organisation, CYRILLIC)
    hit = Hit.objects.get()
    browser = signed_in(officer)
    given = {"clear-reason": REASON, "clear-remember": "days", "clear-remember_days": "731"}
    answer = browser.post(f"{HITS}{hit.uid}/clear/", given)
    assert answer.status_code == 422
    assert "730" in answer.content.decode()
    answer = browser.post(f"{HITS}{hit.uid}/clear/", {**given, "clear-remember_days": "30"}, follow=True)
    assert "waits for a second officer" in answer.content.decode()
    signed_in(officer_of("DE")).post(f"{HITS}{hit.uid}/confirm-clear/")
    pair = ClearedPair.objects.get()
    assert pair.expires_at - pair.cleared_at == timedelta(days=30)
    page = browser.get(f"{HITS}pairs/").content.decode()
    assert CYRILLIC in page
    assert "In force</strong>" in page
    assert browser.get(f"{HITS}pairs/", {"state": "ended"}).content.decode().count(CYRILLIC) == 0
    page = browser.post(f"{HITS}pairs/{pair.uid}/", {"reason": "It was a mistake."}, follow=True)
    assert "clears nothing more" in page.content.decode()
    assert "It was a mistake." in page.content.decode()
    assert signed_in(officer_of("FR")).get(f"{HITS}pairs/{pair.uid}/").status_code == 404


def test_an_unsure_hit_waits_in_the_queue_with_what_is_missing(
    exporter: User, organisation: Organisation, officer: User, signed_in: SignedIn
) -> None:
    scripts()
    filed(exporter, organisation, CYRILLIC)
    hit, browser = Hit.objects.get(), signed_in(officer)
    assert browser.post(f"{HITS}{hit.uid}/unsure/", {"unsure-reason": ""}).status_code == 422
    browser.post(f"{HITS}{hit.uid}/unsure/", {"unsure-reason": "The register extract is missing."})
    page = browser.get(HITS, {"status": "unsure"}).content.decode()
    assert "The register extract is missing." in page
    assert "Unsure: waits for information" in page
    assert "The register extract is missing." not in browser.get(HITS, {"status": "open"}).content.decode()


def many(count: int, **change: Any) -> list[Hit]:
    return [hit for n in range(count) for hit in raise_one(f"case:90000{n}", **change)]


def test_the_queue_is_of_the_officers_jurisdiction_strongest_first(
    officer: User, signed_in: SignedIn
) -> None:
    load()
    (near,) = raise_one("case:900001", **NEAR)
    (strong,) = raise_one("case:900002")
    (foreign,) = raise_one("case:900003", lead="FR")
    page = signed_in(officer).get(HITS).content.decode()
    assert page.index(str(strong.uid)) < page.index(str(near.uid))
    assert str(foreign.uid) not in page
    for query, shown in (
        ({"strong": "no"}, near),
        ({"strong": "yes"}, strong),
        ({"group": f"party:{near.shared_party.uid}"}, near),
        ({"group": f"entry:{near.list_key}:{near.entry_id}"}, near),
        ({"list": "us-ofac-sdn", "by": "party"}, strong),
    ):
        assert str(shown.uid) in signed_in(officer).get(HITS, query).content.decode(), query
    for query in (
        {"group": "party:nobody"},
        {"case": "EN-0000-0000"},
        {"strong": "no", "group": "entry:x:y"},
    ):
        assert "No hit waits." in signed_in(officer).get(HITS, query).content.decode(), query


def test_a_withdrawn_case_has_no_hit_that_waits(
    exporter: User, organisation: Organisation, officer: User, signed_in: SignedIn
) -> None:
    scripts()
    case = filed(exporter, organisation, CYRILLIC)
    assert "1 hit waits." in signed_in(officer).get(HITS, {"case": case.reference}).content.decode()
    Case.objects.filter(pk=case.pk).update(status="withdrawn", decided_at=None)
    assert "No hit waits." in signed_in(officer).get(HITS).content.decode()


def test_the_queue_takes_as_many_queries_for_two_hits_as_for_forty(
    officer: User, signed_in: SignedIn
) -> None:
    load()
    browser = signed_in(officer)
    many(2)
    few = {by: queries(browser, f"{HITS}?by={by}") for by in ("", "entry", "party")}
    many(40)
    for by, count in few.items():
        assert queries(browser, f"{HITS}?by={by}") == count <= QUEUE, by


def test_a_group_is_ticked_by_its_link_and_cleared_for_one_reason(
    officer: User, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    load()
    hits = [*many(3), *raise_one("case:900009", **NEAR)]
    browser, address = signed_in(officer), f"{HITS}?by=entry"
    page = browser.get(address).content.decode()
    assert "4 hits" in page
    group = f"entry:{hits[0].list_key}:{hits[0].entry_id}"
    assert (
        browser.get(HITS, {"group": group, "tick": "all"}).content.decode().count(" checked") == 5
    )  # and "in this case"
    ticked = {"hits": [str(hit.uid) for hit in hits]}
    assert browser.post(f"{HITS}clear/", ticked).status_code == 422
    done = browser.post(f"{HITS}clear/?by=entry", {**ticked, "reason": REASON}, follow=True)
    assert done.redirect_chain[0][0] == address
    assert "1 hit is cleared. 3 strong ones wait for a second officer." in done.content.decode()
    waiting = {"hits": [str(hit.uid) for hit in hits[:3]]}
    answer = browser.post(f"{HITS}confirm/", waiting)
    assert answer.status_code == 422
    assert "Nothing was changed." in answer.content.decode()
    done = signed_in(officer_of("DE")).post(f"{HITS}confirm/", waiting, follow=True)
    assert "3 hits are cleared." in done.content.decode()
    assert browser.post(f"{HITS}confirm/", {"hits": ["nonsense"]}).status_code == 422


def test_who_does_not_judge_ticks_nothing(officer_of: OfficerOf, signed_in: SignedIn, exporter: User) -> None:
    load()
    (hit,) = raise_one("case:900001")
    auditor = signed_in(officer_of("DE", Role.CUSTOMS_OFFICER))
    page = auditor.get(HITS).content.decode()
    assert "Your role does not judge hits." in page
    assert 'type="checkbox"' not in page
    given = {"hits": [str(hit.uid)], "reason": REASON}
    assert auditor.post(f"{HITS}clear/", given).status_code == 403
    for address in (HITS, f"{HITS}pairs/", f"{HITS}statistics/"):
        assert signed_in(exporter).get(address).status_code == 404


def test_the_tally_counts_false_alarms_by_list_and_rule(
    officer: User, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    load()
    browser = signed_in(officer)
    assert "No hit was raised yet." in browser.get(f"{HITS}statistics/").content.decode()
    one, two, three, four, five = many(5, **NEAR)
    raise_one("case:900009", lead="FR")
    start = clock.now()
    for hit, hours in ((one, 2), (two, 4), (three, 10)):
        with journeys.at(start + timedelta(hours=hours)):
            services.clear(actor=officer, hit=hit, reason=REASON, remember_days=300 if hit == one else None)
    with journeys.at(start + timedelta(hours=1)):
        services.confirm_match(actor=officer, hit=four, reason=REASON)
    services.mark_unsure(actor=officer, hit=five, reason=REASON)
    with journeys.at(start + timedelta(hours=12)):
        raise_one("case:900008", **NEAR)
    (tally,) = tallies(officer)
    assert (tally.raised, tally.true, tally.false, tally.unsure, tally.by_pair) == (6, 1, 3, 1, 1)
    assert tally.share_false == 0.75
    assert tally.hours == pytest.approx(3, abs=0.1)
    page = browser.get(f"{HITS}statistics/").content.decode()
    assert "75 % false" in page
    assert "A name much alike" in page


def test_no_exporter_learns_what_matched(exporter: User, organisation: Organisation, officer: User) -> None:
    """Every page and every answer of the API that an exporter or the public can ask for."""
    about = keeping.About("secret-register", "The secret register", "Nobody")
    rows = [Row("S-777", "company", CYRILLIC, aliases=["Opticheskiy Zavod Zarechnaya"])]
    keeping.put_into_force(Parsed(rows), about=about, sha256="many", version="v1")
    case = filed(exporter, organisation, "Zarechnaya Optica Plant")
    hit = Hit.objects.get()
    assert hit.entry_name == CYRILLIC
    services.mark_unsure(actor=officer, hit=hit, reason="The register extract is missing.")
    run_deliveries()
    things = {"cases": case.reference, "applications": case.application.reference, "hits": str(hit.uid)}
    secrets = [CYRILLIC, "Opticheskiy", "secret-register", "The secret register", "S-777", "hit.raised"]
    secrets += ["hit.marked_unsure", "register extract is missing"]
    told = 0
    for person in (exporter, None):
        visitor = Visitor(person)
        for operation in operations():
            named = {p: things.get(noun) or CHOICES.get(p) for p, noun in operation.nouns}
            if operation.method != "GET" or operation.name in PROBES or None in named.values():
                continue
            answer, _recorded = visitor.ask(operation, operation.template % named, {})
            text = b"".join(answer).decode(errors="replace")
            if operation.name.startswith(
                "public:event"
            ):  # the types of event there are, the same for everyone
                text = text.replace("hit.raised", "").replace("hit.marked_unsure", "")
            told += case.application.reference in text
            assert not [secret for secret in secrets if secret in text], operation
    assert told > 3
