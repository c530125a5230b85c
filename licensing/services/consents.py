"""A licence widens: each member that consents later lets it hold there too, without a new application.

It was issued for the members that had consented by then. A consent widens its territory and makes a new edition of
it, a withdrawal narrows it at once; silence does neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import crises
from alliance.measures import Effect
from core import audience, clock
from core.actors import CLOCK, Actor
from core.audience import Audience
from core.errors import Blocked, Conflict, Invalid
from core.models import ref, ref_id
from core.policies import Verdict, require
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from ledger import services as ledger
from licensing import guards
from licensing.models import Consent, Licence, Stake
from licensing.policies import consents as policies
from licensing.selectors.trades import trade_of_licence
from licensing.services import cases, credentials, rescreening
from licensing.services.locks import due_first, lock
from members.models import Jurisdiction, User

ANSWER = "consent.answer"
#: As long as Regulation (EU) 2021/821 Article 14(1) gives a member to answer; there silence is no objection, here
#: it is no consent.
ANSWERED_WITHIN = Rule(10, "working_days")
LIVE = (Licence.Status.ISSUED, Licence.Status.SUSPENDED)
Status = Consent.Status


@due_first("licence")
@transaction.atomic
def ask(*, actor: User, licence: Licence, member: str, reason: str) -> Consent:
    """Ask a member, as the holder, to let a licence hold there. The member may then read its case.

    Invalid: no member, one in which it holds, or no reason. Conflict: it is over, or the member is asked already.
    """
    licence = _locked(licence)
    require(policies.can_ask, actor, licence)
    _require_live(licence)
    errors: dict[str, list[str]] = {}
    found = Jurisdiction.objects.filter(code=member.strip().upper()).first()
    if found is None:
        errors["member"] = [_("Choose a member of the alliance.")]
    elif found.code in licence.territory:
        errors["member"] = [_("The licence holds there already.")]
    if len(reason.strip()) < 10:
        errors["reason"] = [
            _("Say in at least 10 characters why it should hold there: that member reads it.")
        ]
    if errors or found is None:
        raise Invalid(_("Nothing was asked."), fields=errors)
    if licence.consents.filter(jurisdiction=found, status=Status.ASKED).exists():
        raise Conflict(_("This member is asked already and has not answered."))
    now = clock.now()
    row = Consent(
        licence=licence,
        jurisdiction=found,
        asked_at=now,
        asked_by=actor,
        asked_because=reason.strip()[:1000],
        due_at=now,
    )
    row.save()
    due = deadlines.set_due(
        kind=ANSWER,
        aggregate=ref(licence.case),
        subject=ref(row),
        start=now,
        rule=ANSWERED_WITHIN,
        calendar=found.calendar,
        zone=found.timezone,
        owner=found.name,
    )
    row.due_at = due.due_at
    row.save(update_fields=["due_at"])
    _let_in(licence, found)
    _record("consent.asked", actor, row, reason=row.asked_because, due_at=due.due_at.isoformat())
    return row


def consent(*, actor: User, licence: Licence, reason: str) -> Licence:
    """Let a licence hold in the decider's member, asked or not; its parties are screened first, in a transaction of
    its own. Blocked by an open hit, or where a measure of a crisis stops such trade in that member."""
    if policies.can_consent(actor, licence):
        rescreening.rescreen(case=licence.case, why="issue")
    return _consent(actor=actor, licence=licence, reason=reason)


@due_first("licence")
@transaction.atomic
def _consent(*, actor: User, licence: Licence, reason: str) -> Licence:
    licence, code, said = _ready(actor, licence, policies.can_consent, reason)
    _require_live(licence)
    if found := stops(licence, code):
        raise Blocked(_("Your member cannot consent now."), blockers=found)
    row = licence.consents.filter(jurisdiction=code, status=Status.ASKED).first()
    if row is None:
        row = Consent(licence=licence, jurisdiction_id=code)
    row.give(clock.now(), actor, said)
    row.save()
    _answered(row)
    _redraw(licence, sorted({*licence.territory, code}))
    _record("licence.widened", actor, row, territory=licence.territory, edition=licence.edition)
    return licence


@due_first("licence")
@transaction.atomic
def decline(*, actor: User, licence: Licence, reason: str) -> Licence:
    """Say that a licence shall not hold in the decider's member; the holder reads the reason."""
    licence, code, said = _ready(actor, licence, policies.can_decline, reason)
    row = licence.consents.get(jurisdiction=code, status=Status.ASKED)
    row.decline(actor, said)
    row.save()
    _answered(row)
    _record("consent.declined", actor, row, reason=said)
    return licence


@due_first("licence")
@transaction.atomic
def withdraw(*, actor: User, licence: Licence, reason: str) -> Licence:
    """Take back the consent of the decider's member, at once; the holder reads the reason."""
    licence, code, said = _ready(actor, licence, policies.can_withdraw, reason)
    row = end(licence, code, by=actor, because=said)
    _redraw(licence, [one for one in licence.territory if one != code])
    _record("licence.narrowed", actor, row, reason=said, territory=licence.territory, edition=licence.edition)
    return licence


def end(licence: Licence, code: str, *, by: User, because: str) -> Consent:
    """Write down that the consent of a member holds no more; whoever calls redraws the territory."""
    row = licence.consents.filter(jurisdiction=code, status=Status.GIVEN).first()
    if row is None:  # it consented by its position, before the licence was issued
        row = Consent(licence=licence, jurisdiction_id=code)
        row.give(licence.issued_at)
    row.withdraw(by, because)
    row.save()
    return row


def lapse(due: DueInstant) -> None:
    """A member has not answered in time: the licence goes on not to hold there, and its holder may ask again."""
    row = Consent.objects.select_related("licence__case", "jurisdiction").get(
        pk=ref_id(due.subject, "consent")
    )
    if row.status == Status.ASKED:
        row.lapse(due.due_at)
        row.save()
        _record("consent.lapsed", CLOCK, row, due_at=due.due_at.isoformat())


def _locked(licence: Licence) -> Licence:
    lock(licence.case_id)
    rows = Licence.objects.select_for_update(of=("self",))
    return rows.select_related("case__lead", "case__application", "issued_by").get(pk=licence.pk)


def _ready(
    actor: User, licence: Licence, policy: Callable[[User, Licence], Verdict], reason: str
) -> tuple[Licence, str, str]:
    licence = _locked(licence)
    require(policy, actor, licence)
    said = reason.strip()[:1000]
    if not said:
        raise Invalid.field("reason", _("Give the reason; it is kept with the licence."))
    assert actor.jurisdiction_code is not None  # whoever speaks for a member serves it
    return licence, actor.jurisdiction_code, said


def live(licence: Licence) -> bool:
    """Whether a licence is not over, and so may widen; a provisional one may once it is confirmed."""
    today = clock.today(licence.issued_by.timezone)
    if licence.provisional:
        return False
    return licence.status in LIVE and licence.effective_status(today) != Licence.Status.EXPIRED


def _require_live(licence: Licence) -> None:
    if not live(licence):
        raise Conflict(
            _("Only a licence that is not over widens, and a provisional one once it is confirmed.")
        )


def stops(licence: Licence, code: str) -> list[str]:
    """Return what stands against the consent of a member: hits, and measures of crises that it has adopted."""
    found = list(guards.screened(licence.case))
    trade = replace(trade_of_licence(licence), lead=code)
    for one in crises.bearing(trade):
        if one.measure.effect in (Effect.NO_GRANT, Effect.SUSPEND_LICENCES):
            found.append(
                _("The crisis %(reference)s stops this in your member: %(measure)s.")
                % {"reference": one.crisis.reference, "measure": one.measure.title}
            )
    return found


def _let_in(licence: Licence, member: Jurisdiction) -> None:
    """Give a member sight of the case, and so of the licence, as one that is asked."""
    if member.code == licence.case.lead_id:
        return
    _row, created = Stake.objects.get_or_create(
        case=licence.case,
        jurisdiction=member,
        kind=Stake.Kind.CONSENT,
        defaults={
            "rule_key": "consent",
            "sentence": _("The holder asks that the licence hold there too."),
        },
    )
    if created:
        cases.widen(case=licence.case)


def _redraw(licence: Licence, territory: list[str]) -> None:
    licence.territory = territory
    licence.edition += 1
    licence.edition_at = clock.now()
    licence.save(update_fields=["territory", "edition", "edition_at"])
    credentials.certify(licence)


def _answered(row: Consent) -> None:
    if row.asked_at is not None:
        deadlines.cancel(kind=ANSWER, subject=ref(row))


def _record(type_: str, actor: Actor, row: Consent, **facts: object) -> None:
    case = row.licence.case
    heard = Audience.of(
        audience.organisation(row.licence.holder_id), audience.jurisdiction(row.jurisdiction_id)
    )
    ledger.record(
        type_,
        actor=actor,
        subject=row,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.holder_audience | heard,
        facts={"number": row.licence.number, "member": row.jurisdiction_id, **facts},
    )
