"""Taking, countersigning and returning positions; claiming consultations."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import NotFound, Stale
from licensing.models import Consultation
from licensing.policies import positions as policies
from licensing.selectors import cases as selectors
from licensing.services import claims, positions
from pages.answers import posted
from pages.forms import EntenteForm
from workbench.forms.cases import ReasonForm
from workbench.forms.positions import PositionForm
from workbench.views.common import attempt, case_of, case_page, done, me, refusal_of, reseen, texts_of


def _consultation(request: HttpRequest, uid: UUID) -> Consultation:
    rows = Consultation.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found: Consultation | None = rows.select_related("case", "jurisdiction").filter(uid=uid).first()
    if found is None:
        raise NotFound()
    found.case = case_of(request, found.case.reference)
    return found


@login_required
@require_http_methods(["GET", "POST"])
def take(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a position for the addressee, or change it."""
    consultation = _consultation(request, uid)
    user = me(request)
    standing = positions.standing(consultation)
    form = PositionForm(
        posted(request),
        consultation=consultation,
        initial={"seen": standing.uid if standing else ""},
    )
    outcome: Stale | bool = False
    if form.is_bound and form.is_valid():
        given, asked = form.arguments()
        outcome = attempt(
            form,
            lambda: positions.take(actor=user, consultation=consultation, **given),
            lambda errors: form.named(errors, asked),
        )
        if outcome is True:
            return done(request, _("Your position is taken."), "workbench:consultations", consultation.case)
        if isinstance(outcome, Stale):
            standing = positions.standing(consultation)
            reseen(form, standing.uid if standing else "")
    context = {
        "form": form,
        "consultation": consultation,
        "standing": standing,
        "verdict": policies.can_take(user, consultation),
        **texts_of(outcome),
    }
    status = refusal_of(outcome) if form.is_bound else 200
    return case_page(request, consultation.case, "consultations", "position.html", context, status)


@login_required
@require_http_methods(["GET", "POST"])
def countersign(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Read a proposed position once more and put it into force."""
    position = selectors.position(me(request), uid)
    case = case_of(request, position.consultation.case.reference)
    position.consultation.case = case
    if request.method == "POST":
        positions.countersign(actor=me(request), position=position)
        return done(request, _("The position is in force."), "workbench:consultations", case)
    context = {
        "form": EntenteForm(),
        "position": position,
        "terms": selectors.described(position.conditions),
        "reason": positions.reason_label(position),
        "title": _("Countersign the position of %(who)s") % {"who": position.consultation.addressee},
        "button": _("Countersign"),
        "verdict": policies.can_countersign(me(request), position),
    }
    return case_page(request, case, "consultations", "countersign_position.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def send_back(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Return a proposed position to its author."""
    position = selectors.position(me(request), uid)
    case = case_of(request, position.consultation.case.reference)
    position.consultation.case = case
    form = ReasonForm(posted(request))
    if form.is_bound and form.is_valid():

        def act() -> None:
            positions.return_position(actor=me(request), position=position, **form.cleaned_data)

        if attempt(form, act) is True:
            return done(request, _("The position is back with its author."), "workbench:consultations", case)
    context = {
        "form": form,
        "title": _("Return the position of %(who)s") % {"who": position.consultation.addressee},
        "button": _("Return"),
        "verdict": policies.can_countersign(me(request), position),
    }
    return case_page(request, case, "consultations", "act.html", context, 422 if form.is_bound else 200)


@login_required
@require_POST
def claim(request: HttpRequest, uid: UUID) -> HttpResponse:
    consultation = _consultation(request, uid)
    claims.claim_consultation(actor=me(request), consultation=consultation)
    return done(request, _("The consultation is yours."), "workbench:consultations", consultation.case)


@login_required
@require_POST
def acknowledge(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say that the addressee has it in hand."""
    consultation = _consultation(request, uid)
    claims.acknowledge(actor=me(request), consultation=consultation)
    return done(
        request, _("The lead reads that you have it in hand."), "workbench:consultations", consultation.case
    )


@login_required
@require_POST
def take_over(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take the answer over from the colleague who claimed it."""
    consultation = _consultation(request, uid)
    claims.take_consultation(actor=me(request), consultation=consultation)
    return done(request, _("The consultation is yours."), "workbench:consultations", consultation.case)


@login_required
@require_POST
def release(request: HttpRequest, uid: UUID) -> HttpResponse:
    consultation = _consultation(request, uid)
    claims.release_consultation(actor=me(request), consultation=consultation)
    return done(
        request, _("The consultation is free to claim."), "workbench:consultations", consultation.case
    )
