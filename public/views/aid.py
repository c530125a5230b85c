"""Is this aid? Three questions and the answer of the decision table, and the table itself, for anyone."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from alliance import selectors
from alliance.aid import Row
from alliance.models import Bundle
from exemptions import guiding
from exemptions.grounds import Provider, Supply
from exemptions.telling import Said
from members.models import Organisation
from public.forms import AidForm, GoodsForm, PlaceForm, ProviderForm
from public.views.agreed import as_json, published

STEPS: tuple[tuple[str, type[AidForm]], ...] = (
    ("public:aid", ProviderForm),
    ("public:aid-goods", GoodsForm),
    ("public:aid-place", PlaceForm),
)
"""The pages before the answer, in their order."""


@require_safe
@never_cache
def provider(request: HttpRequest) -> HttpResponse:
    return _ask(request, 0)


@require_safe
@never_cache
def goods(request: HttpRequest) -> HttpResponse:
    return _ask(request, 1)


@require_safe
@never_cache
def place(request: HttpRequest) -> HttpResponse:
    return _ask(request, 2)


def _ask(request: HttpRequest, step: int) -> HttpResponse:
    """Ask one question; what was answered before goes along in the address, so that nothing is asked twice."""
    if (unanswered := _unanswered(request.GET, step)) is not None:
        return _to(STEPS[unanswered][0], request.GET)
    form_class = STEPS[step][1]
    asked = "ask" in request.GET  # the form of this very page was sent
    form = form_class(request.GET if asked else None, initial=_initial(request))
    if asked and form.is_valid():
        following = STEPS[step + 1][0] if step + 1 < len(STEPS) else "public:aid-answer"
        return _to(following, request.GET, form.cleaned_data)
    context = {
        "form": form,
        "step": step + 1,
        "steps": len(STEPS) + 1,
        "carried": [
            (name, value) for name, value in _answers(request.GET).items() if name not in form.fields
        ],
        "back": _address(STEPS[step - 1][0], request.GET) if step else "",
    }
    return render(request, "public/aid.html", context, status=422 if form.errors else 200)


def _unanswered(given: QueryDict, before: int) -> int | None:
    """Return the first question before a step that has no good answer yet."""
    return next((n for n in range(before) if not STEPS[n][1](given).is_valid()), None)


def _answers(given: QueryDict) -> dict[str, str]:
    names = [name for _url, form in STEPS for name in form.base_fields]
    return {name: str(given[name])[:200] for name in names if given.get(name)}


def _address(url_name: str, given: QueryDict, more: dict[str, Any] | None = None) -> str:
    query, answered = QueryDict(mutable=True), {**_answers(given), **(more or {})}
    query.update({name: str(value) for name, value in answered.items() if value})
    return f"{reverse(url_name)}?{query.urlencode()}" if query else reverse(url_name)


def _to(url_name: str, given: QueryDict, more: dict[str, Any] | None = None) -> HttpResponse:
    return redirect(_address(url_name, given, more))


def _initial(request: HttpRequest) -> dict[str, str]:
    """What was answered before, and for an exporter its own member."""
    own = _organisations(request)
    return {"member": own[0].jurisdiction_id if own else "", **_answers(request.GET)}


def _organisations(request: HttpRequest) -> list[Organisation]:
    if not request.user.is_authenticated or not request.user.organisation_ids:
        return []
    return list(Organisation.objects.visible_to(request.user).order_by("name"))  # type: ignore[attr-defined]


@require_safe
@never_cache
def answer(request: HttpRequest) -> HttpResponse:
    """Show both tests side by side, what has to be attached, which lane it is and how long that takes."""
    if (unanswered := _unanswered(request.GET, len(STEPS))) is not None:
        return _to(STEPS[unanswered][0], request.GET)
    said = _answers(request.GET)
    advice = guiding.advise(
        provider=said["provider"],
        supply=said["supply"],
        member=said["member"],
        place=said["place"],
        reference=said.get("reference", ""),
    )
    if as_json(request):
        finding = advice.finding
        return JsonResponse(
            {
                "asked": said,
                "state": finding.state,
                "reason": finding.reason,
                "row": finding.row,
                "carve_out": finding.carve_out,
                "licence": finding.licence,
                "cited": finding.cited,
                "destinations": finding.reached,
                "documents": advice.documents,
                "charter": advice.charter and advice.charter.key,
                "hours": advice.hours,
                "version": finding.version,
            }
        )
    context = {
        "advice": advice,
        "told": advice.told,
        "answers": [
            (field.label, dict(field.choices).get(said[name], said[name]), _address(url, request.GET))
            for url, form in STEPS
            for name, field in form(request.GET).fields.items()
            if name in said and hasattr(field, "choices")
        ],
        "carried": list(said.items()),
        "organisations": _organisations(request),
        "start": _address("portal:aid", request.GET),
        "json": _address("public:aid-answer", request.GET) + "&format=json",
        "back": _address(STEPS[-1][0], request.GET),
    }
    return render(request, "public/aid_answer.html", context)


@require_safe
def grounds(request: HttpRequest) -> HttpResponse:
    """Show every row of the table in force with its basis, and the destinations of aid."""
    bundle = selectors.in_force(Bundle.Kind.GROUNDS)
    if as_json(request):
        return published(bundle, destinations=selectors.entries(Bundle.Kind.AREAS))
    table = selectors.aid_table()
    areas = {code: one.name for code, one in table.destinations.items()}
    names = areas | {one.code: one.name for one in selectors.countries()}
    context = {
        "bundle": bundle,
        "glance": guiding.glance(),
        "supplies": Supply.labels,
        "regimes": [
            (
                regime,
                sorted(regime.members),
                [_shown(row, names) for row in table.rows if row.regime == regime.key],
            )
            for regime in table.regimes
        ],
        "destinations": [
            (one, Said(one.acceptability, not one.confirmed)) for one in table.destinations.values()
        ],
    }
    return render(request, "public/grounds.html", context)


def _shown(row: Row, names: dict[str, str]) -> dict[str, Any]:
    return {
        "row": row,
        "providers": [label for key, label in Provider.choices if key in row.providers],
        "supplies": [label for key, label in Supply.choices if key in row.supplies],
        "codes": [names.get(code, code) for code in sorted(row.where.codes)],
        "tests": [
            (answer, Said(answer.outcome, not answer.confirmed)) for answer in (row.carve_out, row.licence)
        ],
    }
