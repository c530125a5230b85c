"""What every test of a page in a browser needs: how it is judged, and a look at it without JavaScript."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

WIDTHS = {"desktop": 1280, "narrow": 320}


def assert_accessible(page: Page) -> None:
    """Fail with axe's own words for everything it finds, whatever its impact."""
    results = Axe().run(page)
    found = [
        f"{violation['id']} ({violation['impact']}): {violation['help']}\n    "
        + "\n    ".join(node["html"] for node in violation["nodes"][:3])
        for violation in results.response["violations"]
    ]
    assert not found, f"{page.url}\n" + "\n".join(found)


def assert_fits(page: Page) -> None:
    """Fail when the page is wider than its window: what is too wide scrolls in its own frame."""
    too_wide = page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            return [...document.querySelectorAll("body *")]
                .filter((element) => element.getBoundingClientRect().right > width + 1)
                .map((element) => `${element.tagName}.${element.className}`)
                .slice(-5);
        }"""
    )
    assert too_wide == [], f"{page.url} is wider than its window: {too_wide}"


@pytest.fixture
def check(page: Page) -> Callable[[str], None]:
    """Open an address at desktop width and at 320 px and hold it to every rule, script errors included.

    What surrounds pages at desktop width, their menu, is the same on all: axe reads it on the first of a test.
    """
    failures: list[str] = []
    seen: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on(
        "console",
        lambda message: failures.append(message.text) if "Content Security Policy" in message.text else None,
    )

    def look(address: str) -> None:
        page.set_viewport_size({"width": WIDTHS["desktop"], "height": 900})
        page.goto(address)
        for name, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            assert_fits(page)
            if name != "desktop" or not seen:
                assert_accessible(page)
        seen.append(address)
        assert failures == []

    return look


@pytest.fixture
def plain_page(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    """A page in a browser that runs no JavaScript."""
    context = browser.new_context(**{**browser_context_args, "java_script_enabled": False})
    yield context.new_page()
    context.close()
