"""Exemptions asked for, granted, denied and repealed, for everyone."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accountability import exemptions
from accountability.disclosure import SMALLEST, Parted
from accountability.regions import REGIONS
from public.limits import at_most
from public.views.agreed import as_json
from public.views.quarters import quarter_of


@require_safe
@partial(at_most, 60)
def exempted(request: HttpRequest) -> HttpResponse:
    """Show a quarter that is over: the last one, or the one asked for."""
    offered = exemptions.quarters()
    quarter = quarter_of(request, offered)
    told = exemptions.published(quarter) if quarter else None
    if as_json(request):
        return JsonResponse(
            {
                "quarter": str(quarter) if quarter else None,
                "quarters": [str(one) for one in offered],
                "fewer_than": SMALLEST,
                **(exemptions.as_json(told) if told else {}),
            }
        )
    context = {
        "quarter": quarter,
        "quarters": offered,
        "told": told,
        "outcomes": exemptions.OUTCOMES,
        "smallest": SMALLEST,
        "tables": [
            _table(_("By ground"), exemptions.GROUNDS, told.by_ground),
            _table(_("By region of the destination"), REGIONS, told.by_region),
        ]
        if told
        else [],
    }
    return render(request, "public/exemptions.html", context)


def _table(title: str, names: Any, found: dict[str, Parted]) -> dict[str, Any]:
    return {
        "title": title,
        "rows": [
            {
                "name": name,
                "cells": [(label, found[key].parts[row]) for key, label in exemptions.OUTCOMES.items()],
            }
            for row, name in names.items()
        ],
        "sums": [(label, found[key].total) for key, label in exemptions.OUTCOMES.items()],
    }
