"""Run the checks of a role against a deployment, or those of a webhook against a receiver."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from conformance import authority, customs, everyone, exporter, receiver, taxii
from conformance.partner import Partner
from conformance.suite import FAILED, Check, Result, line, report, run, summary

ROLES: dict[str, Sequence[Check[Partner]]] = {
    "exporter": [*everyone.checks, *exporter.checks],
    "authority": [*everyone.checks, *authority.checks, *taxii.checks],
    "customs": [*everyone.checks, *customs.checks],
}
#: Whose credentials of a sandbox a role takes, unless told otherwise.
USUAL = {"exporter": "exporter-de-1", "authority": "fr-licensing_officer", "customs": "de-customs_officer"}


def main(arguments: Sequence[str]) -> int:
    """Return 0 if nothing failed, 1 if something did, 2 where it could not be run."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if bool(options.url) == bool(options.receiver):
        parser.error("say what to look at: a deployment with --url, or your own receiver with --receiver")
    try:
        return _receiver(options) if options.receiver else _deployment(options)
    except (OSError, ValueError, KeyError) as problem:
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./entente conformance",
        description=__doc__,
        epilog="What writes is only done in a sandbox (its answers carry Entente-Sandbox: true), unless --write "
        "says so. The secret may stand in ENTENTE_CLIENT_SECRET.",
    )
    parser.add_argument("--url", help="of the deployment")
    parser.add_argument(
        "--as", dest="role", choices=sorted(ROLES), default="exporter", help="default: %(default)s"
    )
    parser.add_argument(
        "--credentials", type=Path, metavar="FILE", help="as `./entente sandbox credentials` prints it"
    )
    parser.add_argument("--client", metavar="NAME", help="which of them (default: the usual one of the role)")
    parser.add_argument("--client-id", metavar="ID")
    parser.add_argument("--client-secret", metavar="SECRET")
    parser.add_argument(
        "--licence", default="", metavar="EL-…", help="one of which at least two pieces are left"
    )
    parser.add_argument("--key", type=Path, metavar="PEM", help="private key registered for the client, and")
    parser.add_argument("--key-id", default="", metavar="ID", help="its id: for signed positions")
    parser.add_argument("--write", action="store_true", help="do what writes where it is no sandbox, too")
    parser.add_argument("--receiver", metavar="URL", help="your own webhook, in place of a deployment")
    parser.add_argument(
        "--webhook-key",
        type=Path,
        default=Path("conformance-webhook.key"),
        metavar="FILE",
        help="what the suite signs with, made at the first run (default: %(default)s)",
    )
    parser.add_argument("--only", action="append", default=[], metavar="CHECK", help="may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write a report for machines as well")
    return parser


def _deployment(options: argparse.Namespace) -> int:
    base = options.url.rstrip("/")
    named, secret = options.client_id, options.client_secret or os.environ.get("ENTENTE_CLIENT_SECRET", "")
    if options.credentials:
        known = json.loads(options.credentials.read_text())
        entry = known.get("clients", known)[options.client or USUAL[options.role]]
        named, secret = entry["client_id"], entry["client_secret"]
    if not named or not secret:
        raise ValueError("give --credentials FILE, or --client-id and --client-secret")
    partner = Partner(base, named, secret, options.role, options.licence, options.key, options.key_id)
    marked = partner.get("/health/live", token="").headers.get("Entente-Sandbox") == "true"
    print(f"{base}, as {options.role}{', a sandbox' if marked else ''}\n")
    results = run(
        ROLES[options.role], partner, only=options.only, writing=marked or options.write, tell=_tell
    )
    return _end(results, options, url=base, role=options.role, sandbox=marked)


def _receiver(options: argparse.Namespace) -> int:
    of = receiver.Receiver(options.receiver, receiver.loaded(options.webhook_key))
    print(f"{options.receiver}, signed with the key whose public half is\n{of.told}\n")
    results = run(receiver.checks, of, only=options.only, tell=_tell)
    return _end(results, options, receiver=options.receiver)


def _tell(result: Result) -> None:
    print(line(result), flush=True)


def _end(results: list[Result], options: argparse.Namespace, **about: object) -> int:
    print(f"\n{summary(results)}")
    if options.json:
        options.json.write_text(report(results, **about))
    if not results:
        print("No check is named so.", file=sys.stderr)
        return 2
    return int(any(one.outcome == FAILED for one in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
