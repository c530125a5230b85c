"""Crises: who declared what, where members stand, what the measures bear on, and every act on a declaration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from alliance import adopting, crisis_policies, declaring, library, measures, selectors
from alliance import crises as in_force
from alliance.alignment import alignment, trend
from alliance.models import Adoption, Declaration, Relaxation, Renewal
from core.errors import NotFound
from core.policies import Verdict, require
from core.references import normalise_reference
from escalation import simulating
from members.models import User
from pages.answers import posted
from pages.forms import EntenteForm
from workbench.forms.crises import DeclareForm, LawForm, PressForm, ReasonForm, RenewalForm
from workbench.views.common import attempt, done, me


def declaration_of(request: HttpRequest, reference: str) -> Declaration:
    """Return a declaration with where its members stand; NotFound without it."""
    rows = Declaration.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found: Declaration | None = (
        rows.select_related(
            "declared_by__authority__jurisdiction",
            "confirmed_by__authority__jurisdiction",
            "ending_by__authority__jurisdiction",
            "ended_by",
        )
        .prefetch_related(
            "adoptions__jurisdiction",
            "adoptions__decided_by",
            "relaxations",
            "renewals__proposed_by__authority",
            "renewals__review",
        )
        .filter(reference=normalise_reference(reference))
        .first()
    )
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the crises, how fast members aligned on each, and the scenario in force."""
    user = me(request)
    rows = list(Declaration.objects.visible_to(user).prefetch_related("adoptions")[:100])  # type: ignore[attr-defined]
    aligned = trend(rows)
    slowest = max((one.last.total_seconds() for one in aligned if one.last), default=0.0)
    context = {
        "rows": [(row, alignment(row)) for row in rows],
        "bars": [
            (one, round(1000 * one.last.total_seconds() / slowest) if one.last and slowest else 0)
            for one in aligned
        ],
        "scenario": in_force.scenario(),
        "may_declare": crisis_policies.can_declare(user),
    }
    return render(request, "workbench/crises.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def declare(request: HttpRequest) -> HttpResponse:
    """Propose that a crisis is declared, with prepared measures and their dry run first."""
    user = me(request)
    require(crisis_policies.can_declare, user)
    prepared = library.library()
    chosen = next((one for one in prepared if one.set.key == request.GET.get("set", "")), None)
    initial = (
        {
            "set": chosen.set.key,
            "title": chosen.set.title,
            "objective": chosen.set.objective,
            "legal_basis": chosen.set.legal_basis,
        }
        if chosen
        else {}
    )
    form = DeclareForm(
        posted(request), library=prepared, scenarios=selectors.scenarios().values(), initial=initial
    )
    if form.is_bound and form.is_valid():
        made: list[Declaration] = []
        if (
            attempt(form, lambda: made.append(declaring.declare(actor=user, **form.arguments())), _named)
            is True
        ):
            told = _("%(reference)s waits for the second key: a seat of another member.")
            return done(
                request, told % {"reference": made[0].reference}, "workbench:crisis", made[0].reference
            )
    context = {
        "form": form,
        "library": prepared,
        "chosen": chosen,
        "scenarios": selectors.scenarios().values(),
    }
    return render(request, "workbench/crisis_declare.html", context, status=422 if form.is_bound else 200)


def _named(fields: dict[str, list[str]]) -> dict[str, list[str]]:
    """Put what is wrong with the scope at the question it was typed at."""
    found: dict[str, list[str]] = {}
    for path, texts in fields.items():
        parts = path.split(".")
        name = parts[1] if parts[0] == "scope" and len(parts) > 1 else parts[0]
        name = "effect_day" if name == "takes_effect_at" else name
        found.setdefault(name, []).extend(texts)
    return found


@dataclass(frozen=True)
class Offer:
    """An act on a declaration: how it is asked for, and who may."""

    name: str
    label: str | Promise
    told: str | Promise
    form: type[EntenteForm]
    act: Callable[..., object]
    verdict: Callable[[User, Declaration], Verdict]


def _renewal(declaration: Declaration) -> Renewal | None:
    return next((one for one in declaration.renewals.all() if one.confirmed_at is None), None)


def _may_confirm_renewal(user: User, declaration: Declaration) -> Verdict:
    waiting = _renewal(declaration)
    if waiting is None:
        return Verdict(False, _("No renewal waits for a second key."))
    return crisis_policies.can_confirm_renewal(user, declaration, waiting)


def _may_withdraw_renewal(user: User, declaration: Declaration) -> Verdict:
    if _renewal(declaration) is None:
        return Verdict(False, _("No renewal waits for a second key."))
    return crisis_policies.can_renew(user, declaration)


def _mine(user: User, declaration: Declaration) -> Adoption | None:
    return next(
        (row for row in declaration.adoptions.all() if row.jurisdiction_id == user.jurisdiction_code), None
    )


OFFERS = {
    offer.name: offer
    for offer in (
        Offer(
            "confirm",
            gettext_lazy("Confirm the declaration"),
            gettext_lazy(
                "The measures are in force from this instant, for every member that has adopted them."
            ),
            PressForm,
            declaring.confirm,
            crisis_policies.can_confirm,
        ),
        Offer(
            "withdraw",
            gettext_lazy("Withdraw the declaration"),
            gettext_lazy("Nothing comes of it."),
            ReasonForm,
            declaring.withdraw,
            crisis_policies.can_withdraw,
        ),
        Offer(
            "adopt",
            gettext_lazy("Adopt for your member"),
            gettext_lazy("The measures hold in your member from this instant."),
            LawForm,
            adopting.adopt,
            lambda user, row: crisis_policies.can_adopt(user, row, _mine(user, row)),
        ),
        Offer(
            "opt-out",
            gettext_lazy("Opt out for your member"),
            gettext_lazy("The measures do not hold in your member. The reason is public."),
            ReasonForm,
            adopting.opt_out,
            lambda user, row: crisis_policies.can_opt_out(user, row, _mine(user, row)),
        ),
        Offer(
            "renew",
            gettext_lazy("Propose a renewal"),
            gettext_lazy("It rests on a review of the last two weeks. A seat of another member confirms it."),
            RenewalForm,
            adopting.propose_renewal,
            crisis_policies.can_renew,
        ),
        Offer(
            "confirm-renewal",
            gettext_lazy("Confirm the renewal"),
            gettext_lazy("The sunset moves to the day that was proposed."),
            PressForm,
            adopting.confirm_renewal,
            _may_confirm_renewal,
        ),
        Offer(
            "withdraw-renewal",
            gettext_lazy("Withdraw the renewal"),
            gettext_lazy("The sunset stays where it is."),
            PressForm,
            adopting.withdraw_renewal,
            _may_withdraw_renewal,
        ),
        Offer(
            "propose-end",
            gettext_lazy("Propose to end it"),
            gettext_lazy(
                "Everything is relaxed at once, without the steps of the exit plan. It takes two keys."
            ),
            ReasonForm,
            declaring.propose_end,
            crisis_policies.can_propose_end,
        ),
        Offer(
            "end",
            gettext_lazy("End it"),
            gettext_lazy("None of its measures bears on anything from this instant."),
            PressForm,
            declaring.end,
            crisis_policies.can_end,
        ),
        Offer(
            "keep-on",
            gettext_lazy("Let it go on"),
            gettext_lazy("The proposal to end it is taken back."),
            PressForm,
            declaring.keep_on,
            crisis_policies.can_keep_on,
        ),
    )
}
#: Acts that belong to a state; the others are not mentioned there.
BY_STATUS = {
    Declaration.Status.PROPOSED: ("confirm", "withdraw"),
    Declaration.Status.IN_FORCE: (
        "adopt", "opt-out", "renew", "confirm-renewal", "withdraw-renewal", "propose-end", "end", "keep-on",
    ),
}  # fmt: skip


@login_required
@require_GET
def crisis(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a declaration: keys, sunset, where members stand, its measures and exit plan, and what one may do."""
    user, found = me(request), declaration_of(request, reference)
    names = BY_STATUS.get(Declaration.Status(found.status), ())
    verdicts = [(OFFERS[name], OFFERS[name].verdict(user, found)) for name in names]
    allowed = [offer for offer, verdict in verdicts if verdict]
    denied: dict[str, list[str]] = {}
    for offer, verdict in verdicts:
        if not verdict:
            denied.setdefault(verdict.reason, []).append(str(offer.label))
    aligned = alignment(found)
    span = aligned.waited.total_seconds() or 1.0
    parsed = measures.parse(found.payload)
    context = {
        "found": found,
        "set": parsed,
        "scope": measures.parse_scope(found.scope),
        "aligned": aligned,
        "bars": [
            (row, round(1000 * min(1.0, _after(row, found) / span)) if row.decided_at else 1000)
            for row in aligned.adoptions
        ],
        "renewal": _renewal(found),
        "applied": {row.step for row in found.relaxations.all() if row.status == Relaxation.Status.APPLIED},
        "scenario": selectors.scenarios().get(found.scenario),
        "allowed": allowed,
        "denied": denied,
        "mine": _mine(user, found),
        "prepared": {
            row.jurisdiction_id for row in aligned.adoptions if row.decided_at and not row.decided_by
        },
    }
    return render(request, "workbench/crisis.html", context)


def _after(row: Adoption, declaration: Declaration) -> float:
    if row.decided_at is None or declaration.in_force_at is None:
        return 0.0
    return (row.decided_at - declaration.in_force_at).total_seconds()


@login_required
@require_GET
def dry_run(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what the measures bear on or would, member by member; nothing is written."""
    found = declaration_of(request, reference)
    relaxed = tuple(row.step for row in found.relaxations.all() if row.status == Relaxation.Status.APPLIED)
    rows = simulating.dry_run(measures.parse(found.payload), measures.parse_scope(found.scope), relaxed)
    standing = {row.jurisdiction_id: row for row in found.adoptions.all()}
    context = {
        "found": found,
        "rows": [(row, standing.get(row.member.code)) for row in rows],
        "totals": {
            "cases": sum(row.all_cases for row in rows),
            "licences": sum(row.licences for row in rows),
            "exporters": sum(row.exporters for row in rows),
        },
    }
    return render(request, "workbench/crisis_reach.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """Ask for an act on a declaration and do it."""
    user, found = me(request), declaration_of(request, reference)
    offer = OFFERS[name]
    form = offer.form(posted(request))
    if form.is_bound and form.is_valid():

        def do() -> None:
            offer.act(actor=user, declaration=found, **form.cleaned_data)

        if attempt(form, do) is True:
            return done(request, str(offer.told), "workbench:crisis", found.reference)
    verdict = offer.verdict(user, found)
    if not form.is_bound and not verdict:
        return redirect("workbench:crisis", found.reference)
    context = {"found": found, "form": form, "offer": offer, "verdict": verdict, "renewal": _renewal(found)}
    return render(request, "workbench/crisis_act.html", context, status=422 if form.is_bound else 200)
