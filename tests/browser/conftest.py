"""What every test of a page in a browser needs: how it is judged, and a look at it without JavaScript."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Locator, Page

WIDTHS = {"desktop": 1280, "narrow": 320}
#: Only what is found matters, and no rule in use reads the style sheets themselves: axe need not fetch them again.
OPTIONS = {"resultTypes": ["violations"], "preload": False}


def assert_accessible(page: Page) -> None:
    """Fail with axe's own words for everything it finds, whatever its impact."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    violations = page.evaluate("options => axe.run(options).then(found => found.violations)", OPTIONS)
    found = [
        f"{violation['id']} ({violation['impact']}): {violation['help']}\n    "
        + "\n    ".join(node["html"] for node in violation["nodes"][:3])
        for violation in violations
    ]
    assert not found, f"{page.url}\n" + "\n".join(found)


def follow(way: Locator) -> None:
    """Click what leads to another page and wait for all of it: a click alone returns while that is on its way."""
    with way.page.expect_navigation():
        way.click()


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
    """Open an address at desktop width and at 320 px and hold it to every rule, script errors included."""
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on(
        "console",
        lambda message: failures.append(message.text) if "Content Security Policy" in message.text else None,
    )

    def look(address: str) -> None:
        page.set_viewport_size({"width": WIDTHS["desktop"], "height": 900})
        page.goto(address)
        for width in WIDTHS.values():
            page.set_viewport_size({"width": width, "height": 900})
            assert_fits(page)
            assert_accessible(page)
        assert failures == []

    return look


@pytest.fixture
def plain_page(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    """A page in a browser that runs no JavaScript."""
    context = browser.new_context(**{**browser_context_args, "java_script_enabled": False})
    yield context.new_page()
    context.close()
