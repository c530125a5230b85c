"""Judging one screening hit: both sides beside each other, and why they match."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import NotFound
from licensing.models import Case, Licence
from licensing.selectors import cases as selectors
from pages.forms import EntenteForm
from screening import policies
from screening import services as screening
from screening.engine.align import THRESHOLD
from screening.engine.words import is_latin
from screening.models import ClearedPair, Hit
from screening.selectors import entry_now
from workbench.comparison import DIFFERENT, HIT_RULES, SAME, aligned, compared, labels, lowered, percent
from workbench.forms.cases import ReasonForm
from workbench.forms.hits import ClearForm
from workbench.views.common import attempt, case_of, case_page, done, me


def _hit(request: HttpRequest, uid: UUID) -> tuple[Hit, Case]:
    user = me(request)
    hit: Hit | None = Hit.objects.visible_to(user).filter(uid=uid).first()  # type: ignore[attr-defined]
    case = selectors.case_of_hit(user, hit) if hit else None
    if hit is None or case is None:
        raise NotFound()
    return hit, case_of(request, case.reference)


def _page(request: HttpRequest, hit: Hit, case: Case, **forms: EntenteForm) -> HttpResponse:
    user = me(request)
    both = selectors.both_sides(user, case, hit)
    if both is None:
        raise NotFound()
    lines = compared(both)
    context = {
        "both": both,
        "hit": both.hit,
        "licence": Licence.objects.visible_to(user).filter(case=case).first(),  # type: ignore[attr-defined]
        "lines": lines,
        "words": aligned(both.hit),
        "lowered": lowered(both.hit),
        "differs": labels(lines, DIFFERENT),
        "fits": labels(lines, SAME),
        "least": percent(THRESHOLD),
        "entry_now": entry_now(both.hit),
        "matched_in_script": not (is_latin(hit.queried_name) and is_latin(hit.matched_name)),
        "made_pair": ClearedPair.objects.visible_to(user).filter(hit=hit).first(),  # type: ignore[attr-defined]
        "rule": HIT_RULES.get(hit.rule, hit.rule),
        "can_clear": policies.can_clear(user, hit),
        "can_second": policies.can_second(user, hit),
        "can_mark_unsure": policies.can_mark_unsure(user, hit),
        "can_confirm": policies.can_confirm_match(user, hit),
        "clear_form": forms.get("clear") or ClearForm(prefix="clear"),
        "unsure_form": forms.get("unsure") or ReasonForm(prefix="unsure"),
        "reject_form": forms.get("reject") or ReasonForm(prefix="reject"),
        "match_form": forms.get("match") or ReasonForm(prefix="match"),
        "form": next(iter(forms.values()), EntenteForm()),
    }
    return case_page(request, case, "parties", "hit.html", context, 422 if forms else 200)


@login_required
@require_GET
def hit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show the party and the listed entry side by side."""
    return _page(request, *_hit(request, uid))


def _with_reason(
    request: HttpRequest, uid: UUID, prefix: str, act: Callable[..., Any], told: str
) -> HttpResponse:
    found, case = _hit(request, uid)
    form = ReasonForm(request.POST, prefix=prefix)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        if attempt(form, lambda: act(actor=me(request), hit=found, reason=reason)) is True:
            return done(request, told, "workbench:parties", case)
    return _page(request, found, case, **{prefix: form})


@login_required
@require_POST
def clear(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Clear a hit, or propose it where it is strong."""
    found, case = _hit(request, uid)
    form = ClearForm(request.POST, prefix="clear")
    act = screening.clear
    if form.is_valid() and attempt(form, lambda: act(actor=me(request), hit=found, **form.answers())) is True:
        waits = _("The clearance waits for a second officer.")
        told = waits if found.strong else _("The hit is cleared.")
        return done(request, told, "workbench:parties", case)
    return _page(request, found, case, clear=form)


@login_required
@require_POST
def mark_unsure(request: HttpRequest, uid: UUID) -> HttpResponse:
    told = _("The hit waits for information; it stops the case as before.")
    return _with_reason(request, uid, "unsure", screening.mark_unsure, told)


@login_required
@require_POST
def reject_clear(request: HttpRequest, uid: UUID) -> HttpResponse:
    return _with_reason(request, uid, "reject", screening.reject_clear, _("The hit is open again."))


@login_required
@require_POST
def confirm_match(request: HttpRequest, uid: UUID) -> HttpResponse:
    told = _("The party is confirmed to be listed; no licence can be granted.")
    return _with_reason(request, uid, "match", screening.confirm_match, told)


@login_required
@require_POST
def confirm_clear(request: HttpRequest, uid: UUID) -> HttpResponse:
    found, case = _hit(request, uid)
    screening.confirm_clear(actor=me(request), hit=found)
    return done(request, _("The hit is cleared."), "workbench:parties", case)
