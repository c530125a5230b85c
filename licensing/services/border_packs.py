"""Border packs: what customs of a member need to judge licences without a network for a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core import clock
from core.policies import require
from licensing.credentials import forms, packs, verdicts
from licensing.models import Licence, LicenceCredential
from licensing.policies.packs import can_take_pack
from licensing.selectors import status_lists
from licensing.selectors.standings import standings
from licensing.services.credentials import certify
from members import issuing
from members.models import Jurisdiction, User
from members.services.keys import signing_keys

USABLE = frozenset({"issued", "suspended", "not_yet_valid"})
LIVE = (Licence.Status.ISSUED, Licence.Status.SUSPENDED)


@dataclass(frozen=True)
class Made:
    """A signed pack, and what it is called on the disk of whoever takes it."""

    text: str
    name: str
    made_at: datetime
    licences: int


def make(*, actor: User) -> Made:
    """Return the pack of the member that a customs officer serves: every licence that may be used there, today or
    before long, without prices; the status lists of every member; every member's keys; what each verdict means.

    It is a reading, signed, and nothing is kept of it.
    """
    require(can_take_pack, actor)
    member = Jurisdiction.objects.get(pk=actor.jurisdiction_code)
    keys = signing_keys()  # before it is dated: no key signs what is older than itself
    now = clock.now().replace(microsecond=0)
    rows = _usable(member.code)
    told = [forms.packed(row, keys[row.issuer_id]) for row in rows]
    lists = {
        address.partition("://")[2]: token
        for key in keys.values()
        for address, token in status_lists.lists(key)
    }
    own = keys[member.pk]
    payload = {
        "iss": issuing.did_of(member.code),
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(seconds=packs.VALID)).timestamp()),
        "member": member.code,
        "keys": issuing.all_keys(),
        "status": lists,
        "licences": told,
        "rules": verdicts.rules(),
    }
    text = issuing.sign(own, payload, packs.KIND)
    return Made(text, f"border-pack-{member.code}-{now:%Y%m%dT%H%MZ}.jwt", now, len(told))


def _usable(code: str) -> list[LicenceCredential]:
    """Every licence that may be used in a member, in the edition that holds."""
    found = list(
        Licence.objects.filter(status__in=LIVE, territory__contains=[code]).select_related("issued_by")
    )
    now = standings(found)
    usable = {one.pk: one for one in found if now[one.pk].status in USABLE}
    rows = {
        (row.licence_id, row.edition): row
        for row in LicenceCredential.objects.filter(licence__in=usable).order_by("licence", "edition")
    }
    return [rows.get((pk, one.edition)) or certify(one) for pk, one in usable.items()]
