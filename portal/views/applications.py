"""Applications: the dashboard, an application's own page, questions, withdrawing and copying."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alliance.measures import Effect
from core.errors import Invalid, NotFound
from core.models import ref
from correspondence import services as correspondence
from correspondence.models import Document
from escalation.selectors import expected
from ledger import selectors as ledger
from licensing import dossier as dossiers
from licensing import waived
from licensing.models import Application, Case, InformationRequest, Licence
from licensing.policies import applications as policies
from licensing.selectors import emergencies
from licensing.selectors.standings import standing
from licensing.services import applications, information
from licensing.stops import QUESTIONS
from members.models import Mandate, Mandated, Organisation
from pages.answers import posted
from pages.lists import page_of
from pages.parts import Step
from portal.forms.answers import AidAnswersForm, AnswerForm
from portal.views import sections
from portal.views.base import ExporterRequest, act_for, exporters_only, form_status, own_application


@require_safe
@exporters_only
def dashboard(request: ExporterRequest) -> HttpResponse:
    """List the applications of the person's organisations, newest first."""
    found = Application.objects.visible_to(request.user).select_related("organisation", "case")  # type: ignore[attr-defined]
    held = request.user.mandated(Mandated.DRAFT)
    text = request.GET.get("q", "").strip()[:100]
    if text:
        found = found.filter(
            Q(reference__iexact=text)
            | Q(case__reference__iexact=text)
            | Q(own_reference__icontains=text)
            | Q(draft__title__icontains=text)
            | Q(case__licence__in=Licence.objects.visible_to(request.user).filter(number__iexact=text))  # type: ignore[attr-defined]
            | Q(revisions__parties__name__icontains=text)
        ).distinct()
    page = page_of(request, found)
    waiting = (
        InformationRequest.objects.visible_to(request.user)
        .filter(  # type: ignore[attr-defined]
            status=InformationRequest.Status.OPEN
        )
        .select_related("case__application")
    )
    organisations = Organisation.objects.visible_to(request.user)
    mandates = Mandate.objects.visible_to(request.user).filter(pk__in=held).select_related("principal")
    context = {
        "page": page, "q": text, "waiting": waiting, "organisations": organisations,
        "mandates": mandates if held else [],
    }  # fmt: skip
    return render(request, "portal/dashboard.html", context)


@require_POST
@exporters_only
def start(request: ExporterRequest) -> HttpResponse:
    """Start a draft for one of the person's organisations, or for an exporter under a mandate."""
    organisation, mandate = _chosen(request)
    application = applications.start(actor=request.user, organisation=organisation, mandate=mandate)
    return redirect("portal:application", reference=application.reference)


def _chosen(request: ExporterRequest) -> tuple[Organisation, Mandate | None]:
    """Return for whom a draft is started: an organisation of the person's by its uid, or, by the reference of a
    mandate, the exporter that gave it."""
    own = Organisation.objects.visible_to(request.user)
    chosen = (request.POST.get("organisation") or "")[:36]
    if chosen.startswith("MD-"):
        held = Mandate.objects.visible_to(request.user).select_related("principal__jurisdiction", "agent")
        mandate = held.filter(reference=chosen).first()
        if mandate is None:
            raise NotFound()
        return mandate.principal, mandate
    organisation = own.filter(uid=chosen).first() if chosen and len(chosen) == 36 else own.first()
    if organisation is None:
        raise NotFound()
    return organisation, None


@require_http_methods(["GET", "HEAD", "POST"])
@exporters_only
def aid(request: ExporterRequest) -> HttpResponse:
    """Start a draft with the answers of "Is this aid?" filled in; after signing in, show that answer again."""
    if request.method != "POST":
        return redirect(f"{reverse('public:aid-answer')}?{request.GET.urlencode()}")
    form = AidAnswersForm(request.POST)
    if not form.is_valid():
        raise Invalid(
            _("Answer the questions once more: one of the answers is not among those offered."),
            fields={name: [str(text) for text in texts] for name, texts in form.errors.items()},
        )
    organisation, mandate = _chosen(request)
    application = applications.start(
        actor=request.user, organisation=organisation, mandate=mandate, dossier=form.to_dossier()
    )
    messages.success(request, _("Your answers are filled in. Say in “Ground” why the help is needed."))
    return redirect("portal:application", reference=application.reference)


@require_safe
@exporters_only
def application(request: ExporterRequest, reference: str) -> HttpResponse:
    """A draft's task list, or where a registered application stands."""
    found = own_application(request, reference)
    if found.status == Application.Status.DRAFT:
        rows = sections.tasks(found)
        context: dict[str, Any] = {
            "application": found,
            "tasks": rows,
            "done": sum(row.state == "done" for row in rows),
            "required": sum(str(row.status) != str(sections.STATUSES["optional"][0]) for row in rows),
            "allowed": policies.can_submit(request.user, found),
        }
        return render(request, "portal/task_list.html", context)
    case = (
        Case.objects.visible_to(request.user)
        .filter(application=found)
        .select_related("lead", "revision")
        .first()
    )  # type: ignore[attr-defined]
    events = list(ledger.timeline(ref(case), request.user.audience)) if case else []
    licence = Licence.objects.visible_to(request.user).filter(case=case).first() if case else None  # type: ignore[attr-defined]
    decided = next((event for event in events if event.type == "case.decided"), None)
    later = decided.facts.get("takes_effect_at") if decided else None
    context = {
        "application": found,
        "case": case,
        "steps": _steps(case),
        "expected": expected(case) if case else None,
        "questions": case.information_requests.all() if case else [],
        "licence": licence,
        "licence_now": standing(licence) if licence else None,
        "decided": decided,
        "takes_effect_at": datetime.fromisoformat(later) if later else None,
        "bearings": waived.lifted(case, Effect, whole=False) if case and case.is_open else [],
        "events": events,
        "emergency": emergencies.of_case(case) if case else None,
        "revision": case.revision if case else None,
        "can_withdraw": policies.can_withdraw(request.user, found),
    }
    return render(request, "portal/application.html", context)


def _steps(case: Case | None) -> list[Step]:
    """Where the procedure stands, in four steps."""
    titles = [_("Registered"), _("Assessed"), _("In review"), _("Decided")]
    if case is None:
        return []
    at = 4 if case.status == Case.Status.DECIDED else 1 if case.routed_at is None else 2
    return [Step(title, "done" if n < at else "now" if n == at else "todo") for n, title in enumerate(titles)]


@require_safe
@exporters_only
def confirmation(request: ExporterRequest, reference: str) -> HttpResponse:
    """What was registered, and by when to expect an answer."""
    found = own_application(request, reference)
    case = Case.objects.visible_to(request.user).filter(application=found).select_related("lead").first()  # type: ignore[attr-defined]
    if case is None:
        raise NotFound()
    context = {
        "application": found,
        "case": case,
        "expected": expected(case),
        "emergency": emergencies.of_case(case),
    }
    return render(request, "portal/confirmation.html", context)


@exporters_only
def withdraw(request: ExporterRequest, reference: str) -> HttpResponse:
    """Ask whether to withdraw, then do so."""
    found = own_application(request, reference)
    if request.method == "POST":
        applications.withdraw(actor=request.user, application=found)
        messages.success(request, _("The application is withdrawn."))
        return redirect("portal:application", reference=reference)
    verdict = policies.can_withdraw(request.user, found)
    return render(request, "portal/withdraw.html", {"application": found, "verdict": verdict})


@require_POST
@exporters_only
def copy(request: ExporterRequest, reference: str) -> HttpResponse:
    """Start a new draft with the content of this application."""
    draft = applications.copy(actor=request.user, application=own_application(request, reference))
    messages.success(request, _("This is a copy. Check it, attach documents and declare it anew."))
    return redirect("portal:application", reference=draft.reference)


@exporters_only
def question(request: ExporterRequest, uid: str) -> HttpResponse:
    """Answer a question, with corrections to the sections it names."""
    asked = (
        InformationRequest.objects.visible_to(request.user)  # type: ignore[attr-defined]
        .filter(uid=uid)
        .select_related("case__application__mandate__agent", "case__revision")
        .first()
    )
    if asked is None:
        raise NotFound()
    act_for(request, asked.case.application)
    dossier = asked.case.revision.dossier
    form = AnswerForm(posted(request))
    correctable = [
        (name, *sections.PAGES[name]) for name in asked.fields if name in sections.PAGES and name != "about"
    ]
    parts = [
        (name, title, form_class(
            posted(request), prefix=name, initial=form_class.initial_from(dossier.get(name) or {})
        ))
        for name, title, form_class in correctable
    ]  # fmt: skip
    if request.method == "POST" and form.is_valid() and all(part.is_valid() for _n, _t, part in parts):
        changes = {}
        for name, _title, part in parts:
            data = part.to_data()
            if data != {key: dossier[name].get(key) for key in data}:
                changes[name] = {**dossier[name], **data}
        try:
            information.answer(
                actor=request.user, request=asked, answer=form.cleaned_data["answer"], changes=changes
            )
            messages.success(request, _("Your answer is sent."))
            return redirect("portal:application", reference=asked.case.application.reference)
        except Invalid as error:
            _place(form, parts, error)
    context = {
        "asked": asked,
        "form": form,
        "parts": parts,
        "application": asked.case.application,
        "reason": QUESTIONS[asked.reason_code],
    }
    bad = request.method == "POST"
    return render(request, "portal/question.html", context, status=422 if bad else form_status(form))


def _place(form: AnswerForm, parts: list[Any], error: Invalid) -> None:
    by_name = {name: part for name, _title, part in parts}
    for path, texts in error.fields.items():
        section, _dot, _rest = path.removeprefix("changes.").partition(".")
        section = section.split("[")[0]
        for text in texts:
            if section in by_name:
                deficiency = dossiers.Deficiency("", path.removeprefix("changes."), text)
                by_name[section].place([deficiency], section)
            else:
                form.add_error("answer", text)


@require_safe
def document(request: HttpRequest, uid: str) -> HttpResponse:
    """Hand a document out as an attachment, never shown inside a page."""
    if not request.user.is_authenticated:
        raise NotFound()
    found = Document.objects.visible_to(request.user).filter(uid=uid).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound()
    answer: HttpResponse = FileResponse(  # type: ignore[assignment]
        correspondence.open_document(found), as_attachment=True, filename=found.name,
        content_type="application/octet-stream",
    )  # fmt: skip
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
