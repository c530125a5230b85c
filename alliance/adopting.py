"""What members do about a crisis: adopt, opt out, renew it together, and be prepared before there is one."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import crisis_policies as policies
from alliance import library
from alliance.declaring import (
    CALENDAR,
    ZONE,
    adoption_facts,
    due_first,
    locked,
    record,
    require_state,
    said,
    set_sunset,
)
from alliance.models import Adoption, Declaration, Preparedness, Renewal
from alliance.reviewing import latest, stale
from core import audience, clock
from core.audience import Audience
from core.errors import Conflict, Invalid, NotFound
from core.models import ref
from core.policies import require
from deadlines.calculus import Rule, derive
from deadlines.services import calendar_in_force
from ledger import services as ledger
from members.models import Jurisdiction, User

IN_FORCE = Declaration.Status.IN_FORCE
MOST_MONTHS = 6


def adoption_of(user: User, declaration: Declaration) -> Adoption | None:
    """Return where the member an officer serves stands."""
    return Adoption.objects.filter(declaration=declaration, jurisdiction=user.jurisdiction_code).first()


@due_first
@transaction.atomic
def adopt(*, actor: User, declaration: Declaration, legal_reference: str) -> Adoption:
    """Adopt the measures for one's member, by a national instrument: they hold there from this instant."""
    declaration = locked(declaration.pk)
    require_state(declaration, IN_FORCE, _("Members adopt a declaration that is in force."))
    adoption = adoption_of(actor, declaration)
    require(policies.can_decide_adoption, actor, declaration)
    if adoption is None or adoption.status == Adoption.Status.ADOPTED:
        raise Conflict(policies.can_adopt(actor, declaration, adoption).reason)
    adoption.adopt(actor, said(legal_reference, "legal_reference", 300))
    return _kept(actor, declaration, adoption, "adoption.adopted")


@due_first
@transaction.atomic
def opt_out(*, actor: User, declaration: Declaration, reason: str) -> Adoption:
    """Say that one's member does not take part, and why; its measures stop holding there in this instant."""
    declaration = locked(declaration.pk)
    require_state(declaration, IN_FORCE, _("Members opt out of a declaration that is in force."))
    adoption = adoption_of(actor, declaration)
    require(policies.can_decide_adoption, actor, declaration)
    if adoption is None or adoption.status == Adoption.Status.OPTED_OUT:
        raise Conflict(policies.can_opt_out(actor, declaration, adoption).reason)
    adoption.opt_out(actor, said(reason, "reason"))
    return _kept(actor, declaration, adoption, "adoption.opted_out")


def _kept(actor: User, declaration: Declaration, adoption: Adoption, type: str) -> Adoption:
    adoption.save()
    declaration.touch()
    declaration.save(update_fields=["changed_at"])
    record(type, actor, declaration, **adoption_facts(adoption), prepared=False)
    return adoption


# Renewal -------------------------------------------------------------------------------------------------


def latest_sunset(start: datetime) -> datetime:
    """Return the latest instant to which measures may last from an instant without another review."""
    days = calendar_in_force(CALENDAR, start, ZONE)
    return derive(start, Rule(MOST_MONTHS, "months", rollover=False), days, ZONE).due_at


def end_of(day: date) -> datetime:
    """Return the midnight that closes a day, UTC."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)


@due_first
@transaction.atomic
def propose_renewal(*, actor: User, declaration: Declaration, findings: str, last_day: date) -> Renewal:
    """Propose that the measures last to the end of a later day, and why they are still needed.

    It rests on the review that was kept last, two weeks old at most; without one it is a Conflict. One proposal
    waits at a time. Invalid for a day not after the present sunset, or more than six months ahead.
    """
    declaration = locked(declaration.pk)
    require_state(declaration, IN_FORCE, _("Only a declaration in force is renewed."))
    require(policies.can_renew, actor, declaration)
    assert declaration.sunset_at is not None
    until, now = end_of(last_day), clock.now()
    if until <= declaration.sunset_at:
        raise Invalid.field("last_day", _("Choose a day after the present sunset."))
    if until > latest_sunset(now):
        raise Invalid.field("last_day", _("Choose a day within six months: then it is reviewed again."))
    if declaration.renewals.filter(confirmed_at__isnull=True).exists():
        raise Conflict(_("A renewal waits for its second key already. Confirm or withdraw it first."))
    review = latest(declaration)
    if review is None or stale(review):
        raise Conflict(_("Review the measures first: a renewal rests on a review of the last two weeks."))
    renewal = Renewal.objects.create(
        declaration=declaration,
        review=review,
        findings=said(findings, "findings", 4000),
        until=until,
        proposed_by=actor,
        proposed_at=now,
    )
    _record_renewal("renewal.proposed", actor, declaration, renewal)
    return renewal


def _waiting(declaration: Declaration) -> Renewal:
    found = (
        declaration.renewals.select_related("proposed_by__authority", "review")
        .filter(confirmed_at__isnull=True)
        .first()
    )
    if found is None:
        raise Conflict(_("No renewal waits for a second key."))
    return found


@due_first
@transaction.atomic
def confirm_renewal(*, actor: User, declaration: Declaration) -> Declaration:
    """Turn the second key of the renewal that waits: the sunset moves to its day."""
    declaration = locked(declaration.pk)
    require_state(declaration, IN_FORCE, _("Only a declaration in force is renewed."))
    renewal = _waiting(declaration)
    require(policies.can_confirm_renewal, actor, declaration, renewal)
    now = clock.now()
    renewal.confirmed_by, renewal.confirmed_at = actor, now
    renewal.save()
    last_day = (renewal.until - timedelta(days=1)).date()
    set_sunset(declaration, Rule((last_day - now.date()).days, "calendar_days", rollover=False))
    declaration.renewed_at = now
    declaration.touch()
    declaration.save()
    record(
        "declaration.renewed",
        actor,
        declaration,
        findings=renewal.findings,
        review_sha256=renewal.review.sha256 if renewal.review else None,
        proposed_by=renewal.proposed_by.name,
    )
    return declaration


@due_first
@transaction.atomic
def withdraw_renewal(*, actor: User, declaration: Declaration) -> Declaration:
    """Take back the renewal that waits, so that another can be proposed; the ledger keeps it."""
    declaration = locked(declaration.pk)
    require(policies.can_renew, actor, declaration)
    renewal = _waiting(declaration)
    _record_renewal("renewal.withdrawn", actor, declaration, renewal)
    renewal.delete()
    return declaration


def _record_renewal(type: str, actor: User, declaration: Declaration, renewal: Renewal) -> None:
    record(
        type,
        actor,
        declaration,
        Audience.of(audience.ALLIANCE),
        findings=renewal.findings,
        until=renewal.until.isoformat(),
        review_sha256=renewal.review.sha256 if renewal.review else None,
    )


# Being prepared ------------------------------------------------------------------------------------------


@transaction.atomic
def state_preparedness(*, actor: User, set_key: str, legal_reference: str) -> Preparedness:
    """Say for one's member that it adopts the present version of a set the instant it is declared, and by which
    national instrument. A later version needs a word of its own."""
    require(policies.can_state_preparedness, actor)
    try:
        prepared = library.prepared(set_key)
    except NotFound as error:
        raise Invalid.field("set", error.detail) from error
    jurisdiction = Jurisdiction.objects.select_for_update().get(code=actor.jurisdiction_code)
    rows = Preparedness.objects.filter(
        jurisdiction=jurisdiction,
        set_key=set_key,
        set_version=prepared.set.version,
        withdrawn_at__isnull=True,
    )
    if rows.exists():
        raise Conflict(_("Your member is prepared for this version already."))
    made = Preparedness.objects.create(
        jurisdiction=jurisdiction,
        set_key=set_key,
        set_version=prepared.set.version,
        legal_reference=said(legal_reference, "legal_reference", 300),
        stated_by=actor,
        stated_at=clock.now(),
    )
    _record_preparedness("preparedness.stated", actor, made)
    return made


@transaction.atomic
def withdraw_preparedness(*, actor: User, preparedness: Preparedness) -> Preparedness:
    """Take the word back; what was adopted by it stays adopted."""
    found = Preparedness.objects.select_for_update(of=("self",)).get(pk=preparedness.pk)
    require(policies.can_withdraw_preparedness, actor, found)
    if found.withdrawn_at is not None:
        raise Conflict(_("This word has been taken back already."))
    found.withdrawn_at = clock.now()
    found.save(update_fields=["withdrawn_at"])
    _record_preparedness("preparedness.withdrawn", actor, found)
    return found


def _record_preparedness(type: str, actor: User, preparedness: Preparedness) -> None:
    ledger.record(
        type,
        actor=actor,
        subject=preparedness,
        aggregate=ref(preparedness),
        audience=Audience.of(audience.ALLIANCE),
        facts={
            "jurisdiction": preparedness.jurisdiction_id,
            "set": f"{preparedness.set_key} {preparedness.set_version}",
            "legal_reference": preparedness.legal_reference,
        },
    )


def standing_words() -> dict[tuple[str, str, str], Preparedness]:
    """Return the words that stand, by member, key of the set and its version."""
    rows = Preparedness.objects.filter(withdrawn_at__isnull=True).select_related("stated_by")
    return {(row.jurisdiction_id, row.set_key, row.set_version): row for row in rows}
