"""The way out of a crisis: its plan on live data, what each step would touch, and taking or reversing steps."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from alliance.live_facts import BY_NAME
from alliance.models import Declaration
from core.errors import Blocked, NotFound
from core.references import normalise_reference
from escalation import exit_plan, simulating
from escalation.services import exits
from pages.answers import posted
from pages.lists import page_of
from workbench.forms.exits import ConfirmForm, WhyForm
from workbench.views.common import attempt, done, me

SHOWN = 50  # of each list on a page; the file has all
TITLES: dict[str, tuple[Callable[[], str], Callable[..., object], Callable[[], str]]] = {
    "propose": (
        lambda: _("Propose this step"),
        exits.propose,
        lambda: _("The step waits for the second key."),
    ),
    "apply": (lambda: _("Apply this step"), exits.apply, lambda: _("Both keys are turned.")),
    "withdraw": (lambda: _("Withdraw this step"), exits.withdraw, lambda: _("The step is withdrawn.")),
    "reverse": (lambda: _("Reverse this step"), exits.reverse, lambda: _("The prior rules hold again.")),
}


def declaration_of(request: HttpRequest, reference: str) -> Declaration:
    """Return a declaration that is or was in force: before, there is nothing to get out of."""
    rows = Declaration.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found: Declaration | None = rows.filter(
        reference=normalise_reference(reference), in_force_at__isnull=False
    ).first()
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def plan(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the plan: each step with its preconditions, green or red, and what it waits for."""
    declaration = declaration_of(request, reference)
    context = {"declaration": declaration, "plan": exit_plan.plan(me(request), declaration, fresh=False)}
    part = getattr(request, "htmx", False)
    return render(request, f"workbench/{'parts/exit_plan' if part else 'exit'}.html", context)


@login_required
@require_GET
def fact(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """Show what a live fact says now and what it counts."""
    declaration = declaration_of(request, reference)
    if name not in BY_NAME:
        raise NotFound()
    count, rows, others = exit_plan.evidence(me(request), declaration, BY_NAME[name])
    context = {
        "declaration": declaration,
        "fact": BY_NAME[name],
        "count": count,
        "page": page_of(request, rows),
        "others": others,
    }
    return render(request, "workbench/exit_fact.html", context)


def _step(
    request: HttpRequest, declaration: Declaration, key: str
) -> tuple[exit_plan.Plan, exit_plan.StepView]:
    found = exit_plan.plan(me(request), declaration)
    view = found.step(key)
    if view is None:
        raise NotFound()
    return found, view


@login_required
@require_GET
def step(request: HttpRequest, reference: str, step: str) -> HttpResponse:
    """Show a step: its preconditions, what it would touch, and what may be done about it."""
    return _step_page(request, declaration_of(request, reference), step)


def _step_page(
    request: HttpRequest,
    declaration: Declaration,
    key: str,
    form: Any = None,
    act: str = "",
    status: int = 200,
) -> HttpResponse:
    found, view = _step(request, declaration, key)
    simulated = exit_plan.simulation(me(request), declaration, exit_plan.would_touch(declaration, view))
    standing = [one.step.key for one in found.steps if one.row is not None]
    context = {
        "declaration": declaration,
        "plan": found,
        "view": view,
        "lifts": exit_plan.lifted(declaration, view.step),
        "simulated": simulated,
        "cases": simulated.cases[:SHOWN],
        "licences": simulated.licences[:SHOWN],
        "resting": exit_plan.resting_on(declaration, key, standing),
        "history": exit_plan.history(declaration, key),
        "acts": [
            (
                name,
                TITLES[name][0](),
                verdict,
                form if name == act else (WhyForm() if name in ("withdraw", "reverse") else ConfirmForm()),
            )
            for name, verdict in view.verdicts.items()
        ],
    }
    return render(request, "workbench/exit_step.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, reference: str, step: str, name: str) -> HttpResponse:
    """Propose, apply, withdraw or reverse a step; a refusal is shown on the step's own page."""
    declaration = declaration_of(request, reference)
    exits.step_of(declaration, step)
    if request.method == "GET":
        return redirect("workbench:exit-step", declaration.reference, step)
    _label, service, said = TITLES[name]
    form = WhyForm(posted(request)) if name in ("withdraw", "reverse") else ConfirmForm(posted(request))
    if form.is_valid():
        given = {"actor": me(request), "declaration": declaration, "step": step, **form.cleaned_data}
        try:
            if attempt(form, lambda: service(**given)) is True:
                return done(request, said(), "workbench:exit-step", declaration.reference, step)
        except Blocked as blocked:
            for sentence in blocked.blockers:
                form.add_error(None, sentence)
            return _step_page(request, declaration, step, form, name, 409)
    return _step_page(request, declaration, step, form, name, 422)


@login_required
@require_GET
def touched(request: HttpRequest, reference: str, step: str) -> HttpResponse:
    """Hand out, as CSV, the cases and licences a step would touch, of those the reader may see."""
    declaration = declaration_of(request, reference)
    _found, view = _step(request, declaration, step)
    return _file(request, declaration, exit_plan.would_touch(declaration, view), step)


@login_required
@require_GET
def ending(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what ending the crisis now would touch."""
    declaration = declaration_of(request, reference)
    running = declaration.status == Declaration.Status.IN_FORCE
    found = simulating.ended(declaration) if running else simulating.Touched()
    if request.GET.get("format") == "csv":
        return _file(request, declaration, found, "end")
    simulated = exit_plan.simulation(me(request), declaration, found)
    context = {
        "declaration": declaration,
        "simulated": simulated,
        "cases": simulated.cases[:SHOWN],
        "licences": simulated.licences[:SHOWN],
    }
    return render(request, "workbench/exit_end.html", context)


def _file(
    request: HttpRequest, declaration: Declaration, found: simulating.Touched, name: str
) -> HttpResponse:
    simulated = exit_plan.simulation(me(request), declaration, found)
    sentence_of = {
        (kind, pk): group.sentence
        for group in simulated.groups
        for kind, table in (("case", found.cases), ("licence", found.licences))
        for pk in table.get(group.change, [])
    }
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{declaration.reference}-{name}.csv"'
    out = csv.writer(answer)
    out.writerow(["kind", "reference", "member", "exporter", "what happens"])
    for case in simulated.cases:
        exporter = _plain(case.application.organisation.name)
        out.writerow(["case", case.reference, case.lead_id, exporter, sentence_of["case", case.pk]])
    for licence in simulated.licences:
        exporter = _plain(licence.holder.name)
        out.writerow(
            ["licence", licence.number, licence.issued_by_id, exporter, sentence_of["licence", licence.pk]]
        )
    return answer


def _plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
