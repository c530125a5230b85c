"""Fingerprints of denials and of applications, made on the member's own machine: no server, no database."""

import csv
import json
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from alliance.selectors import heading
from core.errors import EntenteError
from intelligence import blind, importing, imports
from intelligence.names import CATCH_ALL, normal_code

RECEIVING = ("end_user", "consignee")


def is_listed(code: str) -> bool:
    """Whether a code is one of a list of dual-use items or of munitions; what is not meets catch-all denials."""
    return bool(heading(code)) or normal_code(code).startswith("ML")


class Command(BaseCommand):
    help = "Make a key for two members, or fingerprints under it. Needs no server and no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        key = acts.add_parser("key", help="make a key; hand it to the other member yourself")
        key.add_argument("--out", type=Path, required=True, metavar="FILE")
        said = acts.add_parser("key-id", help="what a key says of itself: both members register that")
        said.add_argument("--key", type=Path, required=True, metavar="FILE")
        denials = acts.add_parser("denials", help="fingerprints of a file of denials, see docs/denials.md")
        denials.add_argument("--in", dest="source", type=Path, required=True, metavar="CSV")
        query = acts.add_parser("query", help="fingerprints of an application, see docs/dossier.md")
        query.add_argument("--in", dest="source", type=Path, required=True, metavar="JSON")
        for each in (denials, query):
            each.add_argument("--key", type=Path, required=True, metavar="FILE")
            each.add_argument("--denier", required=True, help="code of the member whose denials they are")
            each.add_argument("--out", dest="target", type=Path, required=True, metavar="FILE")
            each.add_argument("--legend", type=Path, required=True, help="which is what: never hand it in")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['act'].replace('-', '_')}")(options)
        except EntenteError as error:
            told = [text for texts in error.fields.values() for text in texts]
            raise CommandError("\n".join(told or [error.detail])) from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from None

    def _key(self, options: dict[str, Any]) -> None:
        key, target = blind.new_key(), options["out"]
        with target.open("x") as file:  # never over another key
            target.chmod(0o600)
            file.write(key.hex() + "\n")
        self.stdout.write(blind.key_id(key))

    def _key_id(self, options: dict[str, Any]) -> None:
        self.stdout.write(blind.key_id(_read_key(options["key"])))

    def _denials(self, options: dict[str, Any]) -> None:
        found = importing.read(options["source"].read_bytes(), imports.iso_code)
        if found.errors:
            raise CommandError("\n".join(map(str, found.errors)))
        named = [
            one
            for notice in found.notices
            for one in blind.subjects([notice.code], notice.parties, [notice.destination])
        ]
        self._write(options, named, blind.DENIALS_SIZES)

    def _query(self, options: dict[str, Any]) -> None:
        try:
            dossier = json.loads(options["source"].read_bytes())
            dossier = dossier.get("dossier", dossier)  # as the API answers it, with the case or application
            parties = [party for party in dossier["parties"] if party["role"] in RECEIVING]
            codes = [str(item.get("control_code") or "") for item in dossier["items"]]
            if any(not is_listed(code) for code in codes):
                codes.append(CATCH_ALL)
            named = blind.subjects(codes, parties, [party["country"] for party in parties])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CommandError("This is no dossier with items and parties in JSON.") from None
        self._write(options, named, (blind.QUERY_SIZE,))

    def _write(self, options: dict[str, Any], named: Iterable[blind.Subject], sizes: tuple[int, ...]) -> None:
        key, denier = _read_key(options["key"]), options["denier"].strip().upper()
        made = blind.batch(key, denier, list(named), sizes)
        options["target"].write_text("".join(f"{value}\n" for value in made.values))
        with options["legend"].open("w", newline="") as file:
            options["legend"].chmod(0o600)
            rows = csv.writer(file)
            rows.writerow(["line", "code", "identity", "destination"])
            rows.writerows([at, one.code, one.identity, one.destination] for at, one in made.legend.items())
        self.stdout.write(f"{len(made.legend)} of {len(made.values)} fingerprints name something.")


def _read_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        raise CommandError(f"{path}: a key has 64 hexadecimal digits.") from None
    blind.key_id(key)
    return key
