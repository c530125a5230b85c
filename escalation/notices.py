"""Telling an authority that nobody has an answer in hand, that others may give it now, and what became of what it
deposited."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from escalation.models import Exercise, Improvement, Opening, Preposition, SharedIntermediary
from escalation.policies.exercises import LEADS
from escalation.policies.prepositions import READERS
from escalation.services.deputies import deputy_for
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import Consultation
from licensing.notices import case_path, tell
from licensing.recipients import deciders, handlers, speakers
from members.models import Role, User


def _open(event: Event) -> Consultation | None:
    asked = Consultation.objects.select_related("case", "jurisdiction", "officer")
    return asked.filter(pk=event.subject_id, status=Consultation.Status.OPEN).first()


@subscribe("consultation.unacknowledged")
def tell_nobody_has_it(event: Event) -> None:
    consultation = _open(event)
    if consultation is None or consultation.acknowledged_at is not None:
        return
    deputy = deputy_for(consultation)
    tell(
        {*deciders(consultation), *([deputy] if deputy else [])},
        event,
        _("%(case)s: nobody has said that you have it") % {"case": consultation.case.reference},
        _("%(who)s was asked and has not acknowledged it. The window ends at %(due)s.")
        % {"who": consultation.addressee, "due": f"{consultation.due_at:%Y-%m-%d %H:%M UTC}"},
        case_path(consultation.case, "consultations"),
    )


@subscribe("consultation.taken_over")
def tell_who_may_answer(event: Event) -> None:
    """Tell every voice of the addressee and of its substitutes, the officer it was taken from among them."""
    consultation = _open(event)
    if consultation is None:
        return
    holder = consultation.officer
    if holder is None:
        given = _("Nobody is on duty: whoever is first may claim it.")
    else:
        given = _("It is with %(name)s now.") % {"name": holder.name}
    tell(
        speakers(consultation),
        event,
        _("%(case)s: you may answer now") % {"case": consultation.case.reference},
        _("%(who)s has not answered, and the answer was taken over. %(given)s The window ends at %(due)s.")
        % {
            "who": consultation.addressee,
            "given": given,
            "due": f"{consultation.due_at:%Y-%m-%d %H:%M UTC}",
        },
        case_path(consultation.case, "consultations"),
    )


@subscribe("preposition.opened")
def tell_it_opened(event: Event) -> None:
    """Tell those who speak for the authority that it has spoken by itself."""
    opening = _opening(event)
    case = opening.consultation.case
    tell(
        _readers(opening.preposition),
        event,
        _("%(case)s: %(what)s has opened") % {"case": case.reference, "what": opening.preposition.reference},
        _("It was true of this case, and the position was taken by itself. You can still change it."),
        case_path(case, "consultations"),
    )


@subscribe("preposition.held_back")
def tell_it_was_held_back(event: Event) -> None:
    opening = _opening(event)
    case = opening.consultation.case
    tell(
        _readers(opening.preposition),
        event,
        _("%(case)s: %(what)s was held back")
        % {"case": case.reference, "what": opening.preposition.reference},
        _("%(why)s Your answer is due by %(due)s, as ever.")
        % {"why": opening.held_back_because, "due": f"{opening.consultation.due_at:%Y-%m-%d %H:%M UTC}"},
        case_path(case, "consultations"),
    )


@subscribe("preposition.proposed")
def tell_countersigners_of_deposit(event: Event) -> None:
    preposition = Preposition.objects.select_related("authority").get(pk=event.subject_id)
    if preposition.status == Preposition.Status.PROPOSED:
        tell(
            User.objects.in_roles(Role.COUNTERSIGNER).filter(authority=preposition.authority),
            event,
            _("%(what)s waits for your countersignature") % {"what": preposition.reference},
            _("A position was sealed for %(who)s.") % {"who": preposition.authority},
            f"/workbench/prepositions/{preposition.reference}/",
        )


@subscribe("preposition.expired")
def tell_it_expired(event: Event) -> None:
    preposition = Preposition.objects.select_related("authority").get(pk=event.subject_id)
    tell(
        _readers(preposition),
        event,
        _("%(what)s has expired") % {"what": preposition.reference},
        _("It opens no more. Deposit another if it shall."),
        f"/workbench/prepositions/{preposition.reference}/",
    )


def _opening(event: Event) -> Opening:
    found = Opening.objects.select_related("preposition__authority", "consultation__case")
    return found.get(pk=event.facts["opening"])


def _readers(preposition: Preposition) -> QuerySet[User]:
    return User.objects.in_roles(*READERS).filter(authority=preposition.authority)


@subscribe("exercise.waits")
def tell_an_exercise_waits(event: Event) -> None:
    """Tell the deciders and seats of those who are asked: they see to it that somebody answers."""
    found = Exercise.objects.get(pk=event.subject_id)
    if found.status != Exercise.Status.WAITING:
        return
    table_top = found.kind == Exercise.Kind.TABLE_TOP
    members = (
        found.plan["members"] if table_top else {one["member"] for one in (found.halted or {})["questions"]}
    )
    tell(
        User.objects.in_roles(*LEADS).filter(authority__jurisdiction__in=members),
        event,
        _("%(exercise)s: an exercise waits for your answer") % {"exercise": found.title},
        _("Say what you would do, and at which hour of the exercise. No case is touched."),
        f"/workbench/exercises/{found.uid}/",
    )


@subscribe("exercise.improvement_overdue")
def tell_improvement_is_overdue(event: Event) -> None:
    found = Improvement.objects.select_related("exercise__planned_by", "owner").get(
        uid=event.facts["improvement"]
    )
    tell(
        {found.owner, found.exercise.planned_by},
        event,
        _("%(exercise)s: something is overdue") % {"exercise": found.exercise.title},
        _("%(who)s was to do this by %(due)s: %(text)s")
        % {"who": found.owner.name, "due": f"{found.due_at:%Y-%m-%d %H:%M UTC}", "text": found.text},
        f"/workbench/exercises/{found.exercise.uid}/",
    )


@subscribe("intermediary.shared")
def tell_an_intermediary_is_shared(event: Event) -> None:
    flagged = SharedIntermediary.objects.select_related("case__lead", "party").get(pk=event.subject_id)
    case = flagged.case
    tell(
        handlers(case, Role.LICENSING_OFFICER, Role.DECIDER),
        event,
        _("%(case)s: an intermediary stands in another case as well") % {"case": case.reference},
        _("%(party)s also stands in cases or licences led by %(leads)s.")
        % {"party": flagged.party.name, "leads": ", ".join(event.facts["leads"])},
        case_path(case, "parties"),
    )
