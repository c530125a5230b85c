"""The page of a hit explains a match to somebody who reads none of the scripts and has never seen one."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from core.models import ref
from ledger.testing import run_deliveries
from members.models import Organisation, User
from screening import services
from screening.lists import keeping
from screening.lists.rows import Parsed, Row
from screening.models import ClearedPair, Hit
from tests import journeys
from tests.licensing.conftest import Desk
from tests.screening.raising import REASON
from workbench.comparison import reading

OfficerOf = Callable[..., User]
Page = Callable[[Hit], str]
pytestmark = pytest.mark.usefixtures("in_force")
ARABIC, CHINESE, CYRILLIC, KOREAN = "محمد حسين كريمي", "青河微电子有限公司", "Завод Заречная Оптика", "김광수"
ABOUT = keeping.About("drill", "List of the drill", "The alliance")


def put(*rows: Row, version: str = "v1") -> None:
    keeping.put_into_force(
        Parsed(list(rows)), about=ABOUT, sha256=uuid4().hex, version=version, accept_shrink=True
    )


@pytest.fixture
def file(exporter: User, organisation: Organisation) -> Callable[..., Hit]:
    def filed(**party: Any) -> Hit:
        content: dict[str, Any] = journeys.dossier()
        content["parties"][1] |= party
        journeys.file(exporter, organisation, content)
        return Hit.objects.latest("pk")

    return filed


@pytest.fixture
def look(officer_of: OfficerOf, signed_in: Callable[[User], Client]) -> Page:
    browser = signed_in(officer_of("DE"))
    return lambda hit: " ".join(browser.get(f"/workbench/hits/{hit.uid}/").content.decode().split())


@pytest.mark.parametrize(
    ("name", "read"),
    [
        (ARABIC, "Mhmd Hsin Krimi"),
        (CYRILLIC, "Zavod Zarechnaya Optika"),
        (CHINESE, "Qing He Wei Dian Zi You Xian Gong Si"),
        (KOREAN, "Gim Gwang Su"),
        ("Kavir Mavad", ""),
        ("Grüne Öl AG", ""),
        ("", ""),
    ],
)
def test_a_name_in_another_script_is_shown_as_it_reads(name: str, read: str) -> None:
    assert reading(name) == read


def test_it_says_which_word_met_which_in_both_scripts_and_how(file: Callable[..., Hit], look: Page) -> None:
    put(Row("P-1", "person", ARABIC, countries=["Iran"], born=["1970"]))
    told = look(file(name="Mohammed Hossein Karimi", kind="person", country="AE"))
    assert (
        f'<bdi dir="auto" lang="ar">{ARABIC}</bdi></strong> <span class="govuk-body-s" dir="ltr">(reads: '
        in told
    )
    for word, read in (("محمد", "Mhmd"), ("حسين", "Hsin"), ("كريمي", "Krimi")):
        bdi = f'<bdi dir="auto" lang="ar">{word}</bdi>'
        assert f'{bdi} <span class="govuk-body-s" dir="ltr">(reads: {read})</span>' in told
    assert "Two spellings of one given name" in told
    assert "83 %. A name much alike." in told
    assert "From 75 % on, a name is looked at." in told
    assert "<strong>Country, Founded or born</strong>" in told
    assert "version v1, in force since" in told
    assert "Entry P-1</a>" in told
    assert "one officer may clear it" in told


def test_characters_are_shown_beside_the_syllables_that_were_compared(
    file: Callable[..., Hit], look: Page
) -> None:
    put(Row("C-1", "company", CHINESE, countries=["China"]))
    told = look(file(name="Qinghe Weidianzi Youxian Gongsi", country="CN"))
    assert (
        '<bdi dir="auto" lang="zh">青河</bdi> <span class="govuk-body-s" dir="ltr">(reads: Qing He)' in told
    )
    assert ">Different</strong>" not in told.partition("Founded or born")[0]  # China is CN


def test_it_says_when_the_entry_has_changed_or_is_gone(file: Callable[..., Hit], look: Page) -> None:
    entry, other = Row("C-2", "company", CYRILLIC), Row("C-3", "company", "Unrelated Harbour")
    put(entry, other)
    hit = file(name=CYRILLIC)
    assert "Changed since" not in look(hit)
    entry.remarks = "Moved."
    put(entry, other, version="v2")
    assert "Changed since" in look(hit)
    put(other, version="v3")
    assert "No longer listed" in look(hit)


def test_it_says_why_a_hit_is_open_again(file: Callable[..., Hit], look: Page, officer_of: OfficerOf) -> None:
    put(Row("C-2", "company", CYRILLIC))
    hit = file(name=CYRILLIC)
    services.clear(actor=officer_of("DE"), hit=hit, reason=REASON, remember_days=30)
    services.confirm_clear(actor=officer_of("DE"), hit=hit)
    pair = ClearedPair.objects.get()
    assert f"/workbench/hits/pairs/{pair.uid}/" in look(hit)
    services.end_pair(actor=officer_of("DE"), pair=pair, reason="The directors are the same.")
    run_deliveries()
    told = look(hit)
    assert "ended the cleared pair that answered it" in told
    assert "The directors are the same." in told
    assert "Another officer of your authority is asked to confirm it." in told


def test_under_a_licence_it_says_that_the_hit_stops_nothing_by_itself(
    exporter: User, organisation: Organisation, officer_of: OfficerOf, look: Page
) -> None:
    desk = Desk(journeys.file(exporter, organisation), officer_of)
    desk.answer_all()
    desk.reload()
    licence = desk.licence()
    put(Row("C-2", "company", journeys.dossier()["parties"][1]["name"]))
    run_deliveries()
    told = look(Hit.objects.get(case_ref=ref(desk.case)))
    assert f"/workbench/cases/{desk.case.reference}/licence/" in told
    assert licence.number in told
    assert "before the hit is judged" not in told
