"""The holder asks to have a licence amended or extended; nothing of the licence changes by asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actors import CLOCK
from core.errors import Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from core.references import new_reference
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from intelligence import services as intelligence
from licensing import amending, waived
from licensing import conditions as condition_rules
from licensing.amending import Present
from licensing.models import Application, ChangeConsent, Licence, LicenceChange, Revision
from licensing.policies import changes as policies
from licensing.selectors.standings import standing
from licensing.services import revisions
from licensing.services.locks import due_first, lock
from licensing.services.superseding import CHANGE_ANSWER, CHANGE_CONSENT, ask_no_more, record_change
from members.models import Jurisdiction, User

Kind = LicenceChange.Kind
#: How long the issuer has. No law gives a number; an extension waits for the members first, so it has
#: twice as long.
DECIDED_WITHIN = {
    Kind.AMENDMENT: Rule(10, "working_days"),
    Kind.EXTENSION: Rule(20, "working_days"),
}
#: As long as Regulation (EU) 2021/821 Article 14(1) gives a member; silence is no consent, as in `consents`.
CONSENTED_WITHIN = Rule(10, "working_days")
#: A licence that holds, or will: nothing else is changed.
CHANGEABLE = frozenset({Licence.Status.ISSUED, "not_yet_valid"})


def why_not(licence: Licence, kind: str) -> str:
    """Say why a licence is not amended, extended or replaced now; empty where it may be. `kind`: a kind of change,
    or `replacement`."""
    if licence.provisional:
        return _("A provisional licence is not changed: it is confirmed, or it ends by itself.")
    now = standing(licence)
    if now.status not in CHANGEABLE or now.held:
        shown = dict(Licence.Status.choices).get(now.status, "")
        return _("The licence is %(status)s: only one that holds is changed.") % {
            "status": str(shown).lower()
        }
    if kind != Kind.AMENDMENT and not licence.renewable:  # after 15 CFR 748.4(h)
        return _(
            "It was issued on an emergency request: it is neither extended nor replaced. File a new application."
        )
    if kind == Kind.EXTENSION and licence.valid_until >= longest(licence):
        return _("It is valid for as long as a licence may be. Replace it instead.")
    return ""


def longest(licence: Licence) -> date:
    """Return the last day that a licence may ever have: two years from its first day, less where a condition or the
    waiver that it rests on ends sooner. Source: Regulation (EU) 2021/821 Article 12(3)."""
    from licensing.services.decisions import LONGEST_VALIDITY

    last = condition_rules.last_day(licence.conditions, licence.valid_from + LONGEST_VALIDITY)
    use, _holds = waived.of_licences([licence.pk]).get(licence.pk, (None, True))
    return waived.last_day(use.waiver, last) if use is not None else last


def present(licence: Licence) -> Present:
    """Return what a licence says, with the dossier it rests on."""
    holder = {
        "address": " ".join(licence.holder.address.split()),
        "contact_email": licence.holder.contact_email,
    }
    dossier = licence.case.revision.dossier
    return Present(dossier, list(licence.lines.all()), licence.national_reference, holder)


@due_first("licence")
@transaction.atomic
def ask_extension(*, actor: User, licence: Licence, valid_until: date, reason: str) -> LicenceChange:
    """Ask that a licence be valid for longer. Every other member in which it holds is asked for its consent.

    Conflict: it is not one that is extended, or a request waits already. Invalid: the day, or no reason.
    """
    licence = _ready(actor, licence, Kind.EXTENSION)
    errors = _unreasoned(reason)
    most = longest(licence)
    if not licence.valid_until < valid_until <= most:
        errors["valid_until"] = [
            _("Give a day after %(now)s and not after %(most)s.") % {"now": licence.valid_until, "most": most}
        ]
    if errors:
        raise Invalid(_("Nothing was asked."), fields=errors)
    days = {
        "path": amending.LAST_DAY,
        "of": "",
        "before": licence.valid_until.isoformat(),
        "after": valid_until.isoformat(),
    }
    change = _open(actor, licence, Kind.EXTENSION, [days], reason)
    _ask_members(change)
    _record_asked(actor, change)
    return change


@due_first("licence")
@transaction.atomic
def ask_amendment(
    *, actor: User, licence: Licence, changes: Sequence[Mapping[str, str]], reason: str
) -> LicenceChange:
    """Ask that a licence say something else, field by field: [{"path", "to"}], of the table `amending.FIELDS`.

    Conflict: it is not one that is changed, or a request waits already. Invalid names each change that is none, or
    that needs a new application.
    """
    licence = _ready(actor, licence, Kind.AMENDMENT)
    found = amending.amended(present(licence), changes)
    errors = {**_unreasoned(reason), **found.errors}
    if errors:
        raise Invalid(_("Nothing was asked."), fields=errors)
    revision = _frozen(actor, licence, found.dossier) if found.dossier is not None else None
    change = _open(actor, licence, Kind.AMENDMENT, found.changes, reason, revision)
    _record_asked(actor, change)
    return change


@due_first("change")
@transaction.atomic
def withdraw(*, actor: User, change: LicenceChange) -> LicenceChange:
    """Take a request back, as the holder; the licence stays as it is."""
    change = locked_change(change)
    require(policies.can_withdraw, actor, change)
    change.withdraw()
    change.save(update_fields=["status", "ended_at"])
    ask_no_more(change)
    record_change("change.withdrawn", actor, change)
    return change


def overdue(due: DueInstant) -> None:
    """Nobody has decided in time: whoever may is told, and the holder; silence grants and refuses nothing."""
    rows = LicenceChange.objects.select_related("licence__case__lead", "licence__case__application")
    change = rows.get(pk=ref_id(due.subject, "licencechange"))
    if change.is_open:
        change.overdue_at = due.due_at
        change.save(update_fields=["overdue_at"])
        record_change("change.overdue", CLOCK, change, due_at=due.due_at.isoformat(), owner=due.owner_label)


def locked_change(change: LicenceChange) -> LicenceChange:
    """Return a request behind the lock of its case, after whatever was due of that has been applied."""
    lock(change.case_id)
    return (
        LicenceChange.objects.select_for_update(of=("self",))
        .select_related(
            "licence__case__lead",
            "licence__case__application__organisation",
            "licence__case__revision",
            "licence__issued_by",
            "licence__holder",
            "revision",
        )
        .get(pk=change.pk)
    )


def locked_licence(licence: Licence) -> Licence:
    """Return a licence behind the lock of its case, after whatever was due of that has been applied."""
    lock(licence.case_id)
    rows = Licence.objects.select_for_update(of=("self",))
    return rows.select_related(
        "case__lead", "case__application__organisation", "case__revision", "issued_by", "holder"
    ).get(pk=licence.pk)


def _ready(actor: User, licence: Licence, kind: str) -> Licence:
    licence = locked_licence(licence)
    require(policies.can_ask, actor, licence)
    if refused := why_not(licence, kind):
        raise Conflict(refused)
    waiting = LicenceChange.objects.standing().filter(licence=licence).first()  # type: ignore[attr-defined]
    if waiting is not None:
        raise Conflict(
            _("%(reference)s waits to be decided: take it back first, or wait.")
            % {"reference": waiting.reference}
        )
    return licence


def _unreasoned(reason: str) -> dict[str, list[str]]:
    if 10 <= len(reason.strip()) <= 1000:
        return {}
    return {"reason": [_("Say why in 10 to 1,000 characters: who decides reads it.")]}


def _frozen(actor: User, licence: Licence, dossier: dict[str, Any]) -> Revision:
    """Freeze the dossier as it would be, so that its parties are screened; it is not in hand until granted."""
    application: Application = licence.case.application
    last = application.revisions.order_by("-number").values_list("number", flat=True).first() or 0
    revision = revisions.freeze(
        actor=actor,
        application=application,
        dossier=dossier,
        number=last + 1,
        reason=_("Asked to amend %(number)s") % {"number": licence.number},
        before=licence.case.revision.dossier,
    )
    intelligence.widen_links(source_ref=ref(application), audience=licence.case.audience)
    return revision


def _open(
    actor: User,
    licence: Licence,
    kind: Kind,
    changes: list[dict[str, str]],
    reason: str,
    revision: Revision | None = None,
) -> LicenceChange:
    now, issuer = clock.now(), licence.issued_by
    change = LicenceChange.objects.create(
        reference=new_reference("LC"),
        licence=licence,
        kind=kind,
        changes=changes,
        revision=revision,
        reason=reason.strip(),
        asked_by=actor,
        asked_at=now,
        due_at=now,
    )
    due = deadlines.set_due(
        kind=CHANGE_ANSWER,
        aggregate=ref(licence.case),
        subject=ref(change),
        start=now,
        rule=DECIDED_WITHIN[kind],
        calendar=issuer.calendar,
        zone=issuer.timezone,
        owner=issuer.name,
    )
    change.due_at = due.due_at
    change.save(update_fields=["due_at"])
    return change


def _ask_members(change: LicenceChange) -> None:
    licence = change.licence
    others = Jurisdiction.objects.filter(code__in=licence.territory).exclude(code=licence.issued_by_id)
    for member in others.order_by("code"):
        row = ChangeConsent.objects.create(change=change, jurisdiction=member, due_at=change.asked_at)
        due = deadlines.set_due(
            kind=CHANGE_CONSENT,
            aggregate=ref(licence.case),
            subject=ref(row),
            start=change.asked_at,
            rule=CONSENTED_WITHIN,
            calendar=member.calendar,
            zone=member.timezone,
            owner=member.name,
        )
        row.due_at = due.due_at
        row.save(update_fields=["due_at"])


def _record_asked(actor: User, change: LicenceChange) -> None:
    members = list(change.consents.values_list("jurisdiction_id", flat=True))
    record_change(
        "change.asked",
        actor,
        change,
        changes=change.changes,
        reason=change.reason,
        due_at=change.due_at.isoformat(),
        asks=members,
    )
