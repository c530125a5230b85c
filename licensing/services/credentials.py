"""Certifying editions of licences, and fetching what was certified in its signed forms."""

from __future__ import annotations

import secrets

from django.db import transaction

from licensing.credentials import bits, claims, forms
from licensing.credentials.tokens import b64
from licensing.models import Licence, LicenceCredential
from members.models import IssuerKey
from members.services.keys import signing_key

#: Places of a list that are taken before the next one is begun: in a fuller one chance would have to try often.
FULL = bits.ENTRIES // 2


@transaction.atomic
def certify(licence: Licence) -> LicenceCredential:
    """Return what is certified of the edition of a licence that holds now, writing it down where that was not done.

    Called in the transaction that makes an edition; of licences from before, when somebody first asks.
    """
    found = LicenceCredential.objects.filter(licence=licence, edition=licence.edition).first()
    if found is not None:
        return found
    made = licence.edition_at or licence.issued_at
    number = _list_for(licence.issued_by_id)
    row = LicenceCredential(
        licence=licence,
        edition=licence.edition,
        issuer_id=licence.issued_by_id,
        list_number=number,
        claims=claims.contents(licence),
        salt=b64(secrets.token_bytes(32)),
        made_at=made.replace(microsecond=0),
    )
    while True:
        row.list_index = secrets.randbelow(bits.ENTRIES)
        LicenceCredential.objects.bulk_create([row], ignore_conflicts=True)
        kept = LicenceCredential.objects.filter(licence=licence, edition=licence.edition).first()
        if kept is not None:  # ours, or that of whoever did it in the same moment
            return kept


def _list_for(member: str) -> int:
    last = LicenceCredential.objects.filter(issuer=member).order_by("-list_number").first()
    if last is None:
        return 1
    taken = LicenceCredential.objects.filter(issuer=member, list_number=last.list_number).count()
    return last.list_number + (taken >= FULL)


def key_for(licence: Licence) -> IssuerKey:
    return signing_key(licence.issued_by)


def signed(licence: Licence, form: str) -> str:
    """Return the edition of a licence that holds now in one of its forms: `vc+jwt`, `vc+sd-jwt`, `customs` (that
    without prices) or `code`."""
    row, key = certify(licence), key_for(licence)
    if form == "vc+jwt":
        return forms.vc_jwt(row, key)
    if form == "code":
        return forms.code(row, key)
    return forms.vc_sd_jwt(row, key, prices=form != "customs")
