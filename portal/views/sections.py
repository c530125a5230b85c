"""Writing a draft: the task list and one page per question group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.errors import Invalid, NotFound
from core.models import ref
from core.policies import require
from correspondence.models import Document
from licensing import dossier as dossiers
from licensing.models import Application
from licensing.policies import applications as policies
from licensing.services import applications
from pages.answers import posted
from pages.forms import named
from pages.parts import Row, Task
from portal.forms import answers
from portal.forms import dossier as forms
from portal.forms.emergency import EmergencyForm
from portal.forms.ground import GroundForm
from portal.views.base import ExporterRequest, exporters_only, form_status, own_application

#: One-page sections: title and form.
PAGES: dict[str, tuple[Any, type[forms.SectionForm]]] = {
    "about": (gettext_lazy("About this application"), forms.AboutForm),
    "end_use": (gettext_lazy("End-use"), forms.EndUseForm),
    "route": (gettext_lazy("Route"), forms.RouteForm),
    "ground": (gettext_lazy("Crisis or humanitarian ground"), GroundForm),
    "emergency": (gettext_lazy("Emergency handling"), EmergencyForm),
    "commercial": (gettext_lazy("Payment"), forms.CommercialForm),
}
#: Sections of several entries: title, form, what one entry is called.
LISTS: dict[str, tuple[Any, type[forms.SectionForm], Any]] = {
    "items": (gettext_lazy("Items"), forms.ItemForm, gettext_lazy("item")),
    "parties": (gettext_lazy("Parties"), forms.PartyForm, gettext_lazy("party")),
}
ORDER = ("about", "items", "parties", "end_use", "route", "documents", "ground", "emergency", "commercial")
#: Question groups that may be left out.
OPTIONAL = ("documents", "emergency")


STATUSES: dict[str, tuple[Any, Literal["done", "todo", "problem"]]] = {
    "complete": (gettext_lazy("Completed"), "done"),
    "to_mend": (gettext_lazy("To be corrected"), "problem"),
    "not_started": (gettext_lazy("Not started"), "todo"),
    "optional": (gettext_lazy("Optional"), "todo"),
}


def tasks(application: Application) -> list[Task]:
    """Return the question groups of a draft with how far each is."""
    found = []
    for name in ORDER:
        title = _("Documents") if name == "documents" else (PAGES.get(name) or LISTS[name])[0]
        label, state = STATUSES[_status(application, name)]
        found.append(Task(title, _href(application.reference, name), label, state))
    return found


def _href(reference: str, name: str) -> str:
    route = _url(name)
    return reverse(f"portal:{route}", args=[reference] if route == "documents" else [reference, name])


def _url(section: str) -> str:
    return "documents" if section == "documents" else "list" if section in LISTS else "section"


def _status(application: Application, section: str) -> str:
    draft = application.draft
    if section in OPTIONAL and not draft.get(section):
        return "optional"
    if section == "about":
        return "complete" if draft.get("title") else "not_started"
    if section not in draft and section != "documents":
        return "not_started"
    wrong = dossiers.check_section(section, draft.get(section), draft)
    return "to_mend" if wrong else "complete"


def _draft(request: ExporterRequest, reference: str) -> Application:
    application = own_application(request, reference)
    require(policies.can_edit, request.user, application)
    return application


def _value(application: Application, section: str) -> Any:
    if section == "about":
        return application.draft
    value = application.draft.get(section)
    return value if isinstance(value, dict) else {}


def autosaved(application: Application) -> HttpResponse:
    """Answer a save in the background: when it was, and the version to go on from."""
    told = _("Draft saved at %(time)s.") % {"time": f"{application.saved_at:%H:%M:%S} UTC"}
    return HttpResponse(
        told, content_type="text/plain", headers={"X-Draft-Version": str(application.draft_version)}
    )


def with_version(typed: QueryDict, application: Application) -> QueryDict:
    """Return what was typed with the version it was just saved as, so that it can be saved again."""
    found = typed.copy()
    found["version"] = str(application.draft_version)
    return found


@exporters_only
def section(request: ExporterRequest, reference: str, section: str) -> HttpResponse:
    """Ask one question group; what was typed is kept even where it has to be mended."""
    if section not in PAGES:
        raise Http404
    application = _draft(request, reference)
    title, form_class = PAGES[section]
    if request.method == "POST":
        form = form_class(request.POST)
        if form.is_valid():
            data = form.to_data()
            content = data if section == "about" else {section: data}
            application = applications.replace_draft(
                actor=request.user,
                application=application,
                dossier=content,
                version=form.cleaned_data["version"],
            )
            if "X-Autosave" in request.headers:
                return autosaved(application)
            if section != "about":
                form.place(dossiers.check_section(section, data, application.draft), section)
            if "later" in request.POST or not form.errors:
                return redirect("portal:application", reference=reference)
            form.data = with_version(request.POST, application)
    else:
        initial = form_class.initial_from(_value(application, section))
        form = form_class(initial={**initial, "version": application.draft_version})
    context = {
        "application": application,
        "title": title,
        "form": form,
        "kept": form.is_bound and form.errors,
        "autosave": True,
    }
    return render(request, "portal/section.html", context, status=form_status(form))


def _entries(application: Application, section: str) -> list[dict[str, Any]]:
    value = application.draft.get(section)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


@exporters_only
def listing(request: ExporterRequest, reference: str, section: str) -> HttpResponse:
    """Show the items or parties of a draft, with what is missing as a whole."""
    if section not in LISTS:
        raise Http404
    application = _draft(request, reference)
    title, _form, noun = LISTS[section]
    entries = _entries(application, section)
    deficiencies = dossiers.check_section(section, application.draft.get(section), application.draft)
    wrong = {
        number
        for number in range(len(entries))
        for d in deficiencies
        if d.path.startswith(f"{section}[{number}]")
    }
    rows = [
        {
            "number": number + 1,
            "name": entry.get("description") or entry.get("name") or _("(no name yet)"),
            "detail": _detail(section, entry),
            "wrong": number in wrong,
        }
        for number, entry in enumerate(entries)
    ]
    general = [d.message for d in deficiencies if d.path == section]
    context = {
        "application": application, "title": title, "noun": noun, "section": section, "rows": rows,
        "general": general,
    }  # fmt: skip
    return render(request, "portal/list.html", context)


def _detail(section: str, entry: dict[str, Any]) -> str:
    if section == "items":
        return " ".join(str(entry.get(key) or "") for key in ("quantity", "unit", "control_code")).strip()
    role = forms.ROLE_LABELS.get(str(entry.get("role")))
    if entry.get("role") == "owner" and entry.get("owns"):
        return _("%(share)s %% of %(party)s") % {"share": entry.get("share") or "?", "party": entry["owns"]}
    return f"{str(role).partition(':')[0] if role else ''} {entry.get('country') or ''}".strip()


@exporters_only
def entry(request: ExporterRequest, reference: str, section: str, number: int | None = None) -> HttpResponse:
    """Add or change one item or party."""
    if section not in LISTS:
        raise Http404
    application = _draft(request, reference)
    form_class = LISTS[section][1]
    entries = _entries(application, section)
    if number is not None and not 1 <= number <= len(entries):
        raise NotFound()
    index = len(entries) if number is None else number - 1
    action = ""
    if request.method == "POST":
        form = form_class(request.POST)
        if form.is_valid():
            data = form.to_data()
            nothing = not any(form.cleaned_data[name] for name in form.cleaned_data if name != "version")
            if nothing and number is None and "X-Autosave" not in request.headers:
                return _nothing_said(request, application, section, form)
            if section == "items":
                used = [e.get("line") for n, e in enumerate(entries) if n != index]
                own = entries[index].get("line") if number is not None else None
                data["line"] = own or max((line for line in used if isinstance(line, int)), default=0) + 1
            entries = [*entries[:index], data, *entries[index + 1 :]]
            application = applications.replace_draft(
                actor=request.user,
                application=application,
                dossier={section: entries},
                version=form.cleaned_data["version"],
            )
            if "X-Autosave" in request.headers:
                return autosaved(application)
            path = f"{section}[{index}]"
            deficiencies = dossiers.check_section(section, entries, application.draft)
            form.place((d for d in deficiencies if d.path.startswith(f"{path}.")), path)
            if "later" in request.POST or not form.errors:
                return redirect("portal:list", reference=reference, section=section)
            form.data = with_version(request.POST, application)
            action = reverse("portal:entry", args=[reference, section, index + 1])
    else:
        value = entries[index] if number is not None else {}
        initial = form_class.initial_from(value)
        form = form_class(initial={**initial, "version": application.draft_version})
    kept = bool(form.is_bound and form.errors)
    return _entry_page(request, application, section, form, number=number, action=action, kept=kept)


def _nothing_said(
    request: ExporterRequest, application: Application, section: str, form: forms.SectionForm
) -> HttpResponse:
    """Say what an entry needs, and keep nothing where nothing was written."""
    blank = form.to_data() | ({"line": 1} if section == "items" else {})
    form.place(dossiers.check_section(section, [blank], application.draft), f"{section}[0]")
    return _entry_page(request, application, section, form)


def _entry_page(
    request: ExporterRequest,
    application: Application,
    section: str,
    form: forms.SectionForm,
    *,
    number: int | None = None,
    action: str = "",
    kept: bool = False,
) -> HttpResponse:
    noun = LISTS[section][2]
    heading = (
        _("Change the %(noun)s")
        if number
        else _("Add an %(noun)s")
        if section == "items"
        else _("Add a %(noun)s")
    )
    context = {
        "application": application, "title": heading % {"noun": noun}, "form": form, "back_section": section,
        "kept": kept, "action": action, "autosave": number is not None,
    }  # fmt: skip
    return render(request, "portal/section.html", context, status=form_status(form))


@require_POST
@exporters_only
def remove(request: ExporterRequest, reference: str, section: str, number: int) -> HttpResponse:
    """Take an item or party off the draft."""
    if section not in LISTS:
        raise Http404
    application = _draft(request, reference)
    entries = _entries(application, section)
    if not 1 <= number <= len(entries):
        raise NotFound()
    del entries[number - 1]
    applications.save_section(actor=request.user, application=application, section=section, data=entries)
    return redirect("portal:list", reference=reference, section=section)


@exporters_only
def documents(request: ExporterRequest, reference: str) -> HttpResponse:
    """Attach files and take them off."""
    application = _draft(request, reference)
    form = answers.DocumentForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            applications.attach_document(
                actor=request.user,
                application=application,
                upload=upload,
                filename=upload.name or "",
                kind=form.cleaned_data["kind"],
            )
            messages.success(request, _("The document is attached."))
            return redirect("portal:documents", reference=reference)
        except Invalid as error:
            form.add_error("file", error.detail)
    attached = Document.objects.visible_to(request.user).filter(aggregate=ref(application))  # type: ignore[attr-defined]
    context = {
        "application": application,
        "form": form,
        "documents": attached,
        "kinds": answers.DOCUMENT_KINDS,
    }
    return render(request, "portal/documents.html", context, status=form_status(form))


@require_POST
@exporters_only
def detach(request: ExporterRequest, reference: str, uid: str) -> HttpResponse:
    application = _draft(request, reference)
    document = Document.objects.visible_to(request.user).filter(uid=uid).first()  # type: ignore[attr-defined]
    if document is None or document.aggregate != ref(application):
        raise NotFound()
    applications.detach_document(actor=request.user, application=application, document=document)
    return redirect("portal:documents", reference=reference)


@exporters_only
def check(request: ExporterRequest, reference: str) -> HttpResponse:
    """Check your answers, declare and submit."""
    application = _draft(request, reference)
    form = forms.DeclarationForm(posted(request))
    deficiencies = [d for d in dossiers.check(application.draft) if not d.path.startswith("declaration")]
    if request.method == "POST" and form.is_valid():
        declaration = form.to_data()
        wrong = dossiers.check_section("declaration", declaration, application.draft)
        form.place(wrong, "declaration")
        if not form.errors and not deficiencies:
            require(policies.can_submit, request.user, application)
            applications.submit(actor=request.user, application=application, declaration=declaration)
            return redirect("portal:confirmation", reference=reference)
    allowed = policies.can_submit(request.user, application)
    context = {
        "application": application,
        "form": form,
        "groups": summary(application),
        "deficiencies": [(*_page_of(reference, d.path), _said(d)) for d in deficiencies],
        "allowed": allowed,
    }
    wrong_status = 422 if request.method == "POST" else 200
    return render(request, "portal/check.html", context, status=wrong_status)


def _page_of(reference: str, path: str) -> tuple[str, str]:
    """Return the address of the page on which a deficiency is mended, and what that page is called."""
    name, _bracket, rest = path.split(".")[0].partition("[")
    if name in LISTS and rest:
        number = int(rest.partition("]")[0]) + 1
        return reverse("portal:entry", args=[reference, name, number]), f"{LISTS[name][0]}: {number}"
    name = "about" if name in dossiers.TOP_TEXTS or name not in ORDER else name
    title = _("Documents") if name == "documents" else (PAGES.get(name) or LISTS[name])[0]
    return _href(reference, name), str(title)


def _said(item: dossiers.Deficiency) -> str:
    """Return what is to be mended with the question it concerns, as the list of a form says it."""
    path, _dot, _rest = item.path.partition(".")
    name = path.partition("[")[0]
    form_class = LISTS[name][1] if name in LISTS else PAGES.get(name, PAGES["about"])[1]
    field = form_class.base_fields.get(form_class.field_of(item, path if _dot else ""))
    return named(str(field.label), forms.told(item)) if field else item.message


def summary(application: Application) -> list[tuple[str, list[Row]]]:
    """Return every answer by group, each with the link that changes it."""
    reference, draft = application.reference, application.draft
    found: list[tuple[str, list[Row]]] = []
    for name, (title, form_class) in PAGES.items():
        form = form_class(initial=form_class.initial_from(_value(application, name)))
        found.append((str(title), list(rows(form, _href(reference, name)))))
        if name == "about":
            for several, (title_of, entry_form, _noun) in LISTS.items():
                for number, value in enumerate(_entries(application, several), start=1):
                    href = reverse("portal:entry", args=[reference, several, number])
                    filled = entry_form(initial=entry_form.initial_from(value))
                    found.append((f"{title_of}: {number}", list(rows(filled, href))))
    documents = [
        str(entry.get("name") or "") for entry in draft.get("documents") or [] if isinstance(entry, dict)
    ]
    found.append(
        (
            _("Documents"),
            [
                Row(
                    _("Attached"),
                    "\n".join(documents) or _("None"),
                    _href(reference, "documents"),
                    _("Change"),
                )
            ],
        )
    )
    return found


def rows(form: forms.SectionForm, href: str) -> Iterator[Row]:
    """Yield question and answer of a filled form; unanswered questions that may stay so are left out."""
    for bound in form.visible_fields():
        value = bound.value()
        if value in (None, "", [], False):
            continue
        choices = {str(key): str(label) for key, label in getattr(bound.field, "choices", [])}
        said = value if isinstance(value, list) else [value]
        text = "\n".join(choices.get(str(entry), _("Yes") if entry is True else str(entry)) for entry in said)
        yield Row(str(bound.label), text, href, _("Change"))
