"""Whether a licence holds, for anyone who has its number: the target of its QR code."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.errors import Invalid
from licensing.credentials.verdicts import STATES
from licensing.services.licences import Verification
from licensing.services.licences import verification as verify
from members.models import Role
from members.selectors import jurisdictions
from public.forms import CredentialForm, NumberForm
from public.limits import at_most


def answer(status: str) -> tuple[str, str, str]:
    """Return the tone, the heading and the plain sentence of a status."""
    found = STATES.get(status)
    if found is not None and status != "unknown":
        return found.tone, str(found.title), str(found.says)
    return (
        "bad",
        _("No licence has this number"),
        _("Check the number against the licence. If it is right, the licence was not issued here."),
    )


@require_safe
def ask(request: HttpRequest) -> HttpResponse:
    form = NumberForm(request.GET if "number" in request.GET else None)
    if form.is_bound and form.is_valid():
        return redirect("public:verification", number=form.cleaned_data["number"])
    context = {"form": form, "credential_form": CredentialForm()}
    return render(request, "public/verify.html", context, status=422 if form.is_bound else 200)


@require_safe
@never_cache
@partial(at_most, 60)
def result(request: HttpRequest, number: str) -> HttpResponse:
    try:
        found = verify(number, member=_where(request))
    except Invalid as error:
        if request.GET.get("format") == "json":
            return JsonResponse({"errors": error.fields}, status=422)
        raise
    status = 404 if found.status == "unknown" else 200
    if request.GET.get("format") == "json":
        return JsonResponse(_facts(found), status=status)
    tone, heading, sentence = answer(found.status)
    context = {
        "found": found,
        "tone": tone,
        "heading": heading,
        "sentence": sentence,
        "members": jurisdictions(),
    }
    return render(request, "public/verification.html", context, status=status)


def _where(request: HttpRequest) -> str:
    """The member it is asked for; customs who are signed in ask for their own."""
    user: Any = request.user
    own = user.jurisdiction_code if user.is_authenticated and Role.CUSTOMS_OFFICER in user.roles else ""
    return request.GET.get("member", own or "")


def _facts(found: Verification) -> dict[str, object]:
    return {
        "number": found.number,
        "status": found.status,
        "issued_by": found.issuer.code if found.issuer else None,
        "valid_from": found.valid_from.isoformat() if found.valid_from else None,
        "valid_until": found.valid_until.isoformat() if found.valid_until else None,
        "territory": list(found.territory),
        "edition": found.edition,
        "member": found.member,
        "reason": found.reason,
        "takes_effect_at": found.takes_effect_at.isoformat() if found.takes_effect_at else None,
        "provisional": found.confirm_by is not None,
        "confirm_by": found.confirm_by.isoformat() if found.confirm_by else None,
    }
