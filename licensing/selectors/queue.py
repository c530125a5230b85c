"""Queues of cases: what waits for whom, filtered and in the order of the time left."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum

from django.db.models import (
    BooleanField,
    CharField,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models import Case as Choose
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from core import clock
from core.references import normalise_reference
from deadlines.models import DueInstant
from licensing.guards import DECIDABLE
from licensing.models import (
    Assessment,
    Case,
    Consultation,
    Decision,
    EmergencyRequest,
    GroundRuling,
    Key,
    Party,
    Position,
    Stake,
    TwoKeys,
    UndercutCheck,
)
from licensing.policies.emergencies import TRIAGING
from licensing.policies.interests import interests_of
from licensing.policies.positions import VOICES, VOICES_SOMEWHERE
from licensing.selectors import waiting_news
from members.models import Appointment, Authority, Role, User
from screening.models import Hit
from screening.policies import JUDGES

#: What happens to a case by itself next; reminders and the expiry of licences move nothing.
NEXT_STEPS = (
    "consultation.window",
    "case.decision",
    "case.hold",
    "case.assessment",
    "information.request",
    "emergency.triage",
    "licence.confirmation",
    "undercut.answer",
)


class View(StrEnum):
    """The views everybody has."""

    WAITING = "waiting"
    MINE = "mine"
    TEAM = "team"
    OURS = "ours"
    ALL = "all"


VIEWS = {
    View.WAITING: _("Waiting for me"),
    View.MINE: _("Claimed by me"),
    View.TEAM: _("My team"),
    View.OURS: _("Open in my jurisdiction"),
    View.ALL: _("All I may see"),
}
BANDS = {"green": _("Green"), "amber": _("Amber"), "red": _("Red"), "black": _("Black")}
LANES = {"standard": _("Standard"), "crisis": _("Crisis"), "humanitarian": _("Humanitarian")}
DUE = {"overdue": _("Past its time"), "day": _("Within 24 hours"), "week": _("Within 7 days")}
SORTS = {"due": "next_due_at", "opened": "opened_at", "reference": "reference", "score": "score"}


@dataclass(frozen=True)
class Filters:
    """What a queue is narrowed to; "" leaves a filter open."""

    status: str = ""
    lane: str = ""
    band: str = ""
    due: str = ""
    claimed: str = ""  # "me" | "nobody"
    text: str = ""

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True)
class Team:
    """An officer's authority as one reader of the queue: whatever waits for anyone there."""

    authority: Authority | None
    jurisdiction_code: str | None
    roles: frozenset[str]
    hands: frozenset[int] = frozenset()  # between colleagues there is always a second pair of eyes
    is_officer: bool = True


def team_of(user: User) -> Team:
    """Return the officer's authority with the roles of everyone in office there."""
    held = Appointment.objects.filter(user__authority=user.authority_id, user__is_active=True)
    return Team(user.authority, user.jurisdiction_code, frozenset(held.values_list("role", flat=True)))


def queue(user: User, view: str = View.WAITING, filters: Filters | None = None) -> QuerySet[Case]:
    """Return the cases of a view with what its page shows, soonest due first.

    Each row has `next_due_at`, `score`, `band`, and says what waits for the person: `waits_position`,
    `waits_signature`, `waits_hit`, `waits_information`, `waits_decision`, `waits_countersign`,
    `waits_confirmation`, `waits_triage`, `waits_key`, `waits_ruling`, `waits_undercut`, `waits_message`,
    `waits_report`; in the view of the team, for anyone of the authority.
    """
    reader = team_of(user) if view == View.TEAM else user
    found = _annotated(Case.objects.visible_to(user), reader)  # type: ignore[attr-defined]
    match view:
        case View.WAITING | View.TEAM:
            found = found.filter(status__in=Case.OPEN).filter(_waiting())
        case View.MINE:
            claimed = Consultation.objects.filter(case=OuterRef("pk"), officer=user)
            found = found.filter(Q(officer=user) | Exists(claimed), status__in=Case.OPEN)
        case View.OURS:
            ours = Q(lead_id=user.jurisdiction_code) | Q(stakes__jurisdiction_id=user.jurisdiction_code)
            found = found.filter(pk__in=Case.objects.filter(ours, status__in=Case.OPEN).values("pk"))
    found = _narrowed(found, user, filters or Filters())
    return found.select_related(
        "lead", "officer", "emergency", "application__organisation", "revision"
    ).order_by(F("next_due_at").asc(nulls_last=True), "pk")


def counts(user: User) -> dict[str, int]:
    """Return how many cases each view holds."""
    return {view: queue(user, view).order_by().count() for view in (View.WAITING, View.MINE, View.OURS)}


def waiting(user: User) -> int:
    """Count what waits for a person."""
    return queue(user, View.WAITING).order_by().count() if user.is_officer else 0


WAITS = (
    "waits_position",
    "waits_signature",
    "waits_hit",
    "waits_information",
    "waits_decision",
    "waits_countersign",
    "waits_confirmation",
    "waits_triage",
    "waits_key",
    "waits_ruling",
    "waits_undercut",
    "waits_message",
    "waits_report",
)
WAITS_LABELS = {
    "waits_position": _("A position"),
    "waits_signature": _("A countersignature of a position"),
    "waits_hit": _("A screening hit"),
    "waits_information": _("Information about a screening hit"),
    "waits_decision": _("A decision"),
    "waits_countersign": _("A countersignature of the decision"),
    "waits_confirmation": _("Confirmation of a provisional grant"),
    "waits_triage": _("Triage of an emergency request"),
    "waits_key": _("A key"),
    "waits_ruling": _("A ruling on its humanitarian ground"),
    "waits_undercut": _("An answer about an earlier denial"),
    "waits_message": _("A message of another member"),
    "waits_report": _("A suspicious order"),
}


def _waiting() -> Q:
    asked = Q()
    for name in WAITS:
        asked |= Q(**{name: True})
    return asked


def _annotated(found: QuerySet[Case], user: User | Team) -> QuerySet[Case]:
    reference = Concat(Value("case:"), Cast(OuterRef("pk"), CharField()))
    due = DueInstant.objects.filter(aggregate=reference, state="open", kind__in=NEXT_STEPS).order_by()
    latest = Assessment.objects.filter(revision=OuterRef("revision_id")).order_by("-made_at")
    return found.annotate(
        next_due_at=Subquery(due.values("aggregate").annotate(soonest=Min("due_at")).values("soonest")),
        score=Subquery(latest.values("score")[:1]),
        band=Subquery(latest.values("band")[:1]),
        waits_position=_position_waits(user),
        waits_signature=_signature_waits(user),
        waits_hit=_hit_waits(user),
        waits_information=_information_waits(user),
        waits_decision=_decision_waits(user),
        waits_countersign=_countersign_waits(user),
        waits_confirmation=_confirmation_waits(user),
        waits_triage=_triage_waits(user),
        waits_key=_key_waits(user),
        waits_ruling=_ruling_waits(user),
        waits_undercut=_undercut_waits(user),
        waits_message=waiting_news.message_waits(user),
        waits_report=waiting_news.report_waits(user),
    )


Answer = Exists | Value | Choose


def _never() -> Value:
    return Value(False, output_field=BooleanField())


def _mine(user: User | Team, **more: object) -> QuerySet[Consultation]:
    addressed = Consultation.objects.addressed_to(user)  # type: ignore[attr-defined]
    return addressed.filter(case=OuterRef("pk"), round=OuterRef("round"), **more)


def _position_waits(user: User | Team) -> Answer:
    if not (VOICES_SOMEWHERE | {Role.CRISIS_SEAT}) & user.roles:
        return _never()
    ministry = user.authority.ministry if user.authority else ""
    asked = _mine(user, status=Consultation.Status.OPEN, ministry=ministry)
    if not VOICES & user.roles:
        mine = Q(jurisdiction__isnull=True)
        if Role.HUMANITARIAN_ADJUDICATOR in user.roles:
            mine |= Q(case__lane="humanitarian")
        asked = asked.filter(mine)
    spoken = Position.objects.filter(
        consultation=OuterRef("pk"), status__in=[Position.Status.PROPOSED, Position.Status.IN_FORCE]
    )
    return Choose(
        When(status=Case.Status.IN_REVIEW, then=Exists(asked.exclude(Exists(spoken)))),
        default=Value(False),
        output_field=BooleanField(),
    )


def _signature_waits(user: User | Team) -> Answer:
    if not {Role.COUNTERSIGNER, Role.CRISIS_SEAT} & user.roles:
        return _never()
    proposed = Position.objects.filter(consultation=OuterRef("pk"), status=Position.Status.PROPOSED).exclude(
        taken_by__in=user.hands
    )
    asked = _mine(user).filter(Exists(proposed))
    if Role.COUNTERSIGNER not in user.roles:
        asked = asked.filter(jurisdiction__isnull=True)
    return Exists(asked)


def _undercut_waits(user: User | Team) -> Answer:
    """The member that denied is asked; a decider of the lead explains what was found identical."""
    if not VOICES & user.roles:
        return _never()
    standing = UndercutCheck.objects.standing().filter(case=OuterRef("pk"))  # type: ignore[attr-defined]
    own, mine = Q(case__lead=F("jurisdiction")), Q(jurisdiction=user.jurisdiction_code)
    asked = Q(status=UndercutCheck.Status.ASKED) & mine
    if Role.DECIDER not in user.roles:
        return Exists(standing.filter(asked & ~own))
    to_explain = Q(status=UndercutCheck.Status.IDENTICAL, case__lead=user.jurisdiction_code)
    return Exists(standing.filter(asked | to_explain))


def _hit_waits(user: User | Team) -> Answer:
    if not JUDGES & user.roles:
        return _never()
    open_ = Q(status=Hit.Status.OPEN) | (Q(status=Hit.Status.PROPOSED_CLEAR) & ~Q(proposed_by__in=user.hands))
    return Exists(_hits_of_lead(user).filter(open_))


def _information_waits(user: User | Team) -> Answer:
    if not JUDGES & user.roles:
        return _never()
    return Exists(_hits_of_lead(user).filter(status=Hit.Status.UNSURE))


def _hits_of_lead(user: User | Team) -> QuerySet[Hit]:
    reference = Concat(Value("case:"), Cast(OuterRef("pk"), CharField()))
    return Hit.objects.filter(case_ref=reference, lead=user.jurisdiction_code)


def _decision_waits(user: User | Team) -> Answer:
    if Role.DECIDER not in user.roles:
        return _never()
    pending = Decision.objects.filter(case=OuterRef("pk"), status=Decision.Status.PROPOSED)
    return Choose(
        When(
            lead_id=user.jurisdiction_code,
            status=Case.Status.IN_REVIEW,
            settled_at__isnull=False,
            then=~Exists(pending),
        ),
        default=Value(False),
        output_field=BooleanField(),
    )


def _countersign_waits(user: User | Team) -> Answer:
    if Role.COUNTERSIGNER not in user.roles:
        return _never()
    pending = Decision.objects.filter(case=OuterRef("pk"), status=Decision.Status.PROPOSED)
    return Exists(
        pending.exclude(proposed_by__in=user.hands)
        .exclude(case__status=Case.Status.PROVISIONAL)
        .filter(case__lead=user.jurisdiction_code)
    )


def _confirmation_waits(user: User | Team) -> Answer:
    """The lead's deciders propose to confirm a provisional grant; then somebody of another member is waited for."""
    if not {Role.DECIDER, Role.CRISIS_SEAT} & user.roles:
        return _never()
    code = user.jurisdiction_code or ""
    others = Stake.objects.filter(case=OuterRef("pk")).exclude(jurisdiction_id=OuterRef("lead_id"))
    own = Q(lead_id=code)
    seconds = Q(pk__in=[])
    if Role.DECIDER in user.roles:
        seconds |= Q(Exists(others.filter(jurisdiction_id=code)))
    else:
        own = Q(pk__in=[])
    if Role.CRISIS_SEAT in user.roles:
        seconds |= ~Q(Exists(others))
    pending = Decision.objects.filter(case=OuterRef("pk"), status=Decision.Status.PROPOSED)
    waits = (own & ~Q(Exists(pending))) | (~Q(lead_id=code) & seconds & Q(Exists(pending)))
    return Choose(
        When(Q(status=Case.Status.PROVISIONAL) & waits, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )


def _triage_waits(user: User | Team) -> Answer:
    if not TRIAGING & user.roles:
        return _never()
    asked = EmergencyRequest.objects.filter(case=OuterRef("pk"), status=EmergencyRequest.Status.REQUESTED)
    return Exists(asked.filter(case__lead=user.jurisdiction_code))


def _key_waits(user: User | Team) -> Answer:
    if not (mine := interests_of(user)):
        return _never()
    signed = Key.objects.filter(two_keys=OuterRef("pk"), taken_back_at__isnull=True)
    missing = Q()
    for interest in mine:
        missing |= Q(~Exists(signed.filter(interest=interest)))
    asked = TwoKeys.objects.filter(missing, revision=OuterRef("revision_id"), ended_at__isnull=True)
    asked = asked.exclude(Exists(signed.filter(signed_by__in=user.hands)))
    return Choose(
        When(lead_id=user.jurisdiction_code, status__in=DECIDABLE, then=Exists(asked)),
        default=Value(False),
        output_field=BooleanField(),
    )


def _ruling_waits(user: User | Team) -> Answer:
    if Role.HUMANITARIAN_ADJUDICATOR not in user.roles:
        return _never()
    latest = Assessment.objects.filter(revision=OuterRef("revision_id")).order_by("-made_at")
    ruled = GroundRuling.objects.filter(revision=OuterRef("revision_id"))
    return Choose(
        When(
            lead_id=user.jurisdiction_code,
            status__in=DECIDABLE,
            aid=True,
            then=Exists(latest.filter(facts__ground="humanitarian", facts__ground_state="review"))
            & ~Exists(ruled),
        ),
        default=Value(False),
        output_field=BooleanField(),
    )


def _narrowed(found: QuerySet[Case], user: User, filters: Filters) -> QuerySet[Case]:
    if filters.status:
        found = found.filter(status=filters.status)
    if filters.lane:
        found = found.filter(lane=filters.lane)
    if filters.band:
        found = found.filter(Q(band=filters.band))
    now = clock.now()
    if filters.due == "overdue":
        found = found.filter(Q(next_due_at__lte=now))
    elif filters.due in ("day", "week"):
        ahead = timedelta(days=1 if filters.due == "day" else 7)
        found = found.filter(Q(next_due_at__lte=now + ahead))
    if filters.claimed == "me":
        claimed = Consultation.objects.filter(case=OuterRef("pk"), officer=user)
        found = found.filter(Q(officer=user) | Exists(claimed))
    elif filters.claimed == "nobody":
        found = found.filter(officer__isnull=True)
    if text := filters.text.strip()[:100]:
        found = found.filter(mentioning(text))
    return found


def mentioning(text: str) -> Q:
    """Cases whose reference, exporter or parties in the revision in hand contain a text."""
    named = Party.objects.filter(revision=OuterRef("revision_id"), name__icontains=text)
    return (
        Q(reference=normalise_reference(text))
        | Q(reference__icontains=text)
        | Q(application__reference=normalise_reference(text))
        | Q(application__own_reference__icontains=text)
        | Q(national_reference__icontains=text)
        | Q(application__organisation__name__icontains=text)
        | Q(Exists(named))
    )
