"""What the members have agreed and everyone may read: criteria, charters and scorecard in force."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alliance import register, selectors
from alliance.facts import FACTS
from alliance.models import Bundle
from members.models import User


@require_safe
def criteria(request: HttpRequest) -> HttpResponse:
    bundle = selectors.in_force(Bundle.Kind.CRITERIA)
    if as_json(request):
        facts = [{"name": fact.name, "type": fact.type, "sentence": fact.sentence} for fact in FACTS]
        return published(bundle, facts=facts)
    found = selectors.criteria()
    titles = {charter.key: charter.title for charter in selectors.all_charters()}
    context = {
        "bundle": bundle,
        "lanes": [
            (rule, titles.get(rule.outcome.get("charter"), "")) for rule in found if rule.kind == "lane"
        ],
        "stakes": [rule for rule in found if rule.kind == "stake"],
        "keys": [rule for rule in found if rule.kind == "keys"],
        "facts": FACTS,
        "thresholds": register.entries(User()),
    }
    return render(request, "public/criteria.html", context)


@require_safe
def charters(request: HttpRequest) -> HttpResponse:
    bundle = selectors.in_force(Bundle.Kind.CHARTERS)
    if as_json(request):
        authored = [
            {"effective_from": row.effective_from, "charter": row.payload}
            for row in selectors.authored_charters()
        ]
        return published(bundle, authored=authored)
    context = {
        "bundle": bundle,
        "charters": selectors.all_charters(),
        "authored": selectors.authored_charters(),
    }
    return render(request, "public/charters.html", context)


@require_safe
def scorecard(request: HttpRequest) -> HttpResponse:
    bundle = selectors.in_force(Bundle.Kind.SCORECARD)
    if as_json(request):
        return published(bundle)
    card = selectors.scorecard()
    indicators: dict[str, list[dict[str, Any]]] = {axis: [] for axis in card["axes"]}
    for entry in bundle.payload["entries"]:
        indicators.setdefault(entry["axis"], []).append(entry)
    context = {
        "bundle": bundle,
        "card": card,
        "thresholds": [one for one in register.entries(User()) if one.about.kind == Bundle.Kind.SCORECARD],
        "axes": [(axis, card["axes"].get(axis, 0), entries) for axis, entries in indicators.items()],
    }
    return render(request, "public/scorecard.html", context)


@require_safe
def harm(request: HttpRequest) -> HttpResponse:
    bundle = selectors.in_force(Bundle.Kind.HARM)
    if as_json(request):
        return published(bundle)
    _version, tables, entries = selectors.harm()
    context = {
        "bundle": bundle,
        "tables": tables,
        "rows": [
            (entry, points(entry["points"]), points(entry["rise"]), points(entry["most"]))
            for entry in entries
        ],
        "people": [(f"{band['from']:,}", points(band["points"])) for band in tables["people"]],
        "ordinary": points(tables["ordinary"]["points"]),
        "date": {name: points(tables["date"][name]) for name in ("points", "perishable_points")},
        "aging": points(tables["order"]["aging"]),
    }
    return render(request, "public/harm.html", context)


def points(hundredths: int) -> str:
    """Return hundredths of a point as people read them: 4000 is 40."""
    return f"{hundredths / 100:g}"


def as_json(request: HttpRequest) -> bool:
    return request.GET.get("format") == "json"


def published(bundle: Bundle, **more: object) -> JsonResponse:
    """Answer with a bundle as it is in force, and what it takes to check that it is the one agreed."""
    return JsonResponse(
        {
            "kind": bundle.kind,
            "version": bundle.version,
            "effective_from": bundle.effective_from.isoformat(),
            "as_of": bundle.as_of.isoformat(),
            "source": bundle.source,
            "sha256": bundle.sha256,
            **bundle.payload,
            **more,
        }
    )
