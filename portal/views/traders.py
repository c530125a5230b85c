"""Being a trusted trader: the parts of the application, the standing with its score, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Invalid, NotFound
from core.models import ref
from correspondence.models import Document
from exemptions import icp, trust
from exemptions import trader_policies as policies
from exemptions.models import TrustedTrader
from licensing import trusted
from licensing.services import trader_standing, traders
from members.models import Organisation
from pages.answers import posted, refuse
from pages.forms import EntenteForm
from pages.parts import Task
from portal.forms.traders import CertificateForm, ElementForm, EndForm, RegainForm
from portal.views.base import ExporterRequest, exporters_only, form_status


def _own(request: ExporterRequest, uid: UUID) -> tuple[Organisation, TrustedTrader | None]:
    rows = Organisation.objects.visible_to(request.user)  # type: ignore[attr-defined]
    found = rows.filter(uid=uid, pk__in=request.user.organisation_ids).select_related("jurisdiction").first()
    if found is None:
        raise NotFound()
    standing = TrustedTrader.objects.visible_to(request.user).filter(organisation=found)  # type: ignore[attr-defined]
    return found, standing.select_related("organisation", "suspended_in").first()


def _begun(request: ExporterRequest, uid: UUID) -> TrustedTrader:
    trader = _own(request, uid)[1]
    if trader is None:
        raise NotFound()
    return trader


@require_safe
@exporters_only
def listing(request: ExporterRequest) -> HttpResponse:
    """The person's organisations, each with its standing."""
    rows = Organisation.objects.visible_to(request.user).filter(pk__in=request.user.organisation_ids)  # type: ignore[attr-defined]
    own = list(rows.select_related("trust").order_by("name", "pk")[:50])
    if len(own) == 1:
        return redirect("portal:trusted-of", own[0].uid)
    return render(request, "portal/trusted.html", {"rows": own})


@require_safe
@exporters_only
def standing(request: ExporterRequest, uid: UUID) -> HttpResponse:
    """Where an organisation stands: what comes next, its score line by line, and what a higher level asks for."""
    return _page(request, uid)


def _page(
    request: ExporterRequest,
    uid: UUID,
    name: str = "",
    form: EntenteForm | None = None,
    status: int = 200,
    unsent: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    organisation, trader = _own(request, uid)
    record = trusted.record_of(organisation)
    score = trust.score_of(record)
    level = trusted.standing_of(trader, score) if trader else trusted.Standing(0)
    audit = trader.audits.exclude(decision="").first() if trader else None
    editable = policies.can_fill(request.user, organisation, trader)
    context = {
        "organisation": organisation,
        "trader": trader,
        "record": record,
        "score": score,
        "standing": level,
        "bound": trust.BOUND,
        "levels": [(one, _short(one, trader, record, audit)) for one in reversed(trust.LEVELS)],
        "formula": trust.formula(),
        "audit": audit,
        "remarks": _remarks(audit.findings) if audit else [],
        "may_fill": editable,
        "tasks": _tasks(trader) if trader and trader.status == "draft" else [],
        "missing": traders.unfinished(trader) if trader and trader.status == "draft" else {},
        "may_apply": bool(trader and policies.can_apply(request.user, trader)),
        "may_regain": bool(trader and policies.can_ask_to_regain(request.user, trader)),
        "may_end": bool(trader and policies.can_end(request.user, trader)),
        "regain": form if name == "regain" else RegainForm(auto_id="regain_%s"),
        "give_up": form if name == "end" else EndForm(auto_id="end_%s"),
        "wrong": form,
        "unsent": unsent or [],
        "source": icp.questionnaire().source,
    }
    return render(request, "portal/trusted_standing.html", context, status=status)


def _short(
    level: trust.Level, trader: TrustedTrader | None, record: trust.Record, audit: object
) -> list[str]:
    """What a level asks for beyond what the platform knows now; before an audit nothing is said of that."""
    aeo = bool(trader and trader.aeo_number)
    return trust.falls_short(level, getattr(audit, "score", trust.WHOLE), record, aeo)


def _remarks(findings: dict[str, dict[str, str]]) -> list[tuple[str, str, str]]:
    return [
        (one.title, findings[one.key]["finding"], findings[one.key]["remark"])
        for one in icp.questionnaire().elements
        if findings.get(one.key, {}).get("finding") not in (None, "met")
    ]


def _tasks(trader: TrustedTrader) -> list[Task]:
    uid = trader.organisation.uid
    missing = traders.unfinished(trader)
    found = []
    for one in icp.questionnaire().elements:
        begun, whole = bool(trader.answers.get(one.key)), one.key not in missing
        told = _("Completed") if whole else _("Begun") if begun else _("Not started")
        href = reverse("portal:trusted-part", args=[uid, one.key])
        found.append(Task(one.title, href, told, "done" if whole else "todo"))
    told = (
        _("Optional") if not trader.aeo_number else _("File missing") if "aeo" in missing else _("Completed")
    )
    state = "problem" if "aeo" in missing else "done" if trader.aeo_number else "todo"
    href = reverse("portal:trusted-certificate", args=[uid])
    hint = _("Levels 2 and 3 ask for it.")
    return [*found, Task(_("Authorised economic operator"), href, told, state, hint)]  # type: ignore[arg-type]


@require_POST
@exporters_only
def begin(request: ExporterRequest, uid: UUID) -> HttpResponse:
    """Begin to answer, or anew."""
    organisation, _trader = _own(request, uid)
    traders.begin(actor=request.user, organisation=organisation)
    return redirect("portal:trusted-of", uid)


@require_http_methods(["GET", "HEAD", "POST"])
@exporters_only
def part(request: ExporterRequest, uid: UUID, element: str) -> HttpResponse:
    """Answer the questions of one element."""
    trader = _begun(request, uid)
    asked = icp.questionnaire().element(element)
    if asked is None:
        raise NotFound()
    form = ElementForm(posted(request), element=asked, initial=trader.answers.get(element) or {})
    if request.method == "POST" and form.is_valid():
        try:
            traders.answer(actor=request.user, trader=trader, element=element, given=form.cleaned_data)
        except Invalid as error:
            refuse(form, error)
        else:
            left = icp.wrong_with(asked, form.cleaned_data)
            told = _("Kept. %(count)d answers are still open here.") % {"count": len(left)}
            messages.success(request, told if left else _("Kept."))
            return redirect("portal:trusted-of", uid)
    context = {"trader": trader, "asked": asked, "form": form}
    return render(request, "portal/trusted_part.html", context, status=form_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@exporters_only
def certificate(request: ExporterRequest, uid: UUID) -> HttpResponse:
    """Give the certificate of an authorised economic operator."""
    trader = _begun(request, uid)
    form = CertificateForm(posted(request), request.FILES or None, initial={"number": trader.aeo_number})
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            traders.certify(
                actor=request.user,
                trader=trader,
                number=form.cleaned_data["number"],
                upload=upload,
                filename=upload.name if upload else "",
            )
        except Invalid as error:
            refuse(form, error)
        else:
            messages.success(request, _("Kept."))
            return redirect("portal:trusted-of", uid)
    documents = Document.objects.visible_to(request.user).filter(aggregate=ref(trader))  # type: ignore[attr-defined]
    context = {"trader": trader, "form": form, "documents": documents}
    return render(request, "portal/trusted_certificate.html", context, status=form_status(form))


def _unsent(uid: UUID, error: Invalid) -> list[tuple[str, str]]:
    """Where each part is finished that is not, and what is said of it."""
    found = []
    for key, (said, *_more) in error.fields.items():
        name = "trusted-certificate" if key == "aeo" else "trusted-part"
        found.append((reverse(f"portal:{name}", args=[uid] if key == "aeo" else [uid, key]), said))
    return found


@require_POST
@exporters_only
def apply(request: ExporterRequest, uid: UUID) -> HttpResponse:
    """Send the answers; each part that is not whole is named on the page."""
    trader = _begun(request, uid)
    try:
        traders.apply(actor=request.user, trader=trader)
    except Invalid as error:
        return _page(request, uid, status=422, unsent=_unsent(uid, error))
    messages.success(request, _("It is sent. An inspector takes it and visits you."))
    return redirect("portal:trusted-of", uid)


@require_POST
@exporters_only
def regain(request: ExporterRequest, uid: UUID) -> HttpResponse:
    """Say what was mended, so that an inspector looks again."""
    trader, form = _begun(request, uid), RegainForm(posted(request), auto_id="regain_%s")
    said = _("It is sent. An inspector looks; until another person has decided, nothing is faster.")
    act = lambda: trader_standing.ask_to_regain(actor=request.user, trader=trader, **form.cleaned_data)  # noqa: E731
    return _done(request, uid, "regain", form, act, said)


@require_POST
@exporters_only
def give_up(request: ExporterRequest, uid: UUID) -> HttpResponse:
    """Give the standing, or the application, up."""
    trader, form = _begun(request, uid), EndForm(posted(request), auto_id="end_%s")
    act = lambda: trader_standing.end(actor=request.user, trader=trader, **form.cleaned_data)  # noqa: E731
    return _done(request, uid, "end", form, act, _("It has ended."))


def _done(
    request: ExporterRequest, uid: UUID, name: str, form: EntenteForm, act: Callable[[], object], told: str
) -> HttpResponse:
    if form.is_valid():
        try:
            act()
        except Invalid as error:
            refuse(form, error)
        else:
            messages.success(request, told)
            return redirect("portal:trusted-of", uid)
    return _page(request, uid, name, form, 422)
