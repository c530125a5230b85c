"""Load the public holidays of the members, as the `holidays` package knows them."""

from datetime import date
from importlib.metadata import version
from typing import Any

import holidays
from django.core.management.base import BaseCommand, CommandParser

from core import clock
from deadlines import services
from deadlines.models import CalendarVersion

MEMBERS = ("US", "GB", "DE", "FR", "JP", "AU", "NL", "PL", "CA", "KR")
FIRST, LAST = 2025, 2031
VERSION = version("holidays")


class Command(BaseCommand):
    help = "Load working-day calendars for the members and for the alliance."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("countries", nargs="*", default=list(MEMBERS), help="ISO codes")

    def handle(self, *args: Any, **options: Any) -> None:
        release = f"h{VERSION}-{LAST}"
        for code in options["countries"]:
            found = holidays.country_holidays(code, years=range(FIRST, LAST + 1), language="en_US")
            self._load(
                code,
                release,
                sorted(found.weekend),
                [{"date": day.isoformat(), "name": name} for day, name in sorted(found.items())],
                f"holidays {VERSION}",
            )
        self._load("alliance", "1", [5, 6], [], "Entente: no holiday is common to all members")
        self.stdout.write(f"{len(options['countries']) + 1} calendars loaded, {FIRST} to {LAST}.")

    def _load(
        self, key: str, version: str, weekend: list[int], days: list[dict[str, str]], source: str
    ) -> None:
        """A first version counts from the beginning, a later one from today on."""
        known = CalendarVersion.objects.filter(key=key).exists()
        services.load_calendar(
            key=key,
            version=version,
            effective_from=clock.today() if known else date(FIRST, 1, 1),
            weekend=weekend,
            holidays=days,
            source=source,
            as_of=clock.today(),
        )
