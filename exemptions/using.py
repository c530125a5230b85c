"""Keeping what exporters declare under an authorisation: recorded, refused, or waiting for an officer.

Only `licensing.using` calls this: the parties are screened on a floor that knows the lists, and nothing is judged
without what was found there (`bench.Surroundings`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.declaring import said
from core import clock
from core.actors import CLOCK
from core.errors import Blocked, Conflict
from core.models import ref, ref_id
from core.policies import require
from core.references import new_reference
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from exemptions import authorising, judging, registering
from exemptions import instrument_policies as policies
from exemptions import instrument_selectors as selectors
from exemptions.bench import Asked, Bench, Surroundings
from exemptions.judging import Finding
from exemptions.models import Registration, Use
from exemptions.registering import locked, record
from members.models import User

REVIEW = "use.review"
REVIEWED_WITHIN = Rule(10, "working_days")
Status = Use.Status


def lock(registration: Registration) -> Registration:
    """Return a registration, locked after what was granted under its template: the cap's row goes first."""
    if registration.authorisation_id is not None:
        authorising.locked(registration.authorisation_id)
    return locked(registration.pk)


def bench_of(registration: Registration, asked: Asked, around: Surroundings) -> Bench:
    """Return what a use is held against now; within the locks of `lock` where it is about to be recorded."""
    standing = selectors.standing(registration)
    organisation = registration.organisation
    barred = selectors.barred(organisation.pk, registration.key)
    return Bench(
        asked=asked,
        terms=registering.terms_now(registration),
        member=organisation.jurisdiction_id,
        status="active" if standing.status == "barred" else standing.status,
        why=standing.why,
        usable_from=registration.usable_from,
        barred=barred,
        bounds=selectors.bounds(registration.authorisation, organisation.jurisdiction_id),
        around=around,
        today=clock.today(organisation.jurisdiction.timezone),
    )


@transaction.atomic
def keep(*, actor: User, registration: Registration, asked: Asked, around: Surroundings) -> Use:
    """Judge a use by the rules as they stand in this instant, and keep it with what they said.

    Recorded where none has anything against it; refused where one refuses; otherwise an officer looks at it, by a
    due time. The cap is counted under its lock, so that uses at one time never exceed it together.
    """
    held = lock(registration)
    require(policies.can_use, actor, held)
    bench = bench_of(held, asked, around)
    findings = judging.judge(bench)
    made = Use(
        reference=new_reference("UD"),
        registration=held,
        instrument=_row(held),
        answers=asked.kept(),
        destination=asked.destination,
        value=asked.value,
        currency=asked.currency,
        amount=judging.amount(asked, bench.bounds) if bench.bounds else None,
        **_split(findings),
        facts=judging.facts_of(bench),
        lists=[dict(one) for one in around.lists],
        declared_by=actor,
        declared_at=clock.now(),
    )
    verdicts = {one.verdict for one in findings}
    if "refused" in verdicts:
        made.refuse()
    elif not verdicts:
        made.record()
    made.save()
    if made.status == Status.IN_REVIEW:
        member = held.organisation.jurisdiction
        deadlines.set_due(
            kind=REVIEW,
            aggregate=ref(held),
            subject=ref(made),
            start=made.declared_at,
            rule=REVIEWED_WITHIN,
            calendar=member.calendar,
            zone=member.timezone,
            owner=member.name,
        )
    _record(
        {"recorded": "use.recorded", "refused": "use.refused"}.get(made.status, "use.sent_to_officer"),
        actor,
        made,
    )
    return made


def _row(registration: Registration) -> Any:
    found = selectors.in_force(registration.key)
    return found[0] if found else registration.instrument


def _split(findings: Sequence[Finding]) -> dict[str, Any]:
    told = [asdict(one) for one in findings if not one.private]
    if any(one.private for one in findings) and not any(one["verdict"] == "review" for one in told):
        looks = _("An officer looks at this use before it leaves.")
        told.append(asdict(Finding("officer_looks", "review", looks, "officer")))
    return {
        "findings": told,
        "for_officers": [asdict(one) for one in findings if one.private],
        "rules": list(dict.fromkeys(one.rule for one in findings)),
    }


@transaction.atomic
def accept(*, actor: User, use: Use, around: Surroundings, reason: str) -> Use:
    """Record a use that waited for an officer. Blocked where a rule refuses it by now: no officer lifts that."""
    found = _waiting(use)
    require(policies.can_judge, actor, found)
    asked = Asked.of(found.answers)
    bench = bench_of(found.registration, asked, around)
    if against := [one.reason for one in judging.judge(bench) if one.verdict == "refused"]:
        raise Blocked(_("A rule refuses this use."), blockers=against)
    found.judge(actor, said(reason, "reason"))
    found.record()
    return _judged("use.recorded", actor, found)


@transaction.atomic
def decline(*, actor: User, use: Use, reason: str) -> Use:
    """Refuse a use that waited for an officer; the exporter is told why and may apply for a licence."""
    found = _waiting(use)
    require(policies.can_judge, actor, found)
    found.judge(actor, said(reason, "reason"))
    found.refuse()
    return _judged("use.refused", actor, found)


def _waiting(use: Use) -> Use:
    held = lock(Registration.objects.get(pk=use.registration_id))
    found = Use.objects.select_related("instrument").get(pk=use.pk)
    found.registration = held
    if found.status != Status.IN_REVIEW:
        raise Conflict(_("This use has been judged already."))
    return found


def _judged(type: str, actor: User, found: Use) -> Use:
    found.save()
    deadlines.cancel(kind=REVIEW, subject=ref(found))
    _record(type, actor, found, reason=found.judged_because)
    return found


def overdue(due: DueInstant) -> None:
    """Nobody looked at a use in time: silence records nothing, and the exporter's authority is told."""
    found = Use.objects.select_related("registration__organisation", "registration__authorisation").get(
        pk=ref_id(due.subject, "use")
    )
    if found.status == Status.IN_REVIEW:
        _record("use.review_overdue", CLOCK, found)


def _record(type: str, actor: Any, made: Use, **facts: object) -> None:
    record(
        type,
        actor,
        made.registration,
        subject=made,
        use=made.reference,
        destination=made.destination,
        value=f"{made.value:f}",
        currency=made.currency,
        answer=str(made.status),
        rules=[one["rule"] for one in made.findings],
        **facts,
    )
