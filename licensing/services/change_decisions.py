"""Two officers of the issuer answer a request to change a licence: one recommends, another decides.

What is granted makes an edition of the licence, with its credential, in the same transaction; what was used and
reserved goes on.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.errors import Blocked, Conflict, Invalid
from core.models import ref
from core.policies import require
from ledger import services as ledger
from licensing import amending, guards, taking
from licensing.models import ChangeConsent, Licence, LicenceChange, Party
from licensing.policies import changes as policies
from licensing.services import changes, consents, credentials, licences, rescreening, undercut
from licensing.services.locks import due_first
from licensing.services.superseding import ask_no_more, heard_of, record_change
from members import services as members
from members.models import User

Proposal, Kind = LicenceChange.Proposal, LicenceChange.Kind


def screen(change: LicenceChange) -> None:
    """Screen the parties of a licence, and those that a change would rename or move, in a transaction of its
    own: hits are hits of the case, and stay although the change does not come about."""
    further: list[Party] = []
    if change.revision is not None:
        touched = amending.renamed(change.changes)
        rows = change.revision.parties.select_related("shared_party").order_by("pk")
        further = [party for number, party in enumerate(rows) if number in touched]
    rescreening.rescreen(case=change.licence.case, why="issue", further=further)


def blockers(change: LicenceChange) -> list[str]:
    """Return what must be settled before a change is granted, one sentence each; empty when nothing is."""
    licence = change.licence
    found = [refused] if (refused := changes.why_not(licence, change.kind)) else []
    found += guards.screened(licence.case)
    if change.kind == Kind.EXTENSION:
        found += undercut.unasked(licence.case)
        found += guards.extended(licence.case) if not licence.waiver_uses.exists() else []
        if _until(change) > changes.longest(licence):
            found.append(_("A licence like this is not valid for as long any more: send it back."))
        asked = change.consents.filter(status=ChangeConsent.Status.ASKED, jurisdiction__in=licence.territory)
        for row in asked.select_related("jurisdiction"):
            found.append(
                _("%(who)s may still answer until %(due)s.")
                % {"who": row.jurisdiction.name, "due": f"{row.due_at:%Y-%m-%d %H:%M UTC}"}
            )
    return [*found, *_taken(change)]


def _taken(change: LicenceChange) -> list[str]:
    wanted = {line: to["quantity"] for line, to in amending.lower(change.changes).items() if "quantity" in to}
    taken = taking.taken_of(change.licence) if wanted else {}
    return [
        _("Of line %(line)s %(taken)s is taken already: it cannot cover less.")
        % {"line": line, "taken": f"{taken[line].all.normalize():f}"}
        for line, quantity in wanted.items()
        if line in taken and taken[line].all > quantity
    ]


def _until(change: LicenceChange) -> date:
    return date.fromisoformat(change.changes[0]["after"])


def recommend(
    *, actor: User, change: LicenceChange, proposal: str, remark: str, told: str = ""
) -> LicenceChange:
    """Recommend that a change be granted or refused; its parties are screened first.

    `remark`: for officers. `told`: what the holder reads of a refusal.
    """
    if policies.can_recommend(actor, change):
        screen(change)
    return _recommend(actor=actor, change=change, proposal=proposal, remark=remark, told=told)


@due_first("change")
@transaction.atomic
def _recommend(*, actor: User, change: LicenceChange, proposal: str, remark: str, told: str) -> LicenceChange:
    change = changes.locked_change(change)
    require(policies.can_recommend, actor, change)
    errors: dict[str, list[str]] = {}
    if proposal not in Proposal.values:
        errors["proposal"] = [_("Choose to grant or to refuse it.")]
    if not 10 <= len(remark.strip()) <= 4000:
        errors["remark"] = [_("Give the reasons in 10 to 4,000 characters.")]
    if len(told.strip()) > 1000 or (proposal == Proposal.REFUSE and len(told.strip()) < 10):
        errors["told"] = [_("Tell the holder why in 10 to 1,000 characters.")]
    if errors:
        raise Invalid(_("This is not yet a recommendation."), fields=errors)
    change.recommend(actor)
    change.proposal, change.remark, change.told = proposal, remark.strip(), told.strip()
    change.save(update_fields=["status", "recommended_by", "recommended_at", "proposal", "remark", "told"])
    record_change(
        "change.recommended", actor, change, audience=change.licence.case.audience, proposal=proposal
    )
    return change


def decide(*, actor: User, change: LicenceChange) -> LicenceChange:
    """Decide as was recommended, as the second officer. Blocked with every reason that stands against a grant; its
    parties are screened once more first."""
    if change.proposal == Proposal.GRANT and policies.can_decide(actor, change):
        screen(change)
    return _decide(actor=actor, change=change)


@due_first("change")
@transaction.atomic
def _decide(*, actor: User, change: LicenceChange) -> LicenceChange:
    change = changes.locked_change(change)
    if change.status != LicenceChange.Status.RECOMMENDED:
        raise Conflict(_("It does not wait for a decision."))
    require(policies.can_decide, actor, change)
    if change.proposal == Proposal.REFUSE:
        change.refuse(actor)
        change.save(update_fields=["status", "decided_by", "ended_at"])
        ask_no_more(change)
        record_change("change.refused", actor, change, reason=change.told)
        return change
    if found := blockers(change):
        raise Blocked(_("This change cannot be granted yet."), blockers=found)
    heard = heard_of(change.licence)
    licence, left_out = _applied(actor, change)
    change.grant(actor, licence.edition)
    change.save(update_fields=["status", "decided_by", "ended_at", "edition"])
    credentials.certify(licence)
    ask_no_more(change)
    ledger.record(
        "licence.extended" if change.kind == Kind.EXTENSION else "licence.amended",
        actor=actor,
        subject=licence,
        aggregate=ref(licence.case),
        aggregate_label=licence.case.reference,
        audience=heard,
        facts={
            "number": licence.number,
            "reference": change.reference,
            "edition": licence.edition,
            "changes": change.changes,
            "valid_until": licence.valid_until.isoformat(),
            "territory": licence.territory,
            "left_out": left_out,
        },
    )
    return change


def _applied(actor: User, change: LicenceChange) -> tuple[Licence, list[str]]:
    """Make the edition that a change asks for; return it with the members in which it does not hold any more."""
    licence, left_out = change.licence, list[str]()
    licence.edition += 1
    licence.edition_at = clock.now()
    if change.kind == Kind.EXTENSION:
        left_out = _without(actor, change)
        licence.valid_until = _until(change)
        licence.territory = [code for code in licence.territory if code not in left_out]
    for one in change.changes:
        if one["path"] == amending.REFERENCE:
            licence.national_reference = one["after"]
    if own := amending.own(change.changes):
        members.correct_details(actor=actor, organisation=licence.holder, **own)
    if change.revision is not None:
        case = licence.case
        case.revision = change.revision
        case.save(update_fields=["revision"])
        licence.parties = licences.named(case)
    licence.save(
        update_fields=["edition", "edition_at", "valid_until", "territory", "national_reference", "parties"]
    )
    for line, limits in amending.lower(change.changes).items():
        row = licence.lines.get(line=line)
        for name, limit in limits.items():
            setattr(row, name, limit)
        row.save(update_fields=[*limits])
    if change.kind == Kind.EXTENSION:
        licences.await_expiry(licence)
    return licence, left_out


def _without(actor: User, change: LicenceChange) -> list[str]:
    """End the consent of each member that did not consent to a change; return them. One that took its consent to
    the licence back meanwhile has ended it itself."""
    found = []
    rows = change.consents.filter(jurisdiction__in=change.licence.territory)
    rows = rows.exclude(status=ChangeConsent.Status.GIVEN).select_related("said_by")
    for row in rows.order_by("jurisdiction"):
        why = row.reason or _("It did not say whether it consents to %(change)s.") % {"change": change}
        consents.end(change.licence, row.jurisdiction_id, by=row.said_by or actor, because=why)
        found.append(row.jurisdiction_id)
    known = {row.jurisdiction_id for row in change.consents.all()}
    late = [code for code in change.licence.territory if code not in known | {change.licence.issued_by_id}]
    for code in late:  # it consented to the licence after the extension was asked for
        why = _("It was not asked about %(change)s.") % {"change": change}
        consents.end(change.licence, code, by=actor, because=why)
    return sorted({*found, *late} & set(change.licence.territory))


@due_first("change")
@transaction.atomic
def send_back(*, actor: User, change: LicenceChange, remark: str) -> LicenceChange:
    """Send a recommendation back, as the second officer; another may be made."""
    change = changes.locked_change(change)
    if change.status != LicenceChange.Status.RECOMMENDED:
        raise Conflict(_("It does not wait for a decision."))
    require(policies.can_decide, actor, change)
    if not 10 <= len(remark.strip()) <= 4000:
        raise Invalid.field("remark", _("Say in 10 to 4,000 characters why you send it back."))
    change.send_back()
    change.remark = remark.strip()
    change.save(update_fields=["status", "recommended_by", "recommended_at", "proposal", "told", "remark"])
    record_change(
        "change.sent_back", actor, change, audience=change.licence.case.audience, remark=change.remark[:1000]
    )
    return change
