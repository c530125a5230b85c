from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import EntenteError
from members import services
from members.models import Authority


class Command(BaseCommand):
    help = "Invite the first administrator of a jurisdiction; prints the link, which works for 14 days."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("jurisdiction", help="ISO 3166-1 alpha-2 code, e.g. DE")
        parser.add_argument("email")
        parser.add_argument("name")
        parser.add_argument("--ministry", default="trade", help="whose authority (default: trade)")

    def handle(self, *args: Any, **options: Any) -> None:
        authority = Authority.objects.filter(
            jurisdiction=options["jurisdiction"].upper(), ministry=options["ministry"]
        ).first()
        if authority is None:
            raise CommandError("There is no such authority; load the reference bundles first.")
        try:
            invitation = services.invite_first_administrator(
                authority=authority, email=options["email"], name=options["name"]
            )
        except EntenteError as error:
            raise CommandError(error.detail) from None
        self.stdout.write(f"{settings.SITE_URL}{services.invitation_path(invitation)}")
