"""Files of a customs system from the command line: checked without a server, read in, answered and made."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import EntenteError
from enforcement.adapters import licences, payloads, records
from enforcement.services import customs_files, usage_files
from licensing.models import Licence
from members.models import User


class Command(BaseCommand):
    help = (
        "Check a file of a customs system, read it in and write the answer, or tell licences in its shapes."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        check = acts.add_parser("check", help="say what is wrong with a file; no server, no database")
        check.add_argument("file", type=Path)
        receive = acts.add_parser(
            "receive", help="read in a usage file or the answer to licences, once a run"
        )
        receive.add_argument("file", type=Path)
        receive.add_argument("--out", type=Path, help="where the answer to a usage file is written")
        told = acts.add_parser("licences", help="make the next file of licences")
        told.add_argument("--out", type=Path, required=True)
        for one in (receive, told):
            one.add_argument(
                "--as", dest="person", required=True, help="e-mail of the customs officer who does it"
            )
        payload = acts.add_parser("payload", help="print a licence as JSON of UK licensing's gateway")
        payload.add_argument("number")
        payload.add_argument("--action", choices=payloads.ACTIONS, default="insert")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['act']}")(options)
        except EntenteError as error:
            told = [text for texts in error.fields.values() for text in texts]
            raise CommandError("\n".join(told or [error.detail])) from None
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The file cannot be read or written: {error}.") from None

    def _check(self, options: dict[str, Any]) -> None:
        text = options["file"].read_text(encoding="utf-8-sig")
        kind = records.data_id_of(text)
        if kind not in records.KINDS:
            raise CommandError(f"Line 1, dataId: one of {', '.join(records.KINDS)}.")
        found = records.read(text, kind)
        faults = sorted((*found.faults, *found.field_faults), key=lambda one: one.line)
        if faults:
            raise CommandError("\n".join(one.told for one in faults))
        self.stdout.write(
            f"{kind}, run {found.head('runNum')}: {len(found.records)} transactions, nothing is wrong."
        )

    def _receive(self, options: dict[str, Any]) -> None:
        text = options["file"].read_text(encoding="utf-8-sig")
        row = usage_files.receive(actor=self._person(options), text=text)
        if options["out"] and row.answer:
            options["out"].write_text(row.answer, encoding="utf-8")
        self.stdout.write(
            "\n".join([f"{row}: {row.accepted} accepted, {row.rejected} rejected.", *row.faults])
        )

    def _licences(self, options: dict[str, Any]) -> None:
        row = customs_files.send_licences(actor=self._person(options))
        options["out"].write_text(row.text, encoding="utf-8")
        self.stdout.write(f"{row}: {row.sent.count()} licences.")

    def _payload(self, options: dict[str, Any]) -> None:
        rows = Licence.objects.select_related("holder__jurisdiction")
        licence = rows.filter(number=options["number"].upper()).first()
        if licence is None:
            raise CommandError("No licence has this number.")
        self.stdout.write(licences.payload_text(licence, options["action"]), ending="")

    def _person(self, options: dict[str, Any]) -> User:
        found = User.objects.filter(email__iexact=options["person"], is_active=True).first()
        if found is None:
            raise CommandError("Nobody has this address.")
        return found
