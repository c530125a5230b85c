"""The pages of hits in a browser: names in every script, and judging without JavaScript at 320 px."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from members.models import Organisation, Role, User
from screening import services
from screening.models import ClearedPair, Hit
from tests import journeys
from tests.browser.test_workbench import SignIn, sign_in
from tests.licensing.conftest import OfficerOf
from tests.screening.raising import REASON
from tests.screening.test_addresses import load
from tests.workbench.test_hits import ARABIC, CHINESE, CYRILLIC, scripts

__all__ = ["sign_in"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_force"),
]
NAMES = {"arabic": ARABIC, "cyrillic": CYRILLIC, "chinese": CHINESE, "latin": "Zarechnaya Optica Zavod"}


@pytest.fixture
def hits(exporter: User, organisation: Organisation) -> dict[str, Hit]:
    """A hit of a case of its own for a name in each script."""
    scripts()
    found = {}
    for script, name in NAMES.items():
        content: dict[str, Any] = journeys.dossier(own_reference=script)
        content["parties"][1] |= {"name": name, "aliases": ["Kavir Materials Trading"]}
        case = journeys.file(exporter, organisation, content)
        found[script] = Hit.objects.filter(case_ref=f"case:{case.pk}").latest("score")
    return found


@pytest.fixture
def by_owner_and_address(
    hits: dict[str, Hit], exporter: User, organisation: Organisation, tmp_path: Path
) -> dict[str, Hit]:
    """A hit of a party by whoever owns it, and one by its address alone."""
    content: dict[str, Any] = journeys.dossier(own_reference="owned")
    holder = {
        **content["parties"][1],
        "role": "owner",
        "name": NAMES["cyrillic"],
        "address": "1 Long Street, Perm",
    }
    content["parties"].append({**holder, "owns": content["parties"][1]["name"], "share": "62.5"})
    load(tmp_path, "MERIDIAN WORKS", "8 Research Link, Singapore")
    case = journeys.file(exporter, organisation, content)
    raised = Hit.objects.filter(case_ref=f"case:{case.pk}")
    return {rule: raised.get(rule=rule) for rule in ("owned", "address")}


@pytest.mark.slow
def test_every_page_of_hits_is_accessible_and_fits(
    live_server,
    page: Page,
    check,
    sign_in: SignIn,
    hits: dict[str, Hit],
    by_owner_and_address: dict[str, Hit],
    officer_of: OfficerOf,
) -> None:
    hits |= by_owner_and_address
    officer, home = officer_of("DE"), f"{live_server.url}/workbench/"
    services.clear(actor=officer, hit=hits["chinese"], reason=REASON, remember_days=30)
    services.confirm_clear(actor=officer_of("DE"), hit=hits["chinese"])
    services.mark_unsure(actor=officer, hit=hits["arabic"], reason="The register extract is missing.")
    sign_in(page, officer)
    addresses = {script: f"hits/{hit.uid}/" for script, hit in hits.items()} | {
        "queue": "hits/",
        "grouped": "hits/?by=entry",
        "ticked": "hits/?by=party&tick=all",
        "pairs": "hits/pairs/",
        "pair": f"hits/pairs/{ClearedPair.objects.get().uid}/",
        "statistics": "hits/statistics/",
        "search": "lists/search/?q=zarechnaya+plant",
        "alike": f"lists/search/?q={CHINESE}+Ltd",
        "entry": "lists/entries/drill/A-1/",
    }
    for name, address in addresses.items():
        check(home + address)
        if folder := os.environ.get("ENTENTE_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/{name}-320.png", full_page=True)
            page.set_viewport_size({"width": 1280, "height": 900})
            page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_officers_judge_hits_together_at_320_px_without_javascript(
    live_server, plain_page: Page, sign_in: SignIn, hits: dict[str, Hit], officer_of: OfficerOf
) -> None:
    page = plain_page
    page.set_viewport_size({"width": 320, "height": 700})
    home = f"{live_server.url}/workbench/hits/"
    sign_in(page, officer_of("DE", Role.LICENSING_OFFICER))
    page.goto(f"{home}?by=entry")
    page.get_by_role("link", name=re.compile(f"Show and tick these alone.*{CHINESE}")).click()
    expect(page.get_by_role("checkbox")).to_be_checked()
    page.get_by_role("button", name="Clear the ticked hits").click()
    expect(page.get_by_role("alert")).to_contain_text("How you know that it is another party")
    page.get_by_label("How you know that it is another party").fill(REASON)
    page.get_by_label("In this case and in new ones of my authority").check()
    page.get_by_label("For how many days").fill("90")
    page.get_by_role("button", name="Clear the ticked hits").click()
    expect(page.get_by_role("main")).to_contain_text("1 strong one waits for a second officer.")

    sign_in(page, officer_of("DE", Role.LICENSING_OFFICER))
    page.goto(f"{home}?status=proposed_clear&tick=all")
    page.get_by_role("button", name="Confirm the ticked clearances").click()
    expect(page.get_by_role("main")).to_contain_text("1 hit is cleared.")
    page.get_by_role("link", name="Cleared pairs").click()
    expect(page.get_by_role("main")).to_contain_text(CHINESE)

    page.goto(f"{home}{hits['cyrillic'].uid}/")
    expect(page.get_by_role("main")).to_contain_text("How they match, word by word")
    page.get_by_text("I cannot tell yet").click()
    page.get_by_label("Reason").first.fill("The register extract is missing.")
    page.get_by_role("button", name="Wait for information").click()
    expect(page.get_by_role("main")).to_contain_text("waits for information")
