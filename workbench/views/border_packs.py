"""The border pack, for customs that have to judge licences without a network."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from licensing.policies.packs import can_take_pack
from licensing.services import border_packs
from workbench.views.common import me


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What the pack holds, how it is used, and who takes it."""
    user = me(request)
    context = {"verdict": can_take_pack(user), "member": user.authority and user.authority.jurisdiction}
    return render(request, "workbench/border_pack.html", context)


@login_required
@require_safe
@never_cache
def file(request: HttpRequest) -> HttpResponse:
    made = border_packs.make(actor=me(request))
    answer = HttpResponse(made.text, content_type="application/jose")
    answer["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return answer
