"""Pages of webhooks and of event types in a browser: accessible, narrow, and usable without JavaScript."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import Page, expect

from core import clock
from correspondence import services
from correspondence.models import WebhookEndpoint, WebhookLetter
from correspondence.webhooks import sending
from members.models import Membership, Organisation
from tests import factories
from tests.browser.test_workbench import SignIn, sign_in
from tests.correspondence.hooks import Other, happen, system_of

__all__ = ["sign_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.slow
def test_a_webhook_is_registered_and_looked_after_without_javascript_on_pages_that_pass_axe(
    live_server, page: Page, plain_page: Page, check, sign_in: SignIn, organisation: Organisation
) -> None:
    office = factories.exporter_of(organisation, Membership.Role.ADMINISTRATOR)
    system_of(office, name="Warehouse")
    sign_in(plain_page, office)
    home = f"{live_server.url}/webhooks/"
    plain_page.set_viewport_size({"width": 320, "height": 700})
    plain_page.goto(home)
    plain_page.get_by_role("button", name="Register a webhook").click()
    plain_page.get_by_label("Address").fill("https://hooks.example.org/entente/of-the-warehouse")
    plain_page.get_by_role("button", name="Register the webhook").click()
    expect(plain_page.get_by_text("Verify calls with this public key")).to_be_visible()
    endpoint = WebhookEndpoint.objects.get()
    letter = happen(organisation)
    happen(organisation)
    WebhookEndpoint.objects.update(pace=2)
    sending.serve(endpoint.pk, Other([200, 500]))
    WebhookLetter.objects.create(
        endpoint=endpoint, event=letter, position=0, attempts=9, reason="Gone.", died_at=clock.now()
    )
    services.rotate_key(actor=office, endpoint=endpoint, scheme="v1")
    plain_page.goto(f"{home}{endpoint.uid}/")
    plain_page.get_by_role("button", name=re.compile("case.held")).click()
    expect(plain_page.get_by_text("On its way")).to_be_visible()
    sign_in(page, office)
    addresses = {
        "page": f"{home}{endpoint.uid}/",
        "new": f"{home}new/",
        "event": f"{live_server.url}/events/case.held/",
    }
    for name, address in addresses.items():
        check(address)
        if folder := os.environ.get("ENTENTE_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/{name}-320.png", full_page=True)
            page.set_viewport_size({"width": 1280, "height": 900})
            page.screenshot(path=f"{folder}/{name}.png", full_page=True)
