"""Opening pre-positions: what a member deposited is said by itself where it is true, or is held back."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import cel
from core import clock
from core.actors import PROCESS
from core.audience import NOBODY
from core.errors import EntenteError
from core.models import ref
from core.policies import ALLOW, Verdict, deny
from escalation import prepositions, sealing
from escalation.models import Opening, Preposition
from escalation.policies.prepositions import AUTHORS
from ledger import services as ledger
from licensing.models import Assessment, Case, Consultation, Position
from licensing.policies import positions as position_policies
from licensing.services import positions
from licensing.services.locks import locked
from members.models import Role, User
from members.policies import other_hands


@transaction.atomic
def open_for_case(*, case_id: int) -> list[Opening]:
    """Let every authority that is asked about a case, has not answered and has deposited something that is true of
    it, say that; return what came of each. Once for each consultation and revision.

    Nothing opens while the case is not in review. Where something keeps a true pre-position from acting, it is
    held back, its authority is told, and the consultation waits for a person as any other.
    """
    if not Preposition.objects.acting().exists():  # type: ignore[attr-defined]
        return []
    case = locked(case_id)
    if case.status != Case.Status.IN_REVIEW:
        return []
    asked = Consultation.objects.filter(
        case=case, round=case.round, status=Consultation.Status.OPEN, jurisdiction__isnull=False
    )
    done: list[Opening] = []
    for consultation in asked.select_related("jurisdiction").order_by("pk"):
        consultation.case = case
        waiting = _deposits(consultation)
        if waiting and positions.standing(consultation) is None:
            done += _open(consultation, waiting)
    return done


def _deposits(consultation: Consultation) -> list[Preposition]:
    """Return what the addressee has deposited and not yet tried on this revision, locked, the oldest first."""
    rows = (
        Preposition.objects.acting()  # type: ignore[attr-defined]
        .filter(
            authority__jurisdiction=consultation.jurisdiction_id, authority__ministry=consultation.ministry
        )
        .exclude(
            openings__in=Opening.objects.filter(
                consultation=consultation, revision=consultation.case.revision.number
            )
        )
        .select_for_update(of=("self",))
        .select_related("authority", "author__authority", "countersigned_by__authority")
    )
    return list(rows.order_by("countersigned_at", "pk"))


@dataclass(frozen=True)
class _True:
    """A deposit whose trigger has come and whose expression is true, with what was under its seal."""

    preposition: Preposition
    terms: prepositions.Terms
    content: dict[str, object]
    salt: str


def _open(consultation: Consultation, waiting: list[Preposition]) -> list[Opening]:
    case = consultation.case
    done: list[Opening] = []
    true: list[_True] = []
    facts = prepositions.facts_of(case)
    if facts is None:
        return []
    for preposition in waiting:
        try:
            content, salt = sealing.unseal(preposition.sealed, preposition.commitment)
            terms = prepositions.Terms.of(content)
            if terms.trigger == "crisis" and not prepositions.is_declared(terms.crisis):
                continue
            if cel.evaluate(terms.expression, facts, "lane"):
                true.append(_True(preposition, terms, content, salt.hex()))
        except EntenteError as error:
            done.append(_hold_back(consultation, preposition, error.detail))
    if not true:
        return done
    if any(one.terms.position != true[0].terms.position for one in true[1:]):
        why = _("Several pre-positions are true of this case and say different things: %(which)s.") % {
            "which": ", ".join(one.preposition.reference for one in true)
        }
        return [*done, *(_hold_back(consultation, one.preposition, why) for one in true)]
    return [*done, _act(consultation, true[0])]


def _act(consultation: Consultation, one: _True) -> Opening:
    preposition, case = one.preposition, consultation.case
    assert preposition.countersigned_by is not None  # the database refuses it
    verdict = may_act(preposition, consultation)
    if not verdict:
        return _hold_back(consultation, preposition, verdict.reason)
    try:
        with transaction.atomic():
            position = positions.take_beforehand(
                consultation=consultation,
                author=preposition.author,
                countersigner=preposition.countersigned_by,
                said=dict(one.terms.position),
                source=preposition.reference,
            )
    except EntenteError as error:
        told = [text for texts in error.fields.values() for text in texts]
        return _hold_back(consultation, preposition, " ".join([error.detail, *told]))
    opening = Opening.objects.create(
        preposition=preposition,
        consultation=consultation,
        revision=case.revision.number,
        position=position,
        at=clock.now(),
    )
    ledger.record(
        "preposition.opened",
        actor=PROCESS,
        subject=preposition,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience,
        facts={
            "reference": preposition.reference,
            "addressee": consultation.addressee,
            "deposited_by": preposition.author.name,
            "countersigned_by": preposition.countersigned_by.name,
            "opening": opening.pk,
            "commitment": preposition.commitment,
            "salt": one.salt,
            "content": one.content,
        },
    )
    return opening


def may_act(preposition: Preposition, consultation: Consultation) -> Verdict:
    """Whether what was deposited may still be said: by two who are in office, may speak on this case, and are each
    other's second pair of eyes; and never past a hard stop."""
    author, second = preposition.author, preposition.countersigned_by
    assert second is not None
    if not (_in_office(author, preposition) and AUTHORS & author.roles):
        return deny(_("Who deposited it is not in office any more."))
    if not (_in_office(second, preposition) and Role.COUNTERSIGNER in second.roles):
        return deny(_("Who countersigned it is not in office any more."))
    assert preposition.countersigned_at is not None
    hands = other_hands(second, author.pk, preposition.proposed_at)
    if not (hands and other_hands(author, second.pk, preposition.countersigned_at)):
        return deny(_("One of its two officers acts for the other now: it is not by other hands."))
    case = consultation.case
    made = Assessment.objects.filter(case=case, revision=case.revision_id).order_by("-made_at").first()
    if made is None or made.hard_stops:
        return deny(_("A hard stop was found: a person has to look."))
    verdict = position_policies.may_speak(author, consultation)
    if not verdict:
        return verdict
    said = Position(consultation=consultation, taken_by=author, taken_at=preposition.proposed_at)
    verdict = position_policies.may_countersign(second, said)
    return verdict if not verdict else ALLOW


def _in_office(person: User, preposition: Preposition) -> bool:
    return person.is_active and person.authority_id == preposition.authority_id


def _hold_back(consultation: Consultation, preposition: Preposition, why: str) -> Opening:
    """Note that a pre-position did not act and tell its authority; nobody else learns that there was one."""
    opening = Opening.objects.create(
        preposition=preposition,
        consultation=consultation,
        revision=consultation.case.revision.number,
        held_back_because=why[:1000],
        at=clock.now(),
    )
    ledger.record(
        "preposition.held_back",
        actor=PROCESS,
        subject=preposition,
        aggregate=ref(preposition),
        audience=NOBODY,
        facts={"reference": preposition.reference, "opening": opening.pk},
    )
    return opening


@transaction.atomic
def open_for_crisis() -> int:
    """Ask again in every case in which an authority with a deposit has still to answer: a crisis was declared.

    Return how many cases were looked at. Cases are locked in the order of their keys.
    """
    acting = Preposition.objects.acting().values("authority__jurisdiction")  # type: ignore[attr-defined]
    waiting = Consultation.objects.filter(
        status=Consultation.Status.OPEN, jurisdiction__in=acting, case__status=Case.Status.IN_REVIEW
    )
    pks = sorted(set(waiting.values_list("case_id", flat=True)))
    for pk in pks:
        open_for_case(case_id=pk)
    return len(pks)
