"""Changing a threshold together: a member proposes, members vote, and what they agreed takes effect by itself.

What was agreed becomes a version of the bundle that holds the threshold: there is one place where the software
reads it, before and after.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import appetite_policies as policies
from alliance import register, selectors, services, thresholds
from alliance.contents import CHECKS
from alliance.declaring import CALENDAR, ZONE, said
from alliance.models import Bundle, ThresholdChange, ThresholdVote
from alliance.thresholds import EVERY, MAJORITY, QUORUM, RULE, THRESHOLDS, Key
from core import audience, clock
from core.actors import CLOCK, Actor
from core.audience import PUBLIC, Audience
from core.errors import Blocked, Conflict, EntenteError, Invalid, NotFound
from core.models import ref, ref_id
from core.policies import require
from core.references import new_reference
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock
from ledger import services as ledger
from members.models import Jurisdiction, User

CLOSES = "threshold.closes"
SHA256 = re.compile(r"[0-9a-f]{64}")
LATEST = timedelta(days=366)  # from today, within which a change takes effect
OPEN = ThresholdChange.Status.OPEN

Act = TypeVar("Act", bound=Callable[..., Any])


@aggregate_lock("thresholdchange")
def lock_changes(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock changes of thresholds; see `deadlines.registry.AggregateLock`."""
    rows = (
        ThresholdChange.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    )
    return set(rows.values_list("pk", flat=True))


def locked(pk: int) -> ThresholdChange:
    """Return a change, locked, after its vote has been closed where its instant has come."""
    ThresholdChange.objects.select_for_update().get(pk=pk)
    deadlines.lapse_due(f"thresholdchange:{pk}")
    return ThresholdChange.objects.get(pk=pk)


def closed_first(act: Act) -> Act:
    """Close a vote whose instant has come before an act, in a transaction of its own: the result stays even where
    the act is then refused because of it."""

    @wraps(act)
    def after_the_close(**given: Any) -> Any:
        with transaction.atomic():
            locked(given["change"].pk)
        return act(**given)

    return cast(Act, after_the_close)


def rule() -> Mapping[str, Any]:
    """Return the rule of the vote in force, as `alliance.thresholds.check_rule` reads it; Blocked where none is."""
    try:
        found = selectors.in_force(Bundle.Kind.SCENARIOS).payload["tables"].get(RULE)
    except NotFound:
        found = None
    if not found:
        raise Blocked(
            _("The members cannot vote yet."),
            blockers=[_("No rule of the vote is agreed: load scenario profiles that hold one.")],
        )
    return cast("Mapping[str, Any]", found)


@transaction.atomic
def propose(
    *,
    actor: User,
    scenario: str,
    threshold: str,
    new_value: int | None,
    reason: str,
    minute_body: str,
    minute_date: date,
    minute_paragraph: str,
    effective_from: date,
    document_sha256: str = "",
) -> ThresholdChange:
    """Propose to change a threshold, with the minute of the meeting that speaks of it; members vote on it.

    `effective_from`: the first day, UTC, on which it is to be in force, after the vote. Invalid names what does not
    fit, Conflict when a vote on a threshold of the same scenario is open: one at a time.
    """
    require(policies.can_propose, actor)
    services.one_at_a_time()
    voting = rule()
    version, old_value = _standing((scenario, threshold))
    if ThresholdChange.objects.filter(scenario=scenario, status=OPEN).exists():
        raise Conflict(
            _("A vote is open already for this scenario. Wait until it is closed, or withdraw it.")
        )
    now, hours = clock.now(), voting["window_hours"]
    closes_at = now + timedelta(hours=hours)
    change = ThresholdChange(
        reference=new_reference("RA"),
        scenario=scenario,
        threshold=threshold,
        old_value=old_value,
        new_value=new_value,
        reason=said(reason, "reason", 4000),
        minute_body=_words(minute_body, "minute_body", 200),
        minute_date=minute_date,
        minute_paragraph=_words(minute_paragraph, "minute_paragraph", 50),
        document_sha256=document_sha256.strip().lower(),
        effective_from=effective_from,
        quorum=voting[QUORUM],
        majority=voting[MAJORITY],
        proposed_by=actor,
        proposed_for=Jurisdiction.objects.get(code=actor.jurisdiction_code),
        proposed_at=now,
        closes_at=closes_at,
    )
    _check(change, version)
    change.save()
    deadlines.set_due(
        kind=CLOSES,
        aggregate=ref(change),
        subject=ref(change),
        start=now,
        rule=Rule(hours, "hours"),
        calendar=CALENDAR,
        zone=ZONE,
        owner=change.reference,
    )
    _record(
        "threshold.proposed", actor, change, Audience.of(audience.ALLIANCE), closes_at=closes_at.isoformat()
    )
    return change


def _standing(key: Key) -> tuple[Bundle, int | None]:
    """Return the version that is changed, the last that is loaded, and the value it holds."""
    about = THRESHOLDS.get(key[1])
    if about is None:
        names = ", ".join(THRESHOLDS)
        raise Invalid.field("threshold", _("Must be one of %(choices)s.") % {"choices": names})
    version = register.latest(about.kind)
    held = thresholds.held(about.kind, version.payload)
    if key not in held:
        known = ", ".join(sorted(scenario for scenario, name in held if name == key[1]))
        raise Invalid.field("scenario", _("Must be one of %(choices)s.") % {"choices": known or EVERY})
    return version, held[key].value


def _words(text: str, name: str, longest: int) -> str:
    text = text.strip()
    if not 1 <= len(text) <= longest:
        raise Invalid.field(name, _("Say it in 1 to %(most)d characters.") % {"most": longest})
    return text


def _check(change: ThresholdChange, version: Bundle) -> None:
    """Raise Invalid, at the argument, unless the change could be in force as proposed."""
    about, value = change.about, change.new_value
    if value is None and not about.optional:
        raise Invalid.field("new_value", _("This threshold cannot be none: enter a number."))
    if value is not None and not about.least <= value <= about.most:
        raise Invalid.field(
            "new_value",
            _("Must be a whole number from %(low)d to %(high)d.") % {"low": about.least, "high": about.most},
        )
    if value == change.old_value:
        raise Invalid.field("new_value", _("It is so already: enter another value."))
    if change.minute_date > clock.today():
        raise Invalid.field("minute_date", _("The meeting has not been yet: enter the day on which it was."))
    if change.document_sha256 and not SHA256.fullmatch(change.document_sha256):
        raise Invalid.field("document_sha256", _("A SHA-256 has 64 digits and letters from a to f."))
    first = max(change.closes_at.date() + timedelta(days=1), version.effective_from)
    last = clock.today() + LATEST
    if not first <= change.effective_from <= last:
        raise Invalid.field(
            "effective_from",
            _("Choose a day from %(first)s, the first after the vote, to %(last)s.")
            % {"first": first.isoformat(), "last": last.isoformat()},
        )
    try:
        payload = thresholds.changed(version.payload, change.key, value, change.agreement)
        CHECKS[about.kind](payload["entries"], payload["tables"])
    except Invalid as error:
        told = _("It would not fit the others: %(detail)s") % {"detail": error.detail}
        raise Invalid.field("new_value", told) from error


@closed_first
@transaction.atomic
def vote(*, actor: User, change: ThresholdChange, choice: str, reason: str) -> ThresholdVote:
    """Say for one's member whether it is for a change; until the vote closes a later word takes the place of it."""
    change = _open(change, policies.can_vote, actor)
    if choice not in ThresholdVote.Choice:
        names = ", ".join(ThresholdVote.Choice)
        raise Invalid.field("choice", _("Must be one of %(choices)s.") % {"choices": names})
    given = {"choice": choice, "reason": said(reason, "reason"), "cast_by": actor, "cast_at": clock.now()}
    before = change.votes.filter(jurisdiction=actor.jurisdiction_code).first()
    found, _new = ThresholdVote.objects.update_or_create(
        change=change, jurisdiction_id=actor.jurisdiction_code, defaults=given
    )
    _record(
        "threshold.voted",
        actor,
        change,
        Audience.of(audience.ALLIANCE),
        jurisdiction=actor.jurisdiction_code,
        choice=choice,
        before=before.choice if before else None,
        reason=given["reason"],
    )
    return found


@closed_first
@transaction.atomic
def withdraw(*, actor: User, change: ThresholdChange, reason: str) -> ThresholdChange:
    """Take back a change that one's member proposed, while the vote is open; the votes are kept with it."""
    change = _open(change, policies.can_withdraw, actor)
    change.withdraw(actor, said(reason, "reason"))
    change.save()
    deadlines.cancel(kind=CLOSES, subject=ref(change))
    alliance = Audience.of(audience.ALLIANCE)
    _record("threshold.withdrawn", actor, change, alliance, reason=change.withdrawn_because)
    return change


def _open(change: ThresholdChange, policy: Callable[..., Any], actor: User) -> ThresholdChange:
    change = locked(change.pk)
    if change.status != OPEN:
        raise Conflict(_("This vote is over: %(status)s.") % {"status": change.get_status_display().lower()})
    require(policy, actor, change)
    return change


# The result ----------------------------------------------------------------------------------------------


def close(due: DueInstant) -> None:
    """The instant at which a vote closes has come, however late the clock: what members said until then counts."""
    services.one_at_a_time()
    change = ThresholdChange.objects.get(pk=ref_id(due.subject, "thresholdchange"))
    if change.status != OPEN:
        return
    votes = Counter(change.votes.values_list("choice", flat=True))
    change.members, change.closed_at = Jurisdiction.objects.count(), due.due_at
    match thresholds.carried(votes, change.members, change.quorum, change.majority):
        case "agreed":
            _put_in_force(change)
        case "rejected":
            change.reject()
            change.save()
        case _:
            change.lapse()
            change.save()
    told = {"votes": dict(votes), "members": change.members}
    if change.status == ThresholdChange.Status.AGREED:
        told |= {
            "effective_from": change.effective_from.isoformat(),
            "not_applied_because": change.not_applied_because,
        }
    by_member = dict(change.votes.values_list("jurisdiction_id", "choice"))
    _record(
        f"threshold.{change.status}",
        CLOCK,
        change,
        Audience.of(PUBLIC, audience.ALLIANCE),
        **told,
        by_member=by_member,
    )


def _put_in_force(change: ThresholdChange) -> None:
    """Make what was agreed a version of the bundle that holds it, from its day on; never backwards, and after the
    last version that is loaded. Where it cannot be loaded, the reason is kept: the next version has to hold it."""
    last = register.latest(change.about.kind)
    tomorrow = clock.today() + timedelta(days=1)
    change.effective_from = max(change.effective_from, last.effective_from, tomorrow)
    change.agree()
    try:
        with transaction.atomic():
            change.save()
            services.load(file=_version(change, last))
    except EntenteError as error:
        change.not_applied_because = error.detail[:1000]
        change.save()


def _version(change: ThresholdChange, last: Bundle) -> services.BundleFile:
    payload = thresholds.changed(last.payload, change.key, change.new_value, change.agreement)
    return services.BundleFile(
        path="",
        kind=last.kind,
        version=change.reference,
        effective_from=change.effective_from,
        source=_("Agreed by the members: %(minute)s") % {"minute": change.minute},
        as_of=clock.today(),
        entries=payload["entries"],
        tables=payload["tables"],
        extends="",
    )


def _record(type: str, actor: Actor, change: ThresholdChange, to: Audience, **facts: object) -> None:
    ledger.record(
        type,
        actor=actor,
        subject=change,
        aggregate=ref(change),
        aggregate_label=change.reference,
        audience=to,
        facts={
            "reference": change.reference,
            "scenario": change.scenario,
            "threshold": change.threshold,
            "old_value": change.old_value,
            "new_value": change.new_value,
            "minute": change.minute,
            **facts,
        },
    )
