"""Exercises: planning one, watching it run, what it showed, and what is done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliance import selectors as alliance
from core.errors import NotFound
from core.policies import require
from escalation import rehearsals
from escalation.asking import Asked, asked_of, questions_of, table_of
from escalation.exercises.questions import UNIT
from escalation.models import Exercise, Improvement
from escalation.policies import exercises as policies
from escalation.services import answering
from escalation.services import exercises as services
from members.selectors import jurisdictions
from pages.answers import posted
from pages.drawings.drill import drill_drawing
from workbench.forms.exercises import (
    AnswerForm,
    FindingsForm,
    GoOnForm,
    ImprovementForm,
    OutcomeForm,
    PlanForm,
)
from workbench.views.common import attempt, done, me
from workbench.views.exercise_parts import facts_of, path_titles

Names = dict[str, list[str]]


def _exercise(request: HttpRequest, uid: UUID) -> Exercise:
    rows = Exercise.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found: Exercise | None = rows.select_related("planned_by", "evaluated_by").filter(uid=uid).first()
    if found is None:
        raise NotFound()
    return found


def _improvement(request: HttpRequest, uid: UUID) -> Improvement:
    rows = Exercise.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found = Improvement.objects.filter(exercise__in=rows.visible_to(me(request)), uid=uid)
    one: Improvement | None = found.select_related("exercise", "owner").first()
    if one is None:
        raise NotFound()
    return one


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the exercises, and the paths that were not rehearsed for too long."""
    user = me(request)
    paths = rehearsals.paths()
    context = {
        "exercises": Exercise.objects.visible_to(user)[:50],  # type: ignore[attr-defined]
        "missing": [path for path in paths if path.missing],
        "rehearsed": [path for path in paths if not path.missing],
        "reason": alliance.rehearsal().get("reason", ""),
        "may_plan": policies.can_plan(user),
    }
    return render(request, "workbench/exercises.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest) -> HttpResponse:
    """Plan an exercise."""
    user = me(request)
    require(policies.can_plan, user)
    form = PlanForm(posted(request), initial={"number": 1, "members": 5, "cases": 200, "until": 24})
    made: list[Exercise] = []

    def act() -> None:
        made.append(services.plan(actor=user, **form.arguments()))

    if form.is_bound and form.is_valid() and attempt(form, act) is True:
        return done(request, _("The exercise is planned."), "workbench:exercise", made[0].uid)
    status = 422 if form.is_bound else 200
    return render(request, "workbench/exercise_plan.html", {"form": form}, status=status)


@login_required
@require_GET
def exercise(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show an exercise: how far it is, what it showed, what is to be done, and who may do what next."""
    user, found = me(request), _exercise(request, uid)
    card = found.scorecard
    names = {one.code: one.name for one in jurisdictions()} | {UNIT: str(_("Crisis unit"))}
    improvements = found.improvements.select_related("owner", "settled_by")
    context: dict[str, Any] = {
        "found": found,
        "card": card,
        "lines": [(names.get(code, code), line) for code, line in card["members"].items()] if card else [],
        "table": table_of(user, found),
        "questions": questions_of(user, found),
        "may_record": policies.can_record(user, found),
        "drawing": drill_drawing(card["timeline"], card["injects"], names) if card else None,
        "injects": [_told(inject) for inject in card["injects"]] if card and card["cases"] else [],
        "paths": path_titles(card["paths"], names) if card else [],
        "improvements": [
            (one, policies.can_do(user, one), policies.can_reject(user, one)) for one in improvements
        ],
        "may_start": policies.can_start(user, found),
        "may_evaluate": policies.can_evaluate(user, found),
        "may_improve": policies.can_improve(user, found),
        "may_close": policies.can_close(user, found),
    }
    return render(request, "workbench/exercise.html", context)


def _told(inject: dict[str, Any]) -> tuple[str, str]:
    """Return an inject and what it did, in words."""
    known = {
        "arrived": _("%s applications arrived in its hour"),
        "fast_lanes_closed_for": _("fast lanes were closed for %s cases"),
        "lapses_meanwhile": _("%s windows of the member lapsed meanwhile"),
        "signatures_refused": _("%s signatures were refused"),
    }
    return inject["inject"], ", ".join(known[name] % inject[name] for name in known if name in inject)


@login_required
@require_GET
def progress(request: HttpRequest, uid: UUID) -> HttpResponse:
    """How far an exercise is: the page asks every other second while it runs."""
    found = _exercise(request, uid)
    answer = render(request, "workbench/parts/exercise_progress.html", {"found": found})
    if found.status != Exercise.Status.RUNNING:
        answer["HX-Refresh"] = "true"
    return answer


@login_required
@require_POST
def start(request: HttpRequest, uid: UUID) -> HttpResponse:
    services.start(actor=me(request), exercise=_exercise(request, uid))
    return done(request, _("The exercise starts within seconds."), "workbench:exercise", uid)


@login_required
@require_POST
def close(request: HttpRequest, uid: UUID) -> HttpResponse:
    services.close(actor=me(request), exercise=_exercise(request, uid))
    return done(request, _("The exercise is closed."), "workbench:exercise", uid)


def _form_page(
    request: HttpRequest,
    found: Exercise,
    verdict: Any,
    form: Any,
    title: str,
    act: Callable[[], object],
    named: Callable[[Names], Names] = dict,
    asked: Asked | None = None,
    said: str = "",
) -> HttpResponse:
    if form.is_bound and form.is_valid() and attempt(form, act, named) is True:
        return done(request, said or _("It is done."), "workbench:exercise", found.uid)
    if not form.is_bound and not verdict:
        return redirect("workbench:exercise", found.uid)
    context = {"found": found, "form": form, "title": title, "asked": asked, "facts": facts_of(asked)}
    return render(request, "workbench/exercise_act.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, uid: UUID, question: str) -> HttpResponse:
    """Answer a situation or a question of an exercise."""
    user, found = me(request), _exercise(request, uid)
    verdict = policies.can_answer(user, found, question)
    first = answering.earliest(found, question) if verdict else 0
    form = AnswerForm(posted(request), exercise=found, initial={"hour": first})
    asked = asked_of(found, question)
    return _form_page(
        request,
        found,
        verdict,
        form,
        asked.title if asked else _("Answer"),
        lambda: answering.answer(actor=user, exercise=found, question=question, **form.arguments()),
        asked=asked,
        said=_("Your answer is kept."),
    )


@login_required
@require_http_methods(["GET", "POST"])
def go_on(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let a functional exercise go on until an hour."""
    user, found = me(request), _exercise(request, uid)
    form = GoOnForm(posted(request))
    return _form_page(
        request,
        found,
        policies.can_record(user, found),
        form,
        _("Let the exercise go on"),
        lambda: answering.go_on(actor=user, exercise=found, **form.cleaned_data),
        said=_("The exercise goes on."),
    )


@login_required
@require_POST
def close_situation(request: HttpRequest, uid: UUID, number: int) -> HttpResponse:
    answering.close_situation(actor=me(request), exercise=_exercise(request, uid), number=number)
    return done(request, _("The situation is closed."), "workbench:exercise", uid)


@login_required
@require_http_methods(["GET", "POST"])
def evaluate(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write down what the hot wash found."""
    user, found = me(request), _exercise(request, uid)
    form = FindingsForm(posted(request))
    return _form_page(
        request,
        found,
        policies.can_evaluate(user, found),
        form,
        _("What the exercise showed"),
        lambda: services.evaluate(actor=user, exercise=found, **form.cleaned_data),
    )


@login_required
@require_http_methods(["GET", "POST"])
def improve(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Enter something to do."""
    user, found = me(request), _exercise(request, uid)
    form = ImprovementForm(posted(request))
    return _form_page(
        request,
        found,
        policies.can_improve(user, found),
        form,
        _("What is to be done"),
        lambda: services.improve(actor=user, exercise=found, **form.arguments()),
        lambda errors: {("last" if name == "due_at" else name): told for name, told in errors.items()},
    )


@login_required
@require_http_methods(["GET", "POST"])
def do(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say that something is done."""
    user, one = me(request), _improvement(request, uid)
    form = OutcomeForm(posted(request))
    return _form_page(
        request,
        one.exercise,
        policies.can_do(user, one),
        form,
        _("Done: %(text)s") % {"text": one.text},
        lambda: services.do(actor=user, improvement=one, **form.cleaned_data),
    )


@login_required
@require_http_methods(["GET", "POST"])
def reject(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say why something is not done."""
    user, one = me(request), _improvement(request, uid)
    form = OutcomeForm(posted(request))
    return _form_page(
        request,
        one.exercise,
        policies.can_reject(user, one),
        form,
        _("Not done: %(text)s") % {"text": one.text},
        lambda: services.reject(actor=user, improvement=one, **form.cleaned_data),
    )
