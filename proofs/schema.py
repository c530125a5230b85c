"""The whole schema, asked by every kind of client with what a machine makes up: no failure of the server, no answer
that the schema does not declare, and nothing of what is kept from the one who asks.

On a sandbox's database, where there is a case at each stage: addresses are filled with what stands there, mostly of
others. Each kind of client has a database as it was made.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.embedded.folder import DataFolder
from config.embedded.progress import step, table
from config.embedded.sandboxes import Sandboxes

#: Kinds of clients: whose, by member, role and ministry; exporters by the name of the firm.
KINDS: dict[str, tuple[str, str, str]] = {
    "exporter": ("Rheinwerk Optik GmbH", "", ""),
    "exporter of another firm": ("Sensorik Isartal AG", "", ""),
    "exporter of another member": ("Lumière Cryogénie SAS", "", ""),
    "agent under a mandate": ("Hanse Zollagentur GmbH", "", ""),
    "officer of the lead": ("DE", "licensing_officer", "trade"),
    "decider of the lead": ("DE", "decider", "trade"),
    "officer of a consulted member": ("FR", "licensing_officer", "trade"),
    "officer of an unrelated member": ("KR", "licensing_officer", "trade"),
    "adviser of another ministry": ("US", "adviser", "defence"),
    "customs": ("FR", "customs_officer", "customs"),
    "customs of another member": ("US", "customs_officer", "customs"),
    "seat of the crisis unit": ("GB", "crisis_seat", "defence"),
    "adjudicator": ("DE", "humanitarian_adjudicator", "trade"),
    "auditor": ("GB", "auditor", "trade"),
    "anyone": ("", "", ""),
}
SLOW = ("/api/v1/sandbox/", "/api/v1/openapi.json", "/api/v1/docs/")


@dataclass
class Told:
    """What came of one kind of client."""

    calls: int = 0
    statuses: collections.Counter[int] = field(default_factory=collections.Counter)
    faults: dict[str, str] = field(default_factory=dict)

    def blame(self, operation: str, what: str) -> None:
        self.faults.setdefault(f"{operation} {what[:60]}", what)


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente prove schema", description=__doc__)
    parser.add_argument(
        "--examples", type=int, default=6, help="for each operation and kind (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="what is made up (default: %(default)s)")
    parser.add_argument("--as", dest="kinds", action="append", choices=list(KINDS), help="only this kind")
    parser.add_argument("--path", default="", help="only addresses that hold this")
    options = parser.parse_args(arguments)
    parent = Path(tempfile.mkdtemp(prefix="entente-schema-"))
    folder = DataFolder(parent / "sandboxes")
    folder.hold("sandbox up")
    sandboxes = Sandboxes(folder, durable=False)
    try:
        sandboxes.add("schema", 8190)
        sandboxes.prepare()
        os.environ.update(sandboxes.environment("schema"), ENTENTE_API_READS="0", ENTENTE_API_WRITES="0")
        os.environ.update(ENTENTE_API_OPEN="0", ENTENTE_API_SCREENINGS="0", ENTENTE_WEBHOOKS_TO_PRIVATE="0")
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        return _prove(options)
    finally:
        sandboxes.stop()
        folder.release()
        shutil.rmtree(parent, ignore_errors=True)


def _prove(options: argparse.Namespace) -> int:
    import logging

    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    told: dict[str, Told] = {}
    for kind in options.kinds or KINDS:
        with step(f"as {kind}"):
            told[kind] = _ask(kind, options)
    rows = [
        [
            kind,
            str(one.calls),
            *(
                str(sum(n for s, n in one.statuses.items() if s // 100 == hundred))
                for hundred in (2, 3, 4, 5)
            ),
            str(len(one.faults)),
        ]
        for kind, one in told.items()
    ]
    print("\n" + table(["Client", "Calls", "2xx", "3xx", "4xx", "5xx", "Faults"], rows) + "\n")
    faults = [(kind, fault) for kind, one in told.items() for fault in one.faults.values()]
    for kind, fault in faults:
        print(f"  {kind}: {fault}")
    print("NOT PROVED." if faults else "Proved.")
    return int(bool(faults))


def _ask(kind: str, options: argparse.Namespace) -> Told:
    from config.sandbox import tenant
    from proofs import _hidden

    with tenant.GATE.inside():
        tenant.reset()
    _file_for_others()
    token, person = _client(*KINDS[kind])
    hidden = _hidden.hidden_from(person) | _hidden.markers_hidden_from(person)
    pool = _pool()
    told = Told()
    for operation in _operations(options.path):
        _try(operation, token, pool, hidden, told, options)
    return told


def _operations(path: str) -> list[Any]:
    """Return what the schema declares, asked in this process."""
    import schemathesis
    from django.core.wsgi import get_wsgi_application
    from drf_spectacular.generators import SchemaGenerator

    made = SchemaGenerator(urlconf="config.urls").get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(made, default=str)))
    schema.app = get_wsgi_application()
    found: list[Any] = [one.ok() for one in schema.get_all_operations()]  # type: ignore[union-attr]
    return [one for one in found if path in one.path and not one.path.startswith(SLOW)]


def _file_for_others() -> None:
    """Give the other firms a draft and a case each, whose end-users stand in no other dossier."""
    from api.examples import DOSSIER
    from config.sandbox import tenant
    from licensing.services import applications
    from members.models import Organisation, User

    for number, firm in enumerate(Organisation.objects.filter(status="vetted").order_by("pk")[1:]):
        person = User.objects.filter(memberships__organisation=firm).order_by("pk")[0]
        for filed in (False, True):
            buyer = f"Marked Laboratory {number}{filed:d}"
            parties = [{**party, "name": buyer} for party in DOSSIER["parties"]]
            dossier = {**DOSSIER, "own_reference": buyer, "parties": parties}
            made = applications.start(actor=person, organisation=firm, dossier=dossier)
            if filed:
                applications.submit(actor=person, application=made)
    tenant.settle()


def _client(where: str, role: str, ministry: str) -> tuple[str, Any]:
    """Register a system of a person with every scope it may have, and give it a token."""
    from datetime import timedelta

    from oauth2_provider.models import AccessToken

    from core import clock
    from core.actors import PROCESS
    from members import policies
    from members.models import User
    from members.services.clients import enter_client

    if not where:
        return "", None
    if role:
        people = User.objects.filter(authority__jurisdiction=where, appointments__role=role)
        people = people.filter(authority__ministry=ministry)
    else:
        people = User.objects.filter(memberships__organisation__name=where)
    person = people.order_by("pk")[0]
    scopes = policies.scopes_for(person)
    made = enter_client(actor=PROCESS, person=person, name="Schema", scopes=scopes)
    token = AccessToken.objects.create(
        application=made.client,
        token=f"schema-{made.client.pk}",
        scope=" ".join(scopes),
        expires=clock.machine() + timedelta(days=1),
    )
    return str(token.token), person


def _pool() -> dict[str, list[str]]:
    """Return names of what stands there, by the kind of address they fill."""
    from proofs import _hidden

    pool: dict[str, list[str]] = collections.defaultdict(list)
    for model in _hidden.tenants():
        names = sorted(_hidden.names_of(model._default_manager.order_by("pk")[:60]))
        for name in names:
            pool["uid" if len(name) == 36 else name.partition("-")[0]].append(name)
    return pool


#: By the first part of an address, the prefix of the references that fill it.
PREFIXES = {
    "applications": "EA", "cases": "EN", "licences": "EL", "shipments": "SH", "crises": "CR", "denials": "DN",
}  # fmt: skip


def _fill(tried: Any, operation: Any, pool: dict[str, list[str]], dice: random.Random) -> None:
    """Often name something that there is instead, ask without a query, and send what the schema shows."""
    first = operation.path.removeprefix("/api/v1/").partition("/")[0]
    for name in tried.path_parameters or {}:
        if dice.random() < 0.15:
            continue
        kind = "uid" if name == "uid" else PREFIXES.get(first, "")
        if pool.get(kind):
            tried.path_parameters[name] = dice.choice(pool[kind])
    if dice.random() < 0.5:  # what is made up is hardly ever taken
        tried.query = {}
    bodies = operation.definition.raw.get("requestBody", {}).get("content", {}).get("application/json", {})
    shown = [one["value"] for one in bodies.get("examples", {}).values()]
    if shown and dice.random() < 0.5 and tried.media_type == "application/json":
        tried.body = dice.choice(shown)


def _try(
    operation: Any,
    token: str,
    pool: dict[str, list[str]],
    hidden: dict[str, str],
    told: Told,
    options: argparse.Namespace,
) -> None:
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from schemathesis.core.failures import FailureGroup
    from schemathesis.specs.openapi.checks import response_schema_conformance

    from proofs import _hidden

    named = f"{operation.method.upper()} {operation.path}"
    dice = random.Random(f"{options.seed} {named}")
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    @seed(options.seed)
    @settings(
        max_examples=options.examples,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(tried=operation.as_strategy())
    def ask(tried: Any) -> None:
        _fill(tried, operation, pool, dice)
        try:
            answer = tried.call(headers=headers)
        except Exception as error:  # what no middleware answered
            told.blame(named, f"{named} broke off: {type(error).__name__}: {error}")
            return
        told.calls += 1
        told.statuses[answer.status_code] += 1
        declared = {*operation.definition.raw["responses"], "405", "415"}
        if answer.status_code >= 500 or str(answer.status_code) not in declared:
            told.blame(
                named,
                f"{named} answered {answer.status_code}: {answer.text[:300]} to {tried.as_curl_command()[:400]}",
            )
        # A row of which `fields` asks for a part lacks what its type requires (docs/api.md).
        if answer.status_code == 200 and not (tried.query or {}).get("fields"):
            try:
                tried.validate_response(answer, checks=[response_schema_conformance])
            except (Exception, FailureGroup) as error:
                told.blame(named, f"{named} is not as declared: {str(error)[:300]}")
        asked = f"{tried.path_parameters} {tried.query} {tried.body}"
        for leak in _hidden.leaked(hidden, asked, answer.text):
            told.blame(named, f"{named} tells {leak}, which is hidden, to {asked[:200]}")

    began = time.monotonic()
    try:
        ask()
    except Exception as error:
        told.blame(
            named,
            f"{named} could not be tried ({time.monotonic() - began:.0f} s): {type(error).__name__}: {error}",
        )
