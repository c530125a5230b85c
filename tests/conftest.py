"""What every test stands on: its database, its folder, the browser and the three standing jurisdictions."""

import gc
import inspect
import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase

from members.models import Jurisdiction, Organisation, User
from tests import databases, examples, factories
from tests.factories import JurisdictionFactory, OrganisationFactory
from tests.standing import begins_with, stack, stays

examples.load()


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    if "DATABASE_URL" not in os.environ:
        raise pytest.UsageError("Say which database to use: set DATABASE_URL, or run ./entente test.")
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.CELERY_BROKER_URL = "memory://"
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "members.hashers.RandomSecretHasher",
    ]


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[object]:
    """What reading the tests leaves in memory stays to the end: do not look through it for garbage again."""
    gc.disable()
    found = yield
    gc.freeze()
    gc.enable()
    return found


@pytest.fixture(scope="session", autouse=True)
def _data_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Documents, mail and indexes of a test run stay out of the data folder of a person."""
    from django.conf import settings

    folder: Path = tmp_path_factory.mktemp("data")
    settings.DATA_DIR = folder
    settings.STATIC_ROOT = folder / "static"
    settings.STATIC_ROOT.mkdir()
    settings.EMAIL_FILE_PATH = folder / "mail"


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any
) -> Iterator[None]:
    """Tests run as the app's role, so that its grants are tested with everything else."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    with ExitStack() as held:
        with django_db_blocker.unblock():
            owner = held.enter_context(databases.cloned_database(worker))
        original = TransactionTestCase._fixture_teardown
        TransactionTestCase._fixture_teardown = lambda case: databases.flush(owner)
        yield  # a test that does not ask for the database gets none: nothing would undo what it writes
        TransactionTestCase._fixture_teardown = original
        with django_db_blocker.unblock():
            stack.fall(0)
            held.close()


def _leave_connection() -> None:
    stack.fall(0)
    connection.close()


@pytest.fixture(scope="session")
def _left_connection(django_db_setup: None, django_db_blocker: Any) -> None:
    """Nothing stands in the connection that the tests had so far."""
    with django_db_blocker.unblock():
        _leave_connection()


@pytest.fixture(scope="session")
def playwright(_left_connection: None, playwright: Any, django_db_blocker: Any) -> Iterator[Any]:
    """While the browser runs, a loop of asyncio does too, and Django gives the thread another connection: what
    stood in the one before would lock its rows until the end."""
    yield playwright
    with django_db_blocker.unblock():
        _leave_connection()


@pytest.fixture
def _standing(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> None:
    """The rows that this test begins with, and no others."""
    wanted = begins_with(request)
    if any("shipped_rows" in inspect.signature(build).parameters for build in wanted):
        request.getfixturevalue("shipped_rows")  # made while nothing stands
    at_hand = {"db": None, "officer_of": factories.officer_of}
    with django_db_blocker.unblock():
        stack.stand(wanted, lambda name: at_hand[name] if name in at_hand else request.getfixturevalue(name))


@pytest.fixture
def _django_db_helper(_standing: None, _django_db_helper: None) -> None:
    """Let every test's own savepoint begin after them."""


@stays
def germany(db: None) -> Jurisdiction:
    """Leads the cases of the tests."""
    return JurisdictionFactory(code="DE")


@stays
def france(db: None) -> Jurisdiction:
    """Is consulted on them."""
    return JurisdictionFactory(code="FR")


@stays
def japan(db: None) -> Jurisdiction:
    """Is a stranger to them."""
    return JurisdictionFactory(code="JP")


@stays
def organisation(germany: Jurisdiction) -> Organisation:
    """A vetted German exporter."""
    return OrganisationFactory(jurisdiction=germany)


@stays
def exporter(organisation: Organisation) -> User:
    """A person who files for the German exporter."""
    return factories.exporter_of(organisation)


@pytest.fixture
def officer_of(germany: Jurisdiction, france: Jurisdiction, japan: Jurisdiction) -> Callable[..., User]:
    """Make an officer: `officer_of("FR", Role.ADVISER, ministry=Ministry.DEFENCE)`."""
    return factories.officer_of


CHROMIUM = Path(os.environ.get("ENTENTE_CHROMIUM", "/usr/bin/chromium"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Drive the system's chromium; without one the browser tests are skipped, and the summary says so."""
    if not CHROMIUM.exists():
        pytest.skip(f"NO BROWSER: {CHROMIUM} is missing (root gets it by ./entente test)")
    # Playwright's own loop runs in this thread, and the test makes its rows beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    return {
        "executable_path": str(CHROMIUM),
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
        ],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "en-GB", "viewport": {"width": 1280, "height": 900}}


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Repeat what `./entente test` checked before, above pytest's own closing lines."""
    if checks := os.environ.get("ENTENTE_CHECKS"):
        terminalreporter.section("checks before the tests")
        terminalreporter.write_line(checks)
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for mark in ("NO BROWSER", "NOT CHECKED"):
        if count := sum(mark in reason for reason in skipped):
            terminalreporter.section(f"{mark}: {count} tests did not run", red=True)


@pytest.fixture(scope="session")
def shipped_rows(django_db_setup: None, django_db_blocker: Any) -> dict[str, str]:
    """The rows that loading everything shipped leaves behind: loading takes a second, copying does not."""
    with django_db_blocker.unblock():
        stack.fall(0)
        return databases.rows_left_by(_load_everything_shipped)


@stays
def in_force(shipped_rows: dict[str, str], db: None) -> None:
    """Calendars and everything the alliance has agreed, as shipped, with the drill of the demonstration."""
    if Jurisdiction.objects.exists():
        _load_everything_shipped()
    else:
        databases.put_rows(shipped_rows)


def _load_everything_shipped() -> None:
    from alliance.management.commands.load_bundles import SHIPPED

    for words in (["load_calendars"], ["load_bundles"], ["load_bundles", str(SHIPPED / "demo")]):
        call_command(*words, verbosity=0, stdout=io.StringIO())
