"""Who may take a position on a case."""

from django.db.models import Q
from django.utils.translation import gettext as _

from alliance import selectors as alliance
from alliance.charters import GRADES, Seats
from core import clock
from core.policies import ALLOW, Verdict, deny
from licensing.models import Case, Consultation, Position
from licensing.policies.common import adjudicates, is_ready_officer
from members.models import Absence, Grade, Role, User
from members.policies import other_hands

VOICES = frozenset({Role.LICENSING_OFFICER, Role.ADVISER, Role.DECIDER})
#: The same and those who have a voice in the humanitarian lane alone.
VOICES_SOMEWHERE = VOICES | {Role.HUMANITARIAN_ADJUDICATOR}


def seats_of(consultation: Consultation) -> Seats:
    """The seats of the tier a consultation belongs to, as the charter of the case has them."""
    case = consultation.case
    return alliance.charter(case.charter_key, case.charter_version).tiers[consultation.tier].seats


def of_the_seat(user: User, consultation: Consultation, seats: Seats) -> Verdict:
    """Whether the officer serves the ministry asked, or one that may stand in for it by now."""
    ministry = user.authority.ministry if user.authority else ""
    if ministry == consultation.ministry:
        return ALLOW
    if ministry not in seats.substitutes:
        return deny(_("Another ministry of your jurisdiction is asked."))
    if not substitutes_may_answer(consultation):
        return deny(
            _("Your ministry stands in only after %(share)d %% of the window.")
            % {"share": seats.substitute_after}
        )
    return ALLOW


def substitutes_may_answer(consultation: Consultation) -> bool:
    """Whether other ministries of the addressee may answer by now: its share of the window is over, the answer
    was taken from who had it, or the member is offline."""
    if consultation.taken_over_at is not None:
        return True
    length = consultation.due_at - consultation.opened_at
    if clock.now() >= consultation.opened_at + length * seats_of(consultation).substitute_after / 100:
        return True
    return Absence.objects.running().filter(jurisdiction=consultation.jurisdiction_id).exists()


def of_grade(user: User, seats: Seats) -> Verdict:
    """Whether the officer holds the grade the charter asks of whoever signs. Source: RULES section 1."""
    if GRADES.index(user.grade) < GRADES.index(seats.minimum_grade):
        return deny(
            _("At this tier the grade “%(grade)s” or a higher one signs.")
            % {"grade": Grade(seats.minimum_grade).label}
        )
    return ALLOW


def speaks_for(user: User, consultation: Consultation) -> Verdict:
    """Whether the officer belongs to the addressee: its jurisdiction, or the ministry's seat in the unit."""
    if consultation.jurisdiction_id is not None:
        if user.jurisdiction_code != consultation.jurisdiction_id:
            return deny(_("Only the consulted jurisdiction can answer this consultation."))
        return ALLOW
    if Role.CRISIS_SEAT not in user.roles:
        return deny(_("Only a seat of the crisis unit can answer at this tier."))
    if not of_the_seat(user, consultation, seats_of(consultation)):
        return deny(_("This seat belongs to another ministry."))
    return ALLOW


def of_the_addressee(user: User, consultation: Consultation) -> Verdict:
    """An officer with a voice in the ministry asked, or in one that may stand in for it by now."""
    verdict = is_ready_officer(user, consultation.case)
    if not verdict:
        return verdict
    verdict = speaks_for(user, consultation)
    if not verdict:
        return verdict
    voice = VOICES & user.roles or adjudicates(user, consultation.case)
    if consultation.jurisdiction_id is not None and not voice:
        if Role.HUMANITARIAN_ADJUDICATOR in user.roles:
            return deny(_("A humanitarian adjudicator takes positions in the humanitarian lane only."))
        return deny(_("Your role does not take positions."))
    return of_the_seat(user, consultation, seats_of(consultation))


def spoke_below(user: User, consultation: Consultation) -> Verdict:
    """Whether the person has not yet had a say on the case at a lower tier, nor proposed its decision."""
    if not consultation.tier:
        return ALLOW
    below = Position.objects.filter(
        Q(taken_by__in=user.hands) | Q(countersigned_by__in=user.hands),
        consultation__case=consultation.case_id,
        consultation__round=consultation.round,
        consultation__tier__lt=consultation.tier,
    )
    if below.exists():
        return deny(
            _(
                "You, or whom you act for, spoke on this case at a lower tier; another person has to answer here."
            )
            if len(user.hands) > 1
            else _("You took a position on this case at a lower tier; another person has to answer here.")
        )
    if consultation.case.decisions.filter(proposed_by__in=user.hands).exists():
        return deny(_("You proposed the decision on this case; another person has to answer here."))
    return ALLOW


def may_speak(user: User, consultation: Consultation) -> Verdict:
    """An officer of the ministry asked, with a voice there, who spoke at no lower tier."""
    verdict = of_the_addressee(user, consultation)
    if verdict and not consultation.needs_countersign:
        verdict = of_grade(user, seats_of(consultation))
    return verdict and spoke_below(user, consultation)


def can_take(user: User, consultation: Consultation) -> Verdict:
    """Whoever may speak, while the case is in review and the answer is due or can still be changed."""
    verdict = may_speak(user, consultation)
    if not verdict:
        return verdict
    if consultation.status == Consultation.Status.LAPSED:
        return deny(_("The window is over."))
    if consultation.status == Consultation.Status.CLOSED or consultation.round != consultation.case.round:
        return deny(_("This consultation needs no answer any more."))
    if consultation.case.status != Case.Status.IN_REVIEW:
        return deny(_("Positions are taken while the case is in review."))
    return ALLOW


def signs_as_asked(user: User, signed: bool) -> Verdict:
    """A person acts as signed in; a system signs what it says where its authority asks for that."""
    if signed or user.via is None or user.authority is None or not user.authority.signed_positions:
        return ALLOW
    return deny(_("Your authority takes positions of systems only when they are signed (RFC 9421)."))


def may_countersign(user: User, position: Position) -> Verdict:
    """A countersigner of the addressee who is not the author."""
    consultation = position.consultation
    verdict = is_ready_officer(user, consultation.case)
    if not verdict:
        return verdict
    verdict = speaks_for(user, consultation)
    if not verdict:
        return verdict
    if consultation.jurisdiction_id is not None and Role.COUNTERSIGNER not in user.roles:
        return deny(_("Only a countersigner can countersign a position."))
    if position.taken_by_id == user.pk:
        return deny(_("A position is countersigned by another person than its author."))
    verdict = of_grade(user, seats_of(consultation)) and spoke_below(user, consultation)
    return verdict and other_hands(user, position.taken_by_id, position.taken_at)


def can_countersign(user: User, position: Position) -> Verdict:
    """Whoever may countersign, while the position waits for it and the case is in review."""
    verdict = may_countersign(user, position)
    if not verdict:
        return verdict
    if position.status != Position.Status.PROPOSED:
        return deny(_("This position does not wait for a countersignature."))
    if position.consultation.case.status != Case.Status.IN_REVIEW:
        return deny(_("Positions are countersigned while the case is in review."))
    return ALLOW
