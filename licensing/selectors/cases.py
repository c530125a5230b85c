"""What the pages of one case show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery

from core.errors import NotFound
from core.models import ref, telling
from deadlines.models import DueInstant
from licensing import conditions
from licensing.models import (
    Assessment,
    Case,
    CaseMessage,
    Consultation,
    Decision,
    InformationRequest,
    Licence,
    LicenceChange,
    Note,
    Party,
    Position,
    Revision,
)
from licensing.policies.cases import CASEWORKERS, HOLDERS
from licensing.selectors.queue import NEXT_STEPS
from members.models import Absence, User
from screening.lists import store
from screening.models import Entry, Hit
from screening.selectors import UNRESOLVED

WINDOW = "consultation.window"


def due_instants(case: Case) -> list[DueInstant]:
    """Return what will still happen by itself to a case, soonest first; before all else the end of the time to
    confirm a provisional grant, which a question to the exporter never outlasts."""
    rows = DueInstant.objects.filter(aggregate=ref(case), state=DueInstant.State.OPEN, kind__in=NEXT_STEPS)
    return sorted(rows.order_by("due_at"), key=lambda row: row.kind != "licence.confirmation")


def assessment_of(case: Case) -> Assessment | None:
    """Return the assessment of the revision in hand that was made last; of a case that is decided, the one it was
    decided on, whatever was amended since."""
    rows = Assessment.objects.filter(case=case).order_by("-made_at")
    found = rows.filter(revision=case.revision_id).first()
    return found or (rows.first() if case.status == Case.Status.DECIDED else None)


@dataclass(frozen=True)
class Asked:
    """A consultation with its positions, the newest first, and the timer that runs on it."""

    consultation: Consultation
    positions: list[Position]
    due: DueInstant | None = None

    @property
    def standing(self) -> Position | None:
        """The position that counts."""
        return next((p for p in self.positions if p.status == Position.Status.IN_FORCE), None)

    @property
    def proposed(self) -> Position | None:
        """The position that waits for its countersignature."""
        return next((p for p in self.positions if p.status == Position.Status.PROPOSED), None)

    @property
    def zone(self) -> str:
        """The zone of the addressee."""
        jurisdiction = self.consultation.jurisdiction
        return jurisdiction.timezone if jurisdiction else "UTC"


@dataclass(frozen=True)
class AskedTier:
    """Everyone asked at one tier of one round."""

    round: int
    tier: int
    asked: list[Asked] = field(default_factory=list)


def consultations(user: User, case: Case) -> list[AskedTier]:
    """Return the consultations the person may read, by round and tier, the present ones first."""
    rows = (
        Consultation.objects.visible_to(user)  # type: ignore[attr-defined]
        .filter(case=case)
        .select_related("jurisdiction", "officer", "acknowledged_by")
        .annotate(away=Exists(Absence.objects.running().filter(jurisdiction=OuterRef("jurisdiction"))))
        .prefetch_related("positions__taken_by", "positions__countersigned_by", "positions__revision")
        .order_by("-round", "-tier", "jurisdiction", "ministry")
    )
    timers = {
        row.subject: row
        for row in DueInstant.objects.filter(aggregate=ref(case), kind=WINDOW, state=DueInstant.State.OPEN)
    }
    tiers: dict[tuple[int, int], AskedTier] = {}
    for consultation in rows:
        consultation.case = case
        positions = list(consultation.positions.all())
        for position in positions:
            position.consultation = consultation
            position.terms = described(position.conditions)  # type: ignore[attr-defined]
        key = (consultation.round, consultation.tier)
        tier = tiers.setdefault(key, AskedTier(*key))
        tier.asked.append(Asked(consultation, positions, timers.get(ref(consultation))))
    return list(tiers.values())


@dataclass(frozen=True)
class Sides:
    """A hit with both sides of the comparison: who takes part, and who is listed."""

    hit: Hit
    party: Party | None
    entry: Entry | None
    owners: list[tuple[list[str], float]]  # of an entry that counts only by whom it belongs to


def _hits(user: User, case: Case) -> QuerySet[Hit]:
    found: QuerySet[Hit] = Hit.objects.visible_to(user).filter(case_ref=ref(case))  # type: ignore[attr-defined]
    return found.select_related(
        "snapshot__source_list",
        "shared_party",
        "proposed_by",
        "resolved_by",
        "unsure_by",
        "pair",
        "opened_by__ended_by",
    ).order_by("status", "-score", "pk")


def hits(user: User, case: Case) -> list[Hit]:
    """Return the hits of a case that the person may read, the undecided first."""
    order = {status: number for number, status in enumerate(UNRESOLVED)}
    return sorted(_hits(user, case), key=lambda hit: order.get(Hit.Status(hit.status), len(order)))


def both_sides(user: User, case: Case, hit: Hit) -> Sides | None:
    """Return a hit of a case beside the party and the entry it compares; None where it is not the person's."""
    found = _hits(user, case).filter(pk=hit.pk).first()
    if found is None:
        return None
    party = Party.objects.filter(revision=case.revision_id, shared_party=found.shared_party_id).first()
    entry = store.entries_at([(found.snapshot, found.entry_id)]).get((found.snapshot_id, found.entry_id))
    counts = entry is not None and not entry.listed
    owners = store.owners_of(found.snapshot, found.entry_id, found.raised_at.date()) if counts else []
    return Sides(found, party, entry, owners)


def case_of_hit(user: User, hit: Hit) -> Case | None:
    """Return the case a hit belongs to, if the person may see it."""
    kind, _sep, pk = hit.case_ref.partition(":")
    if kind != "case":
        return None
    found: Case | None = Case.objects.visible_to(user).filter(pk=int(pk)).first()  # type: ignore[attr-defined]
    return found


def question(user: User, uid: UUID) -> InformationRequest:
    """Return a question of a case the officer may see; NotFound otherwise."""
    rows = InformationRequest.objects.filter(case__in=Case.objects.visible_to(user))  # type: ignore[attr-defined]
    found = rows.select_related("case").filter(uid=uid).first()
    if found is None or not user.is_officer:
        raise NotFound()
    return found


def decision(user: User, uid: UUID) -> Decision:
    """Return a decision of a case the officer may see; NotFound otherwise."""
    rows = Decision.objects.filter(case__in=Case.objects.visible_to(user))  # type: ignore[attr-defined]
    found = rows.select_related("case", "revision", "proposed_by").filter(uid=uid).first()
    if found is None or not user.is_officer:
        raise NotFound()
    return found


def position(user: User, uid: UUID) -> Position:
    """Return a position of a case the officer may see; NotFound otherwise."""
    asked = Consultation.objects.visible_to(user)  # type: ignore[attr-defined]
    rows = Position.objects.filter(consultation__in=asked).select_related(
        "consultation__case", "consultation__jurisdiction", "taken_by", "revision"
    )
    found = rows.filter(uid=uid).first()
    if found is None:
        raise NotFound()
    return found


def notes(user: User, case: Case) -> QuerySet[Note]:
    """Return the internal notes of the person's jurisdiction on a case."""
    return Note.objects.filter(case=case, jurisdiction=user.jurisdiction_code).select_related("author")


def revisions(case: Case) -> list[Revision]:
    """Return the frozen revisions of a case's dossier, the newest first; an amendment's once that is granted."""
    found = Revision.objects.filter(application=case.application_id).select_related("made_by")
    found = found.exclude(Q(change__isnull=False) & ~Q(change__status=LicenceChange.Status.GRANTED))
    return list(found.order_by("-number"))


def assignees(case: Case) -> QuerySet[User]:
    """Return who may be given a case: officers of the lead who work on cases."""
    return User.objects.in_roles(*CASEWORKERS).filter(authority__jurisdiction=case.lead_id).order_by("name")


def caseworker(uid: UUID) -> User | None:
    """Return an officer of any member who works on cases, by uid."""
    found: User | None = User.objects.in_roles(*CASEWORKERS).filter(uid=uid).first()
    return found


def colleagues(user: User) -> QuerySet[User]:
    """Return the officers of the person's jurisdiction who work on cases; none for who can hold none."""
    if not user.serves or HOLDERS.isdisjoint(user.roles):
        return User.objects.none()
    return (
        User.objects.in_roles(*CASEWORKERS)
        .filter(authority__jurisdiction=user.jurisdiction_code)
        .select_related("authority")
        .order_by("name")
    )


def described(terms: Iterable[conditions.Condition]) -> list[str]:
    """Return conditions as a person reads them."""
    return [conditions.describe(term) for term in terms]


def counts(user: User, case: Case) -> dict[str, int]:
    """Return how much each page of a case holds: hits to judge, consultations, questions, messages that nobody of
    the person's authority has opened, notes, licences."""
    row = (
        Case.objects.filter(pk=case.pk)
        .annotate(
            questions=Count("information_requests", distinct=True),
            asked=Count("consultations", filter=Q(consultations__round=F("round")), distinct=True),
            written=Count("notes", filter=Q(notes__jurisdiction=user.jurisdiction_code), distinct=True),
            issued=Count("licence", distinct=True),
            unread=_unread_messages(user),
        )
        .values("questions", "asked", "written", "issued", "unread")
        .get()
    )
    return {
        "parties": Hit.objects.filter(case_ref=ref(case), status__in=UNRESOLVED).count(),
        "consultations": row["asked"],
        "questions": row["questions"],
        "messages": row["unread"],
        "notes": row["written"],
        "licence": row["issued"],
    }


def consulted(case: Case) -> QuerySet[Consultation]:
    """Return the consultations of a case that an officer reads, with their positions: whoever reads the case as an
    officer may read them (`Consultation.visible_to`)."""
    positions = telling(Position.objects.all(), "revision__number", "taken_by__name")
    asked = telling(case.consultations.all(), "jurisdiction__name", "officer__name")
    return asked.prefetch_related(Prefetch("positions", positions))


def _unread_messages(user: User) -> Subquery:
    unread = CaseMessage.objects.unread_by(user).filter(case=OuterRef("pk")).order_by()  # type: ignore[attr-defined]
    return Subquery(unread.values("case").annotate(number=Count("pk")).values("number"))


def licence_number(user: User, case: Case) -> str | None:
    """Return the number of the licence of a case that a person reads, if they may know it: an officer may, an agent
    only where its mandate lets it read licences (`Licence.visible_to`)."""
    rows = case.licences.all() if user.is_officer else Licence.objects.visible_to(user).filter(case=case)  # type: ignore[attr-defined]
    number: str | None = rows.order_by("pk").values_list("number", flat=True).first()
    return number
