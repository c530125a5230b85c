"""Load the public holidays of the members, as the `holidays` package knows them."""

from datetime import date
from importlib.metadata import version as version_of
from typing import Any

import holidays
from django.core.management.base import BaseCommand, CommandParser

from deadlines import services

MEMBERS = ("US", "GB", "DE", "FR", "JP", "AU", "NL", "PL", "CA", "KR")
FIRST, LAST = 2025, 2031


VERSION = version_of("holidays")


class Command(BaseCommand):
    help = "Load working-day calendars for the members and for the alliance."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("countries", nargs="*", default=list(MEMBERS), help="ISO codes")

    def handle(self, *args: Any, **options: Any) -> None:
        version = f"h{VERSION}-{LAST}"
        for code in options["countries"]:
            found = holidays.country_holidays(code, years=range(FIRST, LAST + 1), language="en_US")
            services.load_calendar(
                key=code,
                version=version,
                effective_from=date(FIRST, 1, 1),
                weekend=[5, 6],
                holidays=[{"date": day.isoformat(), "name": name} for day, name in sorted(found.items())],
                source=f"holidays {VERSION}",
                as_of=date(2026, 11, 23),
            )
        services.load_calendar(
            key="alliance",
            version="1",
            effective_from=date(FIRST, 1, 1),
            weekend=[5, 6],
            holidays=[],
            source="Entente: no holiday is common to all members",
            as_of=date(2026, 11, 23),
        )
        self.stdout.write(f"{len(options['countries']) + 1} calendars loaded, {FIRST} to {LAST}.")
