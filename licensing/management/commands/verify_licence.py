"""Judge a licence from a file: by a border pack and its keys with no server and no database, or by the platform."""

from __future__ import annotations

import json
import re
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import clock
from licensing.credentials import offline, packs
from licensing.credentials.checking import Finding, check
from licensing.credentials.tokens import Flaw, Key, key_of
from licensing.credentials.verdicts import GO, VERDICTS
from licensing.selectors.credentials import judged, trusted_keys

NUMBER = re.compile(r"EL-[0-9A-Z]{4}-[0-9A-Z]{4}")
HOLDS, HOLDS_NOT, USAGE, CANNOT_TELL = 0, 1, 2, 3


class Command(BaseCommand):
    help = (
        "Verify a licence from a file (vc+jwt, vc+sd-jwt, or what its code carries), or by number from --pack; "
        "or a token for an office without a network. "
        "Exit code 0: goods may leave under it; 1: they may not; 2: wrong use; 3: it cannot be told from this."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", help="file with the licence, - for what comes in; with --pack also a number"
        )
        parser.add_argument("--pack", type=Path, help="border pack: then no network and no database is asked")
        parser.add_argument(
            "--keys",
            type=Path,
            action="append",
            help="keys of the member the pack is for, fetched from /members/…/jwks.json; else the platform's own",
        )
        parser.add_argument("--member", default="", help="two letters of the member where the goods are")
        parser.add_argument("--json", action="store_true", help="print the verdict as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        pack, note = None, "Judged by the platform as it is now."
        if options["pack"]:
            try:
                pack = packs.opened(_read(options["pack"]), _trusted(options["keys"]))
                if code := pack.unfit(clock.now()):
                    raise Flaw(code)
            except Flaw as flaw:
                self._tell(Finding(flaw.code, detail=flaw.detail), "", options)
            else:
                note = (
                    f"Judged by the pack for {pack.member} of {_at(pack.made_at)}, which serves until "
                    f"{_at(pack.expires_at)}."
                )
        text = self._licence(options["file"], pack)
        if offline.is_token(text):
            self._tell_of_token(text, pack, note, options)
        found = check(text, pack, clock.now()) if pack else judged(text, options["member"].upper())
        self._tell(found, note, options)

    def _licence(self, named: str, pack: packs.Pack | None) -> str:
        if named == "-":
            return sys.stdin.read()
        if pack and not Path(named).exists() and named.upper() in pack.credentials:
            return pack.credentials[named.upper()]
        if pack and NUMBER.fullmatch(named.upper()) and not Path(named).exists():
            raise CommandError(
                f"{named.upper()} is not in this pack: it does not hold in {pack.member}, or is newer.",
                returncode=CANNOT_TELL,
            )
        return _read(Path(named))

    def _tell_of_token(self, text: str, pack: packs.Pack | None, note: str, options: dict[str, Any]) -> None:
        """Judge a token by its signature and time, and the licence it is of by what the pack knows."""
        member = options["member"].upper() or (pack.member if pack else "")
        keys = pack.keys if pack else _trusted(options["keys"])
        judged = offline.check(text, keys, clock.now(), member)
        licence = pack.credentials.get(judged.claims["licence"]) if pack and judged.holds else None
        code, verdict = judged.code, offline.VERDICTS[judged.code]
        if pack and licence and (found := check(licence, pack, clock.now())).code not in GO:
            code, verdict = found.code, VERDICTS[found.code]
        goes = code in offline.GO
        if options["json"]:
            told = {"verdict": code, "go": goes, "known": verdict.known, "claims": judged.claims}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            lines = [f"{code}: {verdict.title}", str(verdict.says)]
            lines += offline.lines(judged.claims) if judged.claims else []
            self.stdout.write("\n".join([*lines, note]).rstrip())
        raise SystemExit(HOLDS if goes else HOLDS_NOT if verdict.known else CANNOT_TELL)

    def _tell(self, found: Finding, note: str, options: dict[str, Any]) -> None:
        verdict = VERDICTS[found.code]
        if options["json"]:
            told = {
                "verdict": found.code,
                "go": found.code in GO,
                "known": verdict.known,
                "claims": found.claims,
            }
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            lines = [f"{found.code}: {verdict.title}", str(verdict.says)]
            if found.claims:
                subject = found.claims["credentialSubject"]
                lines.append(
                    f"{subject['number']}, edition {subject['edition']}, in {', '.join(subject['territory'])}, "
                    f"{found.claims['validFrom']} to {found.claims['validUntil']}"
                )
                lines += [
                    f"  {one['line']}. {one['description']} ({one['controlCode'] or 'unlisted'}): at most "
                    f"{one['quantity']} {one['unit']}"
                    for one in subject.get("items", [])
                ]
            if found.signed_with:
                lines.append(f"Signed with {found.signed_with}, as {found.form}.")
            self.stdout.write("\n".join([*lines, note]).rstrip())
        raise SystemExit(HOLDS if found.code in GO else HOLDS_NOT if verdict.known else CANNOT_TELL)


def _at(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=USAGE) from None


def _trusted(files: list[Path] | None) -> dict[str, Key]:
    if not files:
        return trusted_keys()
    found: dict[str, Key] = {}
    for path in files:
        try:
            told = [key_of(one) for one in json.loads(_read(path))["keys"]]
        except (Flaw, KeyError, TypeError, ValueError):
            raise CommandError(f"{path} is no set of a member's keys.", returncode=USAGE) from None
        found |= {key.kid: key for key in told}
    return found
