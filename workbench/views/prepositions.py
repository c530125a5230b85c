"""Positions deposited under seal: which there are, depositing one with a dry run, and one that has opened."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliance.cel import compile_check
from alliance.facts import FACTS
from core import clock
from core.errors import Invalid, NotFound
from core.policies import require
from core.references import normalise_reference
from escalation import prepositions as reading
from escalation.models import Preposition
from escalation.policies import prepositions as policies
from escalation.services import prepositions
from licensing.models import Position
from licensing.selectors.cases import described
from licensing.services.positions import OBJECTION_REASONS
from members.models import User
from pages.answers import posted
from pages.lists import page_of
from workbench.forms import conditions
from workbench.forms.prepositions import PrepositionForm, WithdrawForm
from workbench.views.common import attempt, done, me


def _rows(user: User) -> Any:
    rows = Preposition.objects.visible_to(user)  # type: ignore[attr-defined]
    return rows.select_related("authority__jurisdiction", "author", "countersigned_by", "ended_by")


def _found(request: HttpRequest, reference: str) -> Preposition:
    found: Preposition | None = _rows(me(request)).filter(reference=normalise_reference(reference)).first()
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List what one's own authority has deposited or is about to, and that of the other members."""
    user = me(request)
    rows = _rows(user)
    context = {
        "own": rows.filter(authority=user.authority_id)[:100],
        "page": page_of(request, rows.exclude(authority=user.authority_id)),
        "authority": user.authority,
        "may_propose": policies.can_propose(user),
    }
    return render(request, "workbench/prepositions.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """Seal a position, or only try on which cases it would open."""
    user = me(request)
    require(policies.can_propose, user)
    form = PrepositionForm(posted(request), initial={"trigger": "consultation"})
    context: dict[str, Any] = {"form": form, "facts": FACTS}
    if form.is_bound and request.POST.get("act") == "try":
        return _try(request, form, context)
    if form.is_bound and form.is_valid():
        given, asked = form.arguments()
        kept: list[Preposition] = []

        def act() -> None:
            kept.append(prepositions.propose(actor=user, **given))

        if attempt(form, act, lambda errors: conditions.named(errors, asked)) is True:
            told = _("%(what)s is sealed and waits for a countersignature.")
            return done(
                request, told % {"what": kept[0].reference}, "workbench:preposition", kept[0].reference
            )
    return render(request, "workbench/preposition_new.html", context, status=422 if form.is_bound else 200)


def _try(request: HttpRequest, form: PrepositionForm, context: dict[str, Any]) -> HttpResponse:
    """Say on which open cases the expression is true; nothing is kept and nothing else is asked."""
    expression = request.POST.get("expression", "").strip()
    form.errors.clear()
    try:
        compile_check(expression, "lane")
    except Invalid as error:
        form.add_error("expression", error.detail)
        return render(request, "workbench/preposition_new.html", context, status=422)
    tried = reading.dry_run(me(request), expression)
    context |= {"tried": tried, "true": sum(one.true for one in tried)}
    return render(request, "workbench/preposition_new.html", context)


@login_required
@require_GET
def preposition(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one: its commitment and dates to every member; what it says to those who may read it."""
    user, found = me(request), _found(request, reference)
    opened = reading.read(user, found)
    said = opened.terms.position if opened.terms else None
    context = {
        "found": found,
        "opened": opened,
        "terms": opened.terms,
        "kind": Position.Kind(said["kind"]).label if said else "",
        "reason": OBJECTION_REASONS.get(said["reason_code"], "") if said else "",
        "conditions": described(said["conditions"]) if said else [],
        "openings": reading.openings(user, found),
        "own": user.authority_id == found.authority_id,
        "can_read": policies.can_read(user, found),
        "can_countersign": policies.can_countersign(user, found),
        "can_withdraw": policies.can_withdraw(user, found),
        "now": clock.now(),
    }
    return render(request, "workbench/preposition.html", context)


@login_required
@require_GET
def file(request: HttpRequest, reference: str) -> HttpResponse:
    """Hand out what is needed to check the commitment without us: commitment, salt and content."""
    user, found = me(request), _found(request, reference)
    require(policies.can_read, user, found)
    opened = reading.read(user, found)
    answer = JsonResponse(
        {"commitment": found.commitment, "salt": opened.salt, "content": opened.content},
        json_dumps_params={"indent": 1, "ensure_ascii": False},
    )
    answer["Content-Disposition"] = f'attachment; filename="{found.reference}.json"'
    return answer


@login_required
@require_POST
def countersign(request: HttpRequest, reference: str) -> HttpResponse:
    found = _found(request, reference)
    prepositions.countersign(actor=me(request), preposition=found)
    told = _("It is deposited. All members know its commitment now, and nothing else.")
    return done(request, told, "workbench:preposition", found.reference)


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a pre-position back."""
    found = _found(request, reference)
    verdict = policies.can_withdraw(me(request), found)
    form = WithdrawForm(posted(request))
    if form.is_bound and form.is_valid():

        def act() -> None:
            prepositions.withdraw(actor=me(request), preposition=found, **form.cleaned_data)

        if attempt(form, act) is True:
            return done(request, _("It opens no more."), "workbench:preposition", found.reference)
    if not form.is_bound and not verdict:
        return redirect("workbench:preposition", found.reference)
    context = {"found": found, "form": form}
    return render(
        request, "workbench/preposition_withdraw.html", context, status=422 if form.is_bound else 200
    )
