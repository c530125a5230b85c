"""Machine-readable licences in a browser: accessible pages, and the verifier from the disk with the network cut."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core import clock
from licensing.credentials import packs, tokens
from licensing.credentials.checking import check as judge
from licensing.selectors.credentials import trusted_keys
from licensing.services import border_packs, credentials, licences
from members import issuing
from members import services as members
from members.models import Ministry, Role, User
from public import offline
from tests import journeys
from tests.browser.conftest import WIDTHS, assert_accessible, assert_fits
from tests.browser.test_waivers import look
from tests.browser.test_workbench import SignIn, sign_in
from tests.licensing.conftest import Desk, answered, desk
from tests.licensing.test_credentials import forged
from tests.licensing.test_licences import put

__all__ = ["answered", "desk", "sign_in"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_force"),
]


@pytest.mark.slow
def test_the_verifier_judges_as_the_platform_does_with_the_network_cut(
    live_server,
    page: Page,
    check,
    sign_in: SignIn,
    answered: Desk,
    exporter: User,
    officer_of: Callable[..., User],
    tmp_path: Path,
) -> None:
    licence = answered.licence(conditions=[{"code": "value_cap", "line": 1, "value": "90000"}])
    customs = officer_of("FR", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS)
    home = live_server.url
    sign_in(page, exporter)
    look(page, check, {"own-licence": f"{home}/licences/{licence.number}/"})
    page.context.clear_cookies()
    sign_in(page, customs)
    look(page, check, {"border-pack": f"{home}/workbench/border-pack/"})
    page.context.clear_cookies()
    sign_in(page, officer_of("DE", Role.ADMINISTRATOR))
    key = members.signing_key(licence.issued_by)
    look(
        page,
        check,
        {
            "keys": f"{home}/administration/keys/",
            "revoke-key": f"{home}/administration/keys/{key.uid}/revoke/",
            "credentials": f"{home}/credentials/",
        },
    )
    page.goto(f"{home}/verify/")
    page.get_by_label("Credential", exact=True).fill(credentials.signed(licence, "customs"))
    page.get_by_role("button", name="Verify the credential").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This licence is valid")
    for name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        assert_fits(page)
        assert_accessible(page)
        _shot(page, f"judged-{name}")

    opened = credentials.signed(licence, "vc+jwt")
    shown = [credentials.signed(licence, form) for form in ("vc+jwt", "vc+sd-jwt", "customs", "code")]
    wrong = [
        opened[:-9], f"{opened}~", forged(key, opened, "jwt"), forged(key, opened, iss="did:web:nobody"),
        forged(key, opened, header={"kid": f"{issuing.did_of('DE')}#x"}), forged(key, opened, iat=1),
        forged(key, opened, type=[]), forged(key, opened, validUntil="2099-01-01T00:00:00Z"),
        forged(key, opened, id="urn:uuid:00000000-0000-4000-8000-000000000000"),
        forged(members.signing_key(customs.authority.jurisdiction), opened),
        opened[: opened.rindex(".") + 1] + tokens.b64(b"0" * 64),
        "~".join([shown[1].split("~")[0], shown[1].split("~")[1], shown[1].split("~")[1], ""]),
    ]  # fmt: skip
    for state in ("issued", "suspended", "revoked", "surrendered", "exhausted", "expired"):
        put(licence, state)
        with journeys.later(minutes=1):
            made = border_packs.make(actor=customs).text
            (tmp_path / f"{state}.jwt").write_text(made)
            pack = packs.opened(made, trusted_keys())
            texts = [*shown, *(wrong if state == "issued" else [])]
            expected = [judge(text, pack, clock.now()).code for text in texts]
            at = int(clock.now().timestamp() * 1000)
        file = tmp_path / "verifier.html"
        file.write_text(offline.page(issuing.all_keys()))
        if state == "issued":
            page.context.set_offline(True)
            page.route(lambda url: not url.startswith("file:"), lambda route: route.abort())
            page.goto(file.as_uri())
        page.set_input_files("#pack", tmp_path / f"{state}.jwt")
        expect(page.locator("#pack-state")).to_contain_text("For FR, made")
        found = page.evaluate(
            "async ([texts, at]) => { const found = []; for (const text of texts)"
            " found.push((await check(text, pack, at)).code); return found; }",
            [texts, at],
        )
        assert found == expected, state
    page.set_input_files("#pack", tmp_path / "issued.jwt")
    expect(page.locator("#pack-state")).to_contain_text("licences: 1")
    page.get_by_label("Text of the licence").fill(licence.number)
    page.get_by_role("button", name="Verify").click()
    expect(page.locator("#facts")).to_contain_text(licence.holder.name)
    for name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        assert_fits(page)
        assert_accessible(page)
        _shot(page, f"verifier-{name}")
    (tmp_path / "broken.jwt").write_text(made[:-50])
    page.set_input_files("#pack", tmp_path / "broken.jwt")
    expect(page.locator("#pack-state")).to_contain_text("The pack")
    assert licences.verification(licence.number).status == "expired"


def _shot(page: Page, name: str) -> None:
    if folder := os.environ.get("ENTENTE_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
