"""Keys of members as issuers: made when first needed, rotated, revoked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audience, clock
from core.audience import Audience
from core.errors import Conflict, Invalid
from core.models import ref
from core.policies import require
from ledger import services as ledger
from members import issuing, policies
from members.models import IssuerKey, Jurisdiction, User


def signing_key(member: Jurisdiction) -> IssuerKey:
    """Return the key a member signs with now. The first is made when somebody first asks for it, another where no
    secret key opens the one that signed: that is nobody's act, and no event."""
    key = IssuerKey.objects.signing().filter(jurisdiction=member).first()
    return key if key and issuing.opens(key) else _first(member)


def signing_keys() -> dict[str, IssuerKey]:
    """Return the keys that sign now, one for each member."""
    rows = IssuerKey.objects.signing().select_related("jurisdiction")
    found = {key.jurisdiction_id: key for key in rows if issuing.opens(key)}
    for member in Jurisdiction.objects.exclude(pk__in=found):
        found[member.pk] = _first(member)
    return found


@transaction.atomic
def _first(member: Jurisdiction) -> IssuerKey:
    _lock(member)  # two that sign for the first time at once make one key
    found = IssuerKey.objects.signing().filter(jurisdiction=member).first()
    if found is not None and issuing.opens(found):
        return found
    if found is not None:
        found.retired_at = max(_second(clock.now()), found.valid_from)
        found.save(update_fields=["retired_at"])
    return _enter(member, None)


@transaction.atomic
def rotate_issuer_key(*, actor: User, member: Jurisdiction) -> IssuerKey:
    """Let a new key sign; the one that signed stays published, and what it signed goes on to verify."""
    _lock(member)
    require(policies.can_keep_keys, actor, member)
    now = _second(clock.now())
    retired = list(IssuerKey.objects.select_for_update().signing().filter(jurisdiction=member))
    for key in retired:
        if key.valid_from >= now:
            raise Conflict(_("This key has only just begun to sign. Wait a second."))
        key.retired_at = now
        key.save(update_fields=["retired_at"])
    return _make(actor, member, instead_of=[key.kid for key in retired])


@transaction.atomic
def revoke_issuer_key(*, actor: User, key: IssuerKey, since: datetime, reason: str) -> IssuerKey:
    """Let nothing count that a key signed, or seems to have signed, from an instant on. Where it was the one that
    signs, a new one signs from now on. An instant before it was made means all of it. Invalid where it lies in
    the future, Conflict where it is revoked already."""
    _lock(key.jurisdiction)
    key = IssuerKey.objects.select_for_update(of=("self",)).select_related("jurisdiction").get(pk=key.pk)
    require(policies.can_keep_keys, actor, key.jurisdiction)
    if key.revoked_at is not None:
        raise Conflict(_("This key is revoked already."))
    now, since, reason = _second(clock.now()), _second(since), reason.strip()
    errors: dict[str, list[str]] = {}
    if since > now:
        errors["since"] = [_("Give an instant that is not in the future.")]
    if len(reason) < 10:
        errors["reason"] = [_("Say in at least 10 characters why: every member reads it.")]
    if errors:
        raise Invalid(_("The key was not revoked."), fields=errors)
    signed, since = key.signs, max(since, key.valid_from)
    key.revoked_at, key.revoked_on, key.revoked_by, key.revoked_because = since, now, actor, reason[:500]
    key.save(update_fields=["revoked_at", "revoked_on", "revoked_by", "revoked_because"])
    _record("issuer_key.revoked", actor, key, since=since.isoformat(), reason=key.revoked_because)
    if signed:
        _make(actor, key.jurisdiction, instead_of=[key.kid])
    return key


def _lock(member: Jurisdiction) -> None:
    Jurisdiction.objects.select_for_update(no_key=True).get(pk=member.pk)


def _second(at: datetime) -> datetime:
    """Tokens tell seconds: so do keys."""
    return at.replace(microsecond=0)


def _enter(member: Jurisdiction, by: User | None) -> IssuerKey:
    kid, public, sealed = issuing.make_pair()
    return IssuerKey.objects.create(
        jurisdiction=member,
        kid=kid,
        public=public,
        sealed=sealed,
        valid_from=_second(clock.now()),
        made_by=by,
    )


def _make(actor: User, member: Jurisdiction, instead_of: list[str]) -> IssuerKey:
    key = _enter(member, actor)
    _record("issuer_key.made", actor, key, instead_of=instead_of)
    return key


def _record(type_: str, actor: User, key: IssuerKey, **facts: Any) -> None:
    ledger.record(
        type_,
        actor=actor,
        subject=key,
        aggregate=ref(key.jurisdiction),
        audience=Audience.of(audience.ALLIANCE),
        facts={"member": key.jurisdiction_id, "kid": key.kid, **facts},
    )
