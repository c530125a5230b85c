"""Licences verified without a network: how many a second one core judges, in each form, by a pack.

The peer in the same run is PyJWT, which checks the one signature of the open form and nothing else: no status, no
disclosure, no record.
"""

from __future__ import annotations

import argparse
import os
import random
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from config.embedded.progress import step
from config.embedded.report import Figure, publish

SEED, LICENCES = 10, 2000
ASKED = 500  # a second and core


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente bench credentials", description=__doc__)
    parser.add_argument("--licences", type=int, default=LICENCES, help="in the pack (default: %(default)s)")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DATABASE_URL", "postgresql:///none")  # nothing is read from it
    os.environ.setdefault("REDIS_URL", "")
    import django

    django.setup()
    return _measure(options.licences)


def _measure(count: int) -> int:
    import jwt

    from licensing.credentials import bits, forms, packs
    from licensing.credentials.checking import check, location
    from licensing.credentials.tokens import key_of
    from licensing.selectors.status_lists import token
    from members import issuing
    from members.models import IssuerKey

    dice, now = random.Random(SEED), datetime(2026, 11, 27, tzinfo=UTC)
    with step(f"certify {count} licences"):
        kid, public, sealed = issuing.make_pair()
        key = IssuerKey(
            jurisdiction_id="DE", kid=kid, public=public, sealed=sealed, valid_from=now - timedelta(days=90)
        )
        places = dice.sample(range(bits.ENTRIES), count)
        rows = [_row(at, dice, now) for at in places]
        began = time.perf_counter()
        signed = [forms.vc_sd_jwt(row, key, prices=False) for row in rows]
        signing = time.perf_counter() - began
    opened = {"vc+jwt": [forms.vc_jwt(row, key) for row in rows], "vc+sd-jwt": signed}
    opened["code"] = [forms.code(row, key) for row in rows]
    revoked = dict.fromkeys(places[: count // 50], 1)
    issuer, told = issuing.did_of("DE"), {"revocation": revoked}
    with step("make and open the pack"):
        began = time.perf_counter()
        payload: dict[str, Any] = {
            "iss": issuer,
            "iat": int(now.timestamp()),
            "exp": int(now.timestamp()) + packs.VALID,
            "member": "DE",
            "keys": [issuing.told_of(key)],
            "rules": [],
            "status": {
                location(issuer, name, 1): token(key, 1, name, told.get(name, {}), now)
                for name in forms.PURPOSES
            },
            "licences": [forms.packed(row, key) for row in rows],
        }
        text = issuing.sign(key, payload, packs.KIND)
        making = time.perf_counter() - began
        trusted = {issuing.key_id(key): key_of(issuing.told_of(key))}
        began = time.perf_counter()
        pack = packs.opened(text, trusted)
        opening = time.perf_counter() - began
    figures = []
    for form, texts in opened.items():
        verdicts, rate = _rate(lambda one: check(one, pack, now).code, texts)
        assert verdicts.count("valid") == count - len(revoked), form
        assert verdicts.count("revoked") == len(revoked), form
        figures.append(Figure(f"verdicts by a pack, {form}", rate, "a second", ASKED, "at least"))
    peer = jwt.PyJWK(issuing.told_of(key))
    _read, rate = _rate(lambda one: jwt.decode(one, peer, algorithms=["ES256"]), opened["vc+jwt"])
    figures += [
        Figure("signatures alone, PyJWT", rate, "a second"),
        Figure("one SD-JWT signed", signing / count * 1e6, "µs"),
        Figure(f"a pack of {count} licences made", making, "s"),
        Figure("the same opened", opening, "s"),
        Figure("the same, size", len(text) / 1e6, "MB"),
        Figure("one licence: vc+jwt", len(opened["vc+jwt"][0]), "bytes"),
        Figure("one licence: vc+sd-jwt for customs", len(signed[0]), "bytes"),
        Figure("one licence: code on paper", len(opened["code"][0]), "bytes"),
        Figure(
            "a status list, 2 in 100 revoked",
            len(payload["status"][location(issuer, "revocation", 1)]),
            "bytes",
        ),
    ]
    return publish("credentials", figures)


def _rate(act: Callable[[str], Any], texts: Sequence[str]) -> tuple[list[Any], float]:
    began = time.process_time()
    found = [act(one) for one in texts]
    return found, len(texts) / (time.process_time() - began)


def _row(index: int, dice: random.Random, now: datetime) -> Any:
    from licensing.credentials.claims import instant
    from licensing.credentials.tokens import b64
    from licensing.models import LicenceCredential

    number = f"EL-{index:08d}"
    parties = [("consignee", "Asia Optics Pte Ltd", "SG"), ("end_user", "National Survey Office", "SG")]
    return LicenceCredential(
        uid=uuid.UUID(int=dice.getrandbits(128), version=4),
        edition=1,
        issuer_id="DE",
        list_number=1,
        list_index=index,
        salt=b64(dice.randbytes(32)),
        made_at=now - timedelta(days=30),
        claims={
            "validFrom": instant(now - timedelta(days=30)),
            "validUntil": instant(now + timedelta(days=335)),
            "evidence": [
                {
                    "type": "MemberConsent",
                    "member": code,
                    "by": "position",
                    "at": instant(now - timedelta(days=31)),
                }
                for code in ("DE", "FR", "US")
            ],
            "subject": {
                "type": "ExportLicence",
                "number": number,
                "edition": 1,
                "issued": instant(now - timedelta(days=30)),
                "holder": {"type": "LicenceHolder", "lei": "", "name": "Rheinwerk Optik GmbH"},
                "parties": [
                    {"type": "LicenceParty", "role": role, "name": name, "country": country}
                    for role, name, country in parties
                ],
                "items": [
                    {
                        "type": "LicensedItem",
                        "line": line,
                        "controlCode": "6A003.b.4",
                        "hsCode": "852589",
                        "description": "Thermal imaging camera",
                        "quantity": "25",
                        "unit": "NAR",
                        "value": "125000.00",
                        "currency": "EUR",
                    }
                    for line in (1, 2, 3)
                ],
                "destinations": ["SG"],
                "territory": ["DE", "FR", "US"],
                "conditions": [{"type": "LicenceCondition", "code": "no_reexport", "says": "No re-export"}],
            },
        },
    )
