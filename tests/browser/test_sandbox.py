"""The page of a sandbox in a browser: accessible at both widths, with the form that moves the clock."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from config.sandbox import tenant
from core import clock
from members.models import User
from tests.browser.test_workbench import sign_in

__all__ = ["sign_in"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SCENARIO = {
    "key": "untouched",
    "title": "A licence of which nothing has been drawn.",
    "application": "EA-EC1A-Z42F",
    "case": "EN-DTYF-0R29",
    "licence": "EL-XTWY-6MSE",
}


def test_the_page_is_accessible_and_fits(
    live_server: Any, page: Page, check: Any, sign_in: Any, settings: Any, tmp_path: Any, exporter: User
) -> None:
    sign_in(page, exporter)
    settings.ROOT_URLCONF, settings.SANDBOX, settings.DATA_DIR = "config.sandbox.urls", "alpha", tmp_path
    failed = {"key": "crisis", "title": "A crisis in force.", "failed": "Somebody declared one already."}
    tenant._note(tenant.Standing("alpha", clock.now().isoformat(), 7.5, 0.0, [SCENARIO, failed]))
    check(f"{live_server.url}/sandbox/")
