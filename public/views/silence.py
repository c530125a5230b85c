"""The silence ledger: who let windows lapse, and what applied instead."""

from functools import partial

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accountability import silence
from accountability.disclosure import SMALLEST
from public.limits import at_most
from public.views.agreed import as_json
from public.views.quarters import quarter_of


@require_safe
@partial(at_most, 60)
def silences(request: HttpRequest) -> HttpResponse:
    """Show a quarter that is over: the last one, or the one asked for."""
    offered = silence.quarters()
    quarter = quarter_of(request, offered)
    rows = silence.published(quarter) if quarter else []
    if as_json(request):
        return JsonResponse(
            {
                "quarter": str(quarter) if quarter else None,
                "quarters": [str(one) for one in offered],
                "fewer_than": SMALLEST,
                "members": [
                    {"member": row.member or None, "name": str(row.name), **row.counts} for row in rows
                ],
            }
        )
    most = max((number for row in rows for number in row.counts.values() if number), default=0)
    context = {
        "quarter": quarter,
        "quarters": offered,
        "outcomes": silence.OUTCOMES,
        "smallest": SMALLEST,
        "rows": [
            {
                "row": row,
                "cells": [
                    {
                        "name": name,
                        "number": row.counts[key],
                        "width": round(1000 * (row.counts[key] or 0) / most) if most else 0,
                    }
                    for key, name in silence.OUTCOMES.items()
                ],
            }
            for row in rows
        ],
        "bars": most,
    }
    return render(request, "public/silence.html", context)
