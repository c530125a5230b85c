"""Guidance of the crisis unit: listed, written, issued by a second seat, withdrawn, acknowledged and answered."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import NotFound
from core.policies import require
from core.references import normalise_reference
from escalation.guidance import reach, signature_holds
from escalation.models import Guidance, GuidedCase
from escalation.policies import guidance as policies
from escalation.services import guidance as services
from licensing.models import Case
from members import selectors as members
from pages import lists
from pages.answers import posted
from workbench.forms.cases import ReasonForm
from workbench.forms.guidance import ASKED, AnswerForm, GuidanceForm
from workbench.views.common import attempt, case_of, case_page, done, me


def _notice(request: HttpRequest, reference: str) -> Guidance:
    rows = Guidance.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found: Guidance | None = (
        rows.select_related("proposed_by", "issued_by", "ended_by", "proposed_for", "issued_for")
        .filter(reference=normalise_reference(reference))
        .first()
    )
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the notices the person may read, the newest first, with how far each has come."""
    user = me(request)
    page = lists.page_of(request, Guidance.objects.visible_to(user), size=30)  # type: ignore[attr-defined]
    far = reach(page.object_list)
    context = {
        "page": page,
        "rows": [(one, far[one.pk]) for one in page.object_list],
        "may_write": policies.can_write(user),
    }
    return render(request, "workbench/guidance/list.html", context)


@login_required
@require_GET
def notice(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one notice: whom it means, who has taken note, its cases, its signature and what may be done."""
    user, found = me(request), _notice(request, reference)
    read = {row.jurisdiction_id: row for row in found.readings.select_related("read_by")}
    guided = GuidedCase.objects.visible_to(user).filter(guidance=found)  # type: ignore[attr-defined]
    acts = [
        (_("Issue it"), "workbench:issue-guidance", policies.can_issue(user, found), True),
        (
            _("Take note for your member"),
            "workbench:note-guidance",
            policies.can_take_note(user, found),
            True,
        ),
        (_("Do not issue it"), "workbench:decline-guidance", policies.can_decline(user, found), False),
        (_("Withdraw it"), "workbench:withdraw-guidance", policies.can_withdraw(user, found), False),
    ]
    context = {
        "found": found,
        "far": reach([found])[found.pk],
        "members": [(one, read.get(one.code)) for one in members.jurisdictions()],
        "guided": guided.select_related("case__lead", "guidance").order_by("-matched_at")[:200],
        "signature_holds": signature_holds(found),
        "acts": acts,
        "offered": any(verdict for _label, _page, verdict, _at_once in acts),
    }
    return render(request, "workbench/guidance/notice.html", context)


@login_required
@require_GET
def jws(request: HttpRequest, reference: str) -> HttpResponse:
    """Hand out the signed notice, which anyone verifies with the published keys."""
    found = _notice(request, reference)
    if not found.jws:
        raise NotFound()
    answer = HttpResponse(found.jws, content_type="application/jose")
    answer["Content-Disposition"] = f'attachment; filename="{found.reference}.jws"'
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """Write a notice; a seat of another member issues it."""
    user = me(request)
    require(policies.can_write, user)
    form = GuidanceForm(posted(request))
    if form.is_bound and form.is_valid():
        made: list[Guidance] = []

        def act() -> None:
            made.append(services.propose(actor=user, **form.arguments()))

        if attempt(form, act, ASKED) is True:
            told = _("The notice waits for a seat of another member.")
            return done(request, told, "workbench:guidance-notice", made[0].reference)
    status = 422 if form.is_bound else 200
    return render(request, "workbench/guidance/write.html", {"form": form}, status=status)


@login_required
@require_POST
def issue(request: HttpRequest, reference: str) -> HttpResponse:
    found = _notice(request, reference)
    services.issue(actor=me(request), guidance=found)
    told = _("The notice is issued and signed. It appears in the cases it means.")
    return done(request, told, "workbench:guidance-notice", found.reference)


@login_required
@require_POST
def take_note(request: HttpRequest, reference: str) -> HttpResponse:
    found = _notice(request, reference)
    services.take_note(actor=me(request), guidance=found)
    return done(request, _("Your member has taken note."), "workbench:guidance-notice", found.reference)


@login_required
@require_http_methods(["GET", "POST"])
def decline(request: HttpRequest, reference: str) -> HttpResponse:
    found = _notice(request, reference)
    return _with_reason(
        request,
        found,
        verdict=policies.can_decline(me(request), found),
        title=_("Do not issue the notice"),
        button=_("Do not issue it"),
        act=services.decline,
    )


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    found = _notice(request, reference)
    return _with_reason(
        request,
        found,
        verdict=policies.can_withdraw(me(request), found),
        title=_("Withdraw the notice"),
        button=_("Withdraw it"),
        act=services.withdraw,
    )


def _with_reason(request: HttpRequest, found: Guidance, *, act: Any, **context: Any) -> HttpResponse:
    form = ReasonForm(posted(request))
    if form.is_bound and form.is_valid():
        reason = form.cleaned_data["reason"]
        if attempt(form, lambda: act(actor=me(request), guidance=found, reason=reason)) is True:
            return done(request, _("It is done."), "workbench:guidance-notice", found.reference)
    status = 422 if form.is_bound else 200
    return render(
        request, "workbench/guidance/act.html", {"found": found, "form": form, **context}, status=status
    )


# On a case -----------------------------------------------------------------------------------------------


def _guided(request: HttpRequest, uid: UUID) -> tuple[GuidedCase, Case]:
    rows = GuidedCase.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found = rows.select_related("guidance", "case").filter(uid=uid).first()
    if found is None:
        raise NotFound()
    case = case_of(request, found.case.reference)
    found.case = case
    return found, case


@login_required
@require_POST
def acknowledge(request: HttpRequest, uid: UUID) -> HttpResponse:
    found, case = _guided(request, uid)
    services.acknowledge(actor=me(request), guided=found)
    return done(request, _("The lead has acknowledged the guidance."), "workbench:case", case.reference)


@login_required
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer a question of the unit, or say why the lead departs from what it says."""
    found, case = _guided(request, uid)
    departs = found.guidance.effect == Guidance.Effect.DENY
    form = AnswerForm(posted(request), departs=departs)
    if form.is_bound and form.is_valid():
        text = form.cleaned_data["text"]
        if attempt(form, lambda: services.answer(actor=me(request), guided=found, text=text)) is True:
            return done(request, _("The answer is with the case."), "workbench:case", case.reference)
    context = {
        "form": form,
        "title": _("Depart from guidance") if departs else _("Answer the crisis unit"),
        "told": found.guidance.text,
        "button": _("Depart from it") if departs else _("Answer"),
        "verdict": policies.can_answer(me(request), found),
    }
    return case_page(request, case, "case", "act.html", context, 422 if form.is_bound else 200)
