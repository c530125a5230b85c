"""Asking before a grant: whoever denied the like, by the regime's rule and clock; and telling all of a grant.

Source: Regulation (EU) 2021/821 Article 16(5).
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import selectors as alliance
from alliance.charters import Window
from alliance.undercut import UndercutRule
from core import audience as audiences
from core import clock
from core.actors import CLOCK, PROCESS, Actor
from core.audience import Audience
from core.errors import Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from deadlines import services as deadlines
from deadlines.calculus import Rule, derive
from deadlines.models import DueInstant
from intelligence import services as intelligence
from intelligence.models import Denial
from ledger import services as ledger
from licensing import guards, undercut
from licensing.models import Case, Decision, Party, Stake, UndercutCheck
from licensing.policies import undercut as policies
from licensing.policies.common import is_rapid
from licensing.services import cases
from licensing.services.locks import due_first, locked
from licensing.services.superseding import overtake
from licensing.undercut import Found
from members.models import User

ANSWER = "undercut.answer"  # kind of due instant
REQUIREMENT = "no_undercut"  # kind of requirement
#: Sections of the dossier that the comparison rests on: what they say anew is asked anew.
TOUCHED_BY = frozenset({"items", "parties", "route"})
Status = UndercutCheck.Status
LOOKED_AT = (Case.Status.IN_REVIEW, Case.Status.ON_HOLD, Case.Status.PROVISIONAL)


@transaction.atomic
def look(*, case: Case) -> list[UndercutCheck]:
    """Look for denials that the revision in hand resembles and ask about those that are new; return these.

    Asked again about one that was answered where the application has changed since in items, parties or route; what
    it does not resemble any more is overtaken. Does nothing before the case is routed or once it is closed.
    """
    case = locked(case.pk)
    if case.status not in LOOKED_AT:
        return []
    asked = undercut.transaction_of(
        case.revision.items.all(), case.revision.parties.select_related("shared_party")
    )
    matches = {one.denial.pk: one for one in undercut.found(asked, lead=case.lead_id)}
    known = {row.denial_id: row for row in _rows(case)}
    new: list[UndercutCheck] = []
    for pk, one in sorted(matches.items()):
        rule = undercut.rule_for(one, asked, lead=case.lead_id)
        if rule is None:
            continue
        row = known.get(pk)
        if row is None:
            new.append(_ask(case, one, rule, UndercutCheck(case=case, denial=one.denial)))
        elif row.status == Status.OVERTAKEN or (row.status != Status.ASKED and _changed(case, row)):
            row.ask_again()
            new.append(_ask(case, one, rule, row))
        elif row.status == Status.ASKED:
            _quicken(row, rule)
    for pk, row in sorted(known.items()):
        if pk not in matches:
            _let_go(row, _("It does not resemble the denial any more."))
    return new


def _rows(case: Case) -> list[UndercutCheck]:
    rows = UndercutCheck.objects.select_for_update(of=("self",)).filter(case=case)
    found = list(rows.select_related("denial", "jurisdiction", "revision").order_by("pk"))
    for row in found:
        row.case = case
    return found


def _changed(case: Case, row: UndercutCheck) -> bool:
    """Whether a revision since the one that was compared says anew what the comparison rests on."""
    later = case.application.revisions.filter(
        number__gt=row.revision.number, number__lte=case.revision.number
    )
    paths = {entry["path"] for revision in later for entry in revision.difference}
    return any(path.split(".")[0].split("[")[0] in TOUCHED_BY for path in paths)


def _ask(case: Case, one: Found, rule: UndercutRule, row: UndercutCheck) -> UndercutCheck:
    """Put the question, with its term and its requirement; or note what is told once it is granted."""
    row.revision, row.jurisdiction = case.revision, one.denial.jurisdiction
    row.rule_key, row.rule = rule.key, rule.title
    row.matched, row.exact = one.comparison.plain, one.comparison.exact
    row.asked_at, row.due_at = clock.now(), None
    row.answered_by = row.answered_at = row.explained_by = row.told_at = None
    row.reason = row.explanation = ""
    if rule.mode == "notify" and not row.own:
        row.note()
        row.save()
        _satisfy(row, _("noted"))
        _record("undercut.noted", PROCESS, row)
        return row
    row.save()
    if not row.own:
        _set_due(row, rule)
        _let_in(case, row)
    _require(row)
    if case.decisions.filter(status=Decision.Status.PROPOSED, kind__in=guards.GRANTS).exists():
        overtake(case=case, why=_("It resembles what was denied before."))
    _record("undercut.asked", PROCESS, row, due_at=row.due_at.isoformat() if row.due_at else "")
    return row


def _term(case: Case, rule: UndercutRule) -> Window:
    """How long whoever is asked has: where a case runs in hours as its first tier, else as the rule says."""
    if is_rapid(case) and case.charter_key:
        charter = alliance.charter(case.charter_key, case.charter_version)
        if charter.tiers:
            return charter.tiers[0].window
    return alliance.charter(rule.charter).tiers[0].window


def _set_due(row: UndercutCheck, rule: UndercutRule) -> None:
    term = _term(row.case, rule)
    due = deadlines.set_due(
        kind=ANSWER,
        aggregate=ref(row.case),
        subject=ref(row),
        start=clock.now(),
        rule=Rule(term.amount, term.unit),
        calendar=row.jurisdiction.calendar,
        zone=row.jurisdiction.timezone,
        owner=_("A member") if row.denial.releasable_to else row.jurisdiction.name,
    )
    row.due_at = due.due_at
    row.save(update_fields=["due_at"])


def _quicken(row: UndercutCheck, rule: UndercutRule) -> None:
    """Shorten a term that runs where the case has come into a lane of hours since."""
    if row.own or row.due_at is None or not is_rapid(row.case):
        return
    zone, calendar = row.jurisdiction.timezone, row.jurisdiction.calendar
    now, term = clock.now(), _term(row.case, rule)
    days = deadlines.calendar_in_force(calendar, now, zone)
    if derive(now, Rule(term.amount, term.unit), days, zone).due_at < row.due_at:
        _set_due(row, rule)
        _require(row)


def _let_in(case: Case, row: UndercutCheck) -> None:
    """Give whoever is asked sight of the case; others with a stake do not learn of a denial that is not theirs to
    know."""
    known_to_all = not row.denial.releasable_to
    sentence = (
        _("This member denied what the case resembles; it is asked before a grant.")
        if known_to_all
        else _("This member is asked before a grant.")
    )
    _stake, created = Stake.objects.get_or_create(
        case=case,
        jurisdiction=row.jurisdiction,
        kind=Stake.Kind.NO_UNDERCUT if known_to_all else Stake.Kind.SECURITY,
        defaults={"rule_key": "denied-before", "sentence": sentence},
    )
    if created:
        cases.widen(case=case)


def _require(row: UndercutCheck) -> None:
    told = {"member": row.jurisdiction.name, "denial": row.denial.reference}
    if row.denial.releasable_to:  # whoever may read the case reads this sentence
        told = {"member": _("A member"), "denial": _("not released to all")}
    if row.own:
        sentence = _("A decider says whether this is what %(member)s denied itself (%(denial)s).") % told
    elif row.status == Status.ASKED:
        told["due"] = f"{row.due_at:%Y-%m-%d %H:%M UTC}"
        sentence = _("%(member)s is asked until %(due)s whether this is what it denied (%(denial)s).") % told
    if row.status == Status.IDENTICAL:
        sentence = (
            _("%(member)s finds it identical to %(denial)s: a grant all the same is explained first.") % told
        )
    cases.require_for_decision(case=row.case, kind=REQUIREMENT, source_ref=ref(row), sentence=sentence)


def _satisfy(row: UndercutCheck, by: str) -> None:
    cases.satisfy(case=row.case, kind=REQUIREMENT, source_ref=ref(row), by=by)


def _let_go(row: UndercutCheck, why: str) -> None:
    """Ask no more about a denial; what was answered "not identical", or by silence, stays said."""
    if row.status not in (Status.ASKED, Status.IDENTICAL, Status.NO_OBJECTION, Status.NOTED):
        return
    row.overtake()
    row.save(update_fields=["status"])
    deadlines.cancel(kind=ANSWER, subject=ref(row))
    _satisfy(row, why)
    _record("undercut.overtaken", PROCESS, row, why=why)


def unasked(case: Case) -> list[str]:
    """Say which denials the revision in hand resembles that nobody has been asked about yet."""
    asked = undercut.transaction_of(
        case.revision.items.all(), case.revision.parties.select_related("shared_party")
    )
    known = set(UndercutCheck.objects.filter(case=case).values_list("denial_id", flat=True))
    return [
        _("It resembles the denial %(reference)s, about which %(member)s has not been asked.")
        % {"reference": one.denial.reference, "member": one.denial.jurisdiction.name}
        for one in undercut.found(asked, lead=case.lead_id)
        if one.denial.pk not in known and undercut.rule_for(one, asked, lead=case.lead_id)
    ]


@transaction.atomic
def look_for_denial(*, denial: Denial) -> list[UndercutCheck]:
    """Hold a denial that was just recorded against every open case; cases are locked in the order of their keys."""
    receiving = Party.objects.filter(country=denial.destination, role__in=undercut.RECEIVING)
    open_cases = Case.objects.filter(status__in=LOOKED_AT, revision__in=receiving.values("revision"))
    concerned = []
    for case in open_cases.prefetch_related("revision__items", "revision__parties").order_by("pk"):
        asked = undercut.transaction_of(case.revision.items.all(), case.revision.parties.all())
        if undercut.meets(asked, denial, lead=case.lead_id):
            concerned.append(case)
    return [row for case in concerned for row in look(case=case) if row.denial_id == denial.pk]


@transaction.atomic
def forget_denial(*, denial: Denial) -> None:
    """Ask nobody any more about a denial that its member withdrew."""
    rows = UndercutCheck.objects.filter(denial=denial, case__status__in=Case.OPEN)
    for pk in sorted(set(rows.values_list("case_id", flat=True))):
        for row in _rows(locked(pk)):
            if row.denial_id == denial.pk:
                _let_go(row, _("The denial was withdrawn."))


def end_all(case: Case) -> None:
    """Ask nobody any more about a case that has come to its end; the caller holds its lock."""
    for row in _rows(case):
        if row.status == Status.ASKED:
            _let_go(row, _("The case is closed."))


def _checked(check: UndercutCheck) -> UndercutCheck:
    case = locked(check.case_id)
    return next(row for row in _rows(case) if row.pk == check.pk)


@due_first("check")
@transaction.atomic
def answer(*, actor: User, check: UndercutCheck, answer: str, reason: str = "") -> UndercutCheck:
    """Say for the member that denied whether the case is essentially identical to its denial.

    `answer`: identical | not_identical | no_objection, or withdrawn: a decider withdraws the denial itself.
    Identical does not bind the lead: it may grant all the same, and tells all why. Forbidden after the term.
    """
    row = _checked(check)
    if answer == "withdrawn":
        require(policies.can_withdraw_denial, actor, row)
        intelligence.withdraw_denial(actor=actor, denial=row.denial, reason=reason)
        _let_go(row, _("The denial was withdrawn."))
        return row
    require(policies.can_answer, actor, row)
    steps = {
        Status.IDENTICAL: row.find_identical,
        Status.NOT_IDENTICAL: row.find_different,
        Status.NO_OBJECTION: row.not_object,
    }
    if answer not in steps:
        raise Invalid.field("answer", _("Choose one of the answers offered."))
    if len(reason.strip()) < 10:
        raise Invalid.field("reason", _("Give the reason in at least 10 characters: the lead reads it."))
    steps[Status(answer)]()
    row.answered_by, row.answered_at, row.reason = actor, clock.now(), reason.strip()[:4000]
    row.save()
    deadlines.cancel(kind=ANSWER, subject=ref(row))
    if row.status == Status.IDENTICAL:
        _require(row)
    else:
        _satisfy(row, f"{row.jurisdiction_id}: {row.get_status_display()}")
    _record("undercut.answered", actor, row, reason=row.reason[:1000])
    return row


def lapse(due: DueInstant) -> None:
    """The member that denied has not answered in time: it is taken to say that it is not identical."""
    pk = ref_id(due.subject, "undercutcheck")
    case = Case.objects.select_related("lead").get(undercut_checks=pk)
    row = next(one for one in _rows(case) if one.pk == pk)
    if row.status != Status.ASKED:
        return
    row.lapse()
    row.save(update_fields=["status"])
    _satisfy(row, _("silence: not identical"))
    _record("undercut.lapsed", CLOCK, row, due_at=due.due_at.isoformat())


@due_first("check")
@transaction.atomic
def explain(*, actor: User, check: UndercutCheck, explanation: str) -> UndercutCheck:
    """Say, as a decider of the lead, why it would grant what was found identical to a denial; told to all with the
    grant. Whoever may read the denial reads it then."""
    row = _checked(check)
    require(policies.can_explain, actor, row)
    if row.explanation:
        raise Conflict(_("A grant all the same has been explained already."))
    if len(explanation.strip()) < 20:
        raise Invalid.field("explanation", _("Explain it in at least 20 characters: every member reads it."))
    row.explanation, row.explained_by = explanation.strip()[:4000], actor
    row.save(update_fields=["explanation", "explained_by"])
    _satisfy(row, _("explained by %(who)s") % {"who": actor.name})
    _record("undercut.explained", actor, row)
    return row


@transaction.atomic(savepoint=False)
def tell(*, actor: Actor, decision: Decision) -> list[UndercutCheck]:
    """Tell whoever may know of the denials that a grant undercuts, with the reasons, in the grant's transaction."""
    told = [row for row in _rows(decision.case) if row.undercuts and row.told_at is None]
    for row in told:
        row.told_at = clock.now()
        row.save(update_fields=["told_at"])
        ledger.record(
            "denial.undercut",
            actor=actor,
            subject=row.denial,
            aggregate=ref(row.denial),
            aggregate_label=row.denial.reference,
            audience=Audience.of(*row.denial.audience),
            facts={
                "by": decision.case.lead_id,
                "denied_by": row.denial.denied_by,
                "rule": row.rule,
                "kind": decision.kind,
                "reasons": row.explanation,
                "check": str(row.uid),
            },
        )
    return told


def heard_by(row: UndercutCheck) -> Audience:
    """The lead and the member that denied: nobody else learns of a question that may name a restricted denial."""
    return Audience.of(audiences.jurisdiction(row.case.lead_id), audiences.jurisdiction(row.jurisdiction_id))


def _record(type_: str, actor: Actor, row: UndercutCheck, **facts: object) -> None:
    ledger.record(
        type_,
        actor=actor,
        subject=row,
        # Whoever gains a stake in the case later does not learn of a denial that is not released to all.
        aggregate=ref(row) if row.denial.releasable_to else ref(row.case),
        aggregate_label=row.case.reference,
        audience=heard_by(row),
        facts={
            "denial": row.denial.reference,
            "member": row.jurisdiction_id,
            "rule": row.rule_key,
            "status": str(row.status),
            "revision": row.revision.number,
            "parts": {part["name"]: part["outcome"] for part in row.matched},
            **facts,
        },
    )
