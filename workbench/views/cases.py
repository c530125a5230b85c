"""The pages of one case, and the acts of casework on them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliance import selectors as alliance
from alliance.measures import Effect
from core.errors import NotFound
from core.models import ref
from correspondence import services as correspondence
from correspondence.models import Document
from escalation import intermediaries, prepositions
from escalation.selectors import expected
from escalation.services import appeals, ladder_steps, routing
from exemptions.telling import told
from licensing import waived
from licensing.dossier import in_words
from licensing.models import Case, Consultation, LinkedCase, UndercutCheck
from licensing.policies import cases as case_policies
from licensing.policies import information as information_policies
from licensing.selectors import cases as selectors
from licensing.selectors import messages
from licensing.services import cases, information
from licensing.stops import QUESTIONS
from pages import lists
from pages.answers import posted
from pages.parts import Change
from workbench import presence
from workbench.forms.cases import SECTION_NAMES, AskForm, NoteForm, ReasonForm, ReassignForm
from workbench.views.common import attempt, case_of, case_page, done, me

EVENTS_A_PAGE = 50


@login_required
@require_GET
def overview(request: HttpRequest, reference: str) -> HttpResponse:
    """Where a case stands: score, way, ladder and running windows."""
    case = case_of(request, reference)
    table = alliance.scorecard()
    assessment = selectors.assessment_of(case)
    context = {
        "bearings": waived.lifted(case, Effect, whole=False) if case.is_open else [],
        "assessment": assessment,
        "told": told(assessment.ground) if assessment else None,
        "bands": table.get("bands", []),
        "axes": table.get("axes", {}),
        "charter": alliance.charter(case.charter_key, case.charter_version) if case.charter_key else None,
        "expected": expected(case),
        "legs": case.revision.legs.all(),
        "items": case.revision.items.all(),
        "requirements": case.requirements.filter(satisfied_at__isnull=True).order_by("pk"),
        "tiers": selectors.consultations(me(request), case),
    }
    return case_page(request, case, "case", "case.html", context)


@login_required
@require_GET
def parties(request: HttpRequest, reference: str) -> HttpResponse:
    case = case_of(request, reference)
    context = {
        "parties": case.revision.parties.select_related("shared_party"),
        "hits": selectors.hits(me(request), case),
        "shared": intermediaries.shared_in(me(request), case),
        "links": LinkedCase.objects.visible_to(me(request))  # type: ignore[attr-defined]
        .filter(case=case)
        .annotate(readable=Exists(Case.objects.visible_to(me(request)).filter(pk=OuterRef("other"))))  # type: ignore[attr-defined]
        .select_related("other__lead", "shared_party"),
        "assessment": selectors.assessment_of(case),
    }
    return case_page(request, case, "parties", "parties.html", context)


def section_name(path: str) -> str:
    """Return how a place in the dossier is called on pages: "items[0].hs_code" is "Items 1, hs code"."""
    head, _dot, rest = path.partition(".")
    section, _bracket, number = head.partition("[")
    name = str(SECTION_NAMES.get(section, section.replace("_", " ").capitalize()))
    if number:
        name = f"{name} {int(number.rstrip(']')) + 1}"
    return f"{name}, {rest.replace('_', ' ').replace('.', ', ')}" if rest else name


@login_required
@require_GET
def dossier(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the dossier as frozen in a revision (`?revision=`, the one in hand otherwise) and what it changed."""
    case = case_of(request, reference)
    revisions = selectors.revisions(case)
    asked = request.GET.get("revision", "")
    shown = next((r for r in revisions if str(r.number) == asked), None)
    if asked and shown is None:
        raise NotFound()
    shown = shown or case.revision
    documents = Document.objects.visible_to(me(request)).filter(aggregate=ref(case.application))
    context = {
        "revisions": revisions,
        "shown": shown,
        "changes": [
            Change(section_name(entry["path"]), _plain(entry.get("before")), _plain(entry.get("after")))
            for entry in shown.difference
        ],
        "items": shown.items.all(),
        "parties": shown.parties.all(),
        "legs": shown.legs.all(),
        "sections": shown.dossier,
        "words": in_words(shown.dossier),
        "documents": documents,
    }
    return case_page(request, case, "dossier", "dossier.html", context)


@login_required
@require_GET
def dossier_file(request: HttpRequest, reference: str) -> HttpResponse:
    """The dossier in hand as JSON: what a question of a blind match is made from (docs/blind-match.md)."""
    case = case_of(request, reference)
    answer = JsonResponse(case.revision.dossier, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="{case.reference}.json"'
    return answer


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_plain(entry) for entry in value)
    return "" if value is None else str(value)


@login_required
@require_GET
def document(request: HttpRequest, reference: str, uid: UUID) -> FileResponse:
    """Hand out a document of the case, always as an attachment."""
    case = case_of(request, reference)
    found = Document.objects.visible_to(me(request)).filter(aggregate=ref(case.application), uid=uid).first()
    if found is None:
        raise NotFound()
    return FileResponse(
        correspondence.open_document(found),
        as_attachment=True,
        filename=found.name,
        content_type="application/octet-stream",
    )


@login_required
@require_GET
def consultations(request: HttpRequest, reference: str) -> HttpResponse:
    case = case_of(request, reference)
    user = me(request)
    tiers = selectors.consultations(user, case)
    opened = prepositions.opened_in(user, case)
    for position in (position for tier in tiers for asked in tier.asked for position in asked.positions):
        position.beforehand = opened.get(position.pk, "")  # type: ignore[attr-defined]
    waiting = [
        asked.consultation
        for tier in tiers
        for asked in tier.asked
        if asked.consultation.status == Consultation.Status.OPEN
    ]
    context = {
        "tiers": tiers,
        "claimable": {one.pk for one in waiting if case_policies.can_claim_consultation(user, one)},
        "acknowledgeable": {one.pk for one in waiting if case_policies.can_acknowledge(user, one)},
        "takeable": {one.pk for one in waiting if case_policies.can_take_consultation(user, one)},
        "me": user,
        "checks": UndercutCheck.objects.visible_to(user)  # type: ignore[attr-defined]
        .filter(case=case)
        .select_related("denial", "jurisdiction"),
    }
    return case_page(request, case, "consultations", "consultations.html", context)


@login_required
@require_GET
def questions(request: HttpRequest, reference: str) -> HttpResponse:
    case = case_of(request, reference)
    user = me(request)
    rows: list[Any] = list(
        case.information_requests.select_related("asked_by__authority", "answered_by", "stop")
    )
    for row in rows:
        row.case = case
        row.reason = QUESTIONS[row.reason_code].label
        row.may_withdraw = information_policies.can_withdraw(user, row).allowed
    context = {"questions": rows, "verdict": information_policies.can_ask(user, case)}
    return case_page(request, case, "questions", "questions.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    """Put a question to the exporter."""
    case = case_of(request, reference)
    form = AskForm(posted(request), granted=case.status == Case.Status.PROVISIONAL)
    if form.is_bound and form.is_valid():
        answers = form.arguments()

        def act() -> None:
            information.ask(actor=me(request), case=case, **answers)

        if attempt(form, act) is True:
            return done(request, _("The question is with the exporter."), "workbench:questions", reference)
    context = {"form": form, "verdict": information_policies.can_ask(me(request), case)}
    return case_page(request, case, "questions", "ask.html", context, 422 if form.is_bound else 200)


@login_required
@require_POST
def withdraw_question(request: HttpRequest, uid: UUID) -> HttpResponse:
    found = selectors.question(me(request), uid)
    information.withdraw_request(actor=me(request), request=found)
    return done(request, _("The question is withdrawn."), "workbench:questions", found.case.reference)


@login_required
@require_http_methods(["GET", "POST"])
def notes(request: HttpRequest, reference: str) -> HttpResponse:
    """Read and write the internal notes of one's own jurisdiction."""
    case = case_of(request, reference)
    user = me(request)
    form = NoteForm(posted(request))
    if form.is_bound and form.is_valid():

        def act() -> None:
            cases.add_note(actor=user, case=case, **form.cleaned_data)

        if attempt(form, act) is True:
            return done(request, _("The note is kept."), "workbench:notes", reference)
    context = {
        "form": form,
        "notes": selectors.notes(user, case),
        "verdict": case_policies.can_note(user, case),
    }
    return case_page(request, case, "notes", "notes.html", context, 422 if form.is_bound else 200)


@login_required
@require_GET
def timeline(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what happened, newest first, as far as the reader may know it."""
    case = case_of(request, reference)
    events = messages.timeline_of(me(request), case).order_by("-pk")
    context = {"page": lists.page_of(request, events, EVENTS_A_PAGE)}
    return case_page(request, case, "timeline", "timeline.html", context)


@login_required
@require_GET
def clock(request: HttpRequest, reference: str) -> HttpResponse:
    """Give the time left again, for the page that counts it down."""
    case = case_of(request, reference)
    due = selectors.due_instants(case)
    return render(request, "workbench/clock.html", {"case": case, "next_due": due[0] if due else None})


@login_required
@require_GET
def present(request: HttpRequest, reference: str) -> HttpResponse:
    """Say again who else looks at the case."""
    case = case_of(request, reference)
    return render(
        request, "workbench/present.html", {"case": case, "present": presence.look(case, me(request))}
    )


# Acts ----------------------------------------------------------------------------------------------------


@login_required
@require_POST
def claim(request: HttpRequest, reference: str) -> HttpResponse:
    cases.claim(actor=me(request), case=case_of(request, reference))
    return done(request, _("The case is yours."), "workbench:case", reference)


@login_required
@require_POST
def take_over(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a case over from the colleague who claimed it."""
    case, user = case_of(request, reference), me(request)
    cases.reassign(actor=user, case=case, officer=user)
    return done(request, _("The case is yours."), "workbench:case", reference)


@login_required
@require_POST
def release(request: HttpRequest, reference: str) -> HttpResponse:
    cases.release(actor=me(request), case=case_of(request, reference))
    return done(request, _("The case is back in the queue."), "workbench:case", reference)


@login_required
@require_http_methods(["GET", "POST"])
def reassign(request: HttpRequest, reference: str) -> HttpResponse:
    """Give the case to another officer of the lead."""
    case = case_of(request, reference)
    form = ReassignForm(posted(request), case=case)
    if form.is_bound and form.is_valid():
        officer = form.cleaned_data["officer"]

        def act() -> None:
            cases.reassign(actor=me(request), case=case, officer=officer)

        if attempt(form, act) is True:
            told = _("The case is with %(name)s now.") % {"name": officer.name}
            return done(request, told, "workbench:case", reference)
    context = {
        "form": form,
        "title": _("Reassign the case"),
        "button": _("Reassign"),
        "verdict": case_policies.can_reassign(me(request), case),
    }
    return case_page(request, case, "case", "act.html", context, 422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
def refer_up(request: HttpRequest, reference: str) -> HttpResponse:
    """Send the case one tier up now."""
    case = case_of(request, reference)
    form = ReasonForm(posted(request))
    if form.is_bound and form.is_valid():

        def act() -> None:
            ladder_steps.refer_up(actor=me(request), case=case, **form.cleaned_data)

        if attempt(form, act) is True:
            return done(request, _("The case has gone one tier up."), "workbench:case", reference)
    context = {
        "form": form,
        "title": _("Refer up one tier"),
        "told": _("The next tier is asked at once, with a fresh window. Windows still open go on."),
        "button": _("Refer up"),
    }
    return case_page(request, case, "case", "act.html", context, 422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
def appeal(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the case one tier up against what the tier decided."""
    case = case_of(request, reference)
    form = ReasonForm(posted(request))
    if form.is_bound and form.is_valid():

        def act() -> None:
            appeals.appeal(actor=me(request), case=case, **form.cleaned_data)

        if attempt(form, act) is True:
            return done(request, _("The case has gone one tier up."), "workbench:case", reference)
    context = {
        "form": form,
        "title": _("Appeal"),
        "told": _("The tier decided otherwise than your authority said. The next tier is asked at once."),
        "button": _("Appeal"),
    }
    return case_page(request, case, "case", "act.html", context, 422 if form.is_bound else 200)


@login_required
@require_POST
def confirm_routing(request: HttpRequest, reference: str) -> HttpResponse:
    routing.confirm_routing(actor=me(request), case=case_of(request, reference))
    return done(request, _("The way of the case is confirmed."), "workbench:case", reference)
