"""What the pages of a case share: who asks, which case, its frame, and how an act's refusal is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.errors import EntenteError, Invalid, NotFound, Stale
from core.references import normalise_reference
from escalation.guidance import bearing_on
from escalation.models import GuidedCase
from escalation.policies import guidance
from escalation.selectors import acts as acts_of
from licensing.models import Case
from licensing.policies import cases as policies
from licensing.selectors import cases as selectors
from licensing.selectors import suspicions
from members.models import User
from pages.answers import refuse
from pages.forms import EntenteForm
from pages.geography import country_name
from pages.parts import Tab
from workbench import presence

TABS = {
    "case": gettext_lazy("Overview"),
    "parties": gettext_lazy("Parties and hits"),
    "dossier": gettext_lazy("Dossier"),
    "consultations": gettext_lazy("Consultations"),
    "questions": gettext_lazy("Questions"),
    "interests": gettext_lazy("Interests"),
    "decision": gettext_lazy("Decision"),
    "messages": gettext_lazy("Messages"),
    "notes": gettext_lazy("Notes"),
    "clocks": gettext_lazy("Clock"),
    "timeline": gettext_lazy("Timeline"),
    "licence": gettext_lazy("Licence"),
}
TAB_PAGES = {"messages": "workbench:messages-of-case"}  # where the address is not named after the tab
JUDGING = "workbench:hit"
#: Where each act is done, and whether one press does it.
ACT_PAGES = {
    "claim": ("workbench:claim", True),
    "release": ("workbench:release", True),
    "refer_up": ("workbench:refer-up", False),
    "appeal": ("workbench:appeal", False),
    "triage_emergency": ("workbench:emergency", False),
    "rule_on_ground": ("workbench:ground-ruling", False),
    "sign_key": ("workbench:interests", False),
    "confirm_routing": ("workbench:confirm-routing", True),
    "ask": ("workbench:ask", False),
    "withdraw_question": ("workbench:withdraw-question", True),
    "take_position": ("workbench:take-position", False),
    "change_position": ("workbench:take-position", False),
    "answer_undercut": ("workbench:undercut", False),
    "explain_undercut": ("workbench:undercut", False),
    "countersign_position": ("workbench:countersign-position", False),
    "return_position": ("workbench:return-position", False),
    "propose_decision": ("workbench:decision", False),
    "countersign_decision": ("workbench:countersign-decision", False),
    "send_back_decision": ("workbench:send-back-decision", False),
    "refuse_confirmation": ("workbench:provisional", False),
    "recommend_change": ("workbench:licence-change", False),
    "decide_change": ("workbench:licence-change", False),
    "return_change": ("workbench:licence-change", False),
    "speak_on_change": ("workbench:licence-change", False),
    "clear_hit": (JUDGING, False),
    "mark_unsure": (JUDGING, False),
    "confirm_clear": (JUDGING, False),
    "reject_clear": (JUDGING, False),
    "confirm_match": (JUDGING, False),
}


@dataclass(frozen=True)
class Offer:
    """An act with its place on the workbench."""

    name: str
    label: str
    allowed: bool
    reason: str
    blockers: tuple[str, ...]
    href: str
    at_once: bool


def me(request: HttpRequest) -> User:
    """Return the officer who asks; exporters find nothing here."""
    user = request.user
    if not isinstance(user, User) or not user.serves:
        raise NotFound()
    return user


def case_of(request: HttpRequest, reference: str) -> Case:
    """Return a case the person may see; NotFound alike for a foreign and an absent one."""
    rows = Case.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found: Case | None = (
        rows.select_related(
            "lead", "revision", "officer", "emergency", "application__organisation__jurisdiction"
        )
        .prefetch_related("stakes__jurisdiction")
        .filter(reference=normalise_reference(reference))
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def offers(user: User, case: Case) -> list[Offer]:
    """Return the acts on a case with their places; whatever is to be judged about its hits is one."""
    found: list[Offer] = []
    hits: dict[tuple[bool, str], Offer] = {}
    judging = reverse("workbench:parties", args=[case.reference])
    for act in acts_of(user, case):
        if act.name not in ACT_PAGES:
            continue
        page, at_once = ACT_PAGES[act.name]
        if page == JUDGING:
            label, why = _("Judge the screening hits"), "" if act.allowed else act.reason
            hits.setdefault((act.allowed, why), Offer("judge", label, act.allowed, why, (), judging, False))
            continue
        href = reverse(page, args=[act.target])
        found.append(Offer(act.name, act.label, act.allowed, act.reason, act.blockers, href, at_once))
    may_judge = [offer for offer in hits.values() if offer.allowed]
    return [*(may_judge or hits.values()), *found]


def denied(offered: list[Offer]) -> dict[str, list[str]]:
    """Return what is not allowed, by the reason why."""
    found: dict[str, list[str]] = {}
    for offer in offered:
        if not offer.allowed:
            found.setdefault(offer.reason, []).append(offer.label)
    return found


def case_page(
    request: HttpRequest,
    case: Case,
    tab: str,
    template: str,
    context: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render a page of a case inside its frame: summary, acts, tabs, presence."""
    user = me(request)
    offered = offers(user, case)
    due = selectors.due_instants(case)
    frame = {
        "case": case,
        "tab": tab,
        "tabs": _tabs(user, case, tab),
        "offered": [offer for offer in offered if offer.allowed],
        "denied": denied(offered),
        "due": due,
        "next_due": due[0] if due else None,
        "may_reassign": policies.can_reassign(user, case),
        "present": presence.look(case, user),
        "server_now": clock.now(),
        "guided": _guided(user, case),
        "suspicions": suspicions.bearing_on(user, case),
    }
    return render(request, f"workbench/{template}", {**frame, **(context or {})}, status=status)


def _guided(user: User, case: Case) -> list[GuidedCase]:
    """The guidance that bears on a case, each with what the person may do about it."""
    found = bearing_on(user, case)
    for row in found:
        row.case = case
        countries = map(country_name, row.because["destinations"])
        row.words = [*row.because["items"], *countries, *row.because["parties"]]  # type: ignore[attr-defined]
        row.may_acknowledge = guidance.can_acknowledge(user, row)  # type: ignore[attr-defined]
        row.may_answer = guidance.can_answer(user, row)  # type: ignore[attr-defined]
    return found


def _tabs(user: User, case: Case, current: str) -> list[Tab]:
    counted = selectors.counts(user, case)
    return [
        Tab(
            label,
            reverse(TAB_PAGES.get(name, f"workbench:{name}"), args=[case.reference]),
            name == current,
            counted.get(name),
        )
        for name, label in TABS.items()
        if (name != "licence" or counted.get("licence")) and (name != "interests" or case.aid)
    ]


NO_OTHER_NAMES: Mapping[str, str] = {}


def attempt(
    form: EntenteForm,
    act: Callable[[], object],
    named: Callable[[dict[str, list[str]]], dict[str, list[str]]] | Mapping[str, str] = NO_OTHER_NAMES,
) -> Stale | bool:
    """Do an act with a form's answers: True when done, False with the errors at their questions.

    `named`: the question that gives an argument of the act, where its name is another. A stale form gives its error
    back, so that the page keeps both texts. What no question can mend is raised on.
    """
    try:
        act()
    except Stale as stale:
        return stale
    except EntenteError as error:
        if not error.fields:
            raise
        error.fields = (
            named(error.fields)
            if callable(named)
            else {named.get(name, name): told for name, told in error.fields.items()}
        )
        refuse(form, error)
        return False
    return True


def reseen(form: EntenteForm, seen: object) -> None:
    """Let a stale form, shown again with both texts, be sent on top of what stands now."""
    data = cast(QueryDict, form.data).copy()
    data["seen"] = str(seen or "")
    form.data = data


def done(request: HttpRequest, text: str, page: str, *args: Any) -> HttpResponse:
    """Say what has happened and go on."""
    messages.success(request, text)
    return redirect(page, *args)


def refusal_of(stale: Stale | bool) -> int:
    """Return the status of a page that shows its form again."""
    return 409 if isinstance(stale, Stale) else 422


def texts_of(stale: Stale | bool) -> dict[str, Any]:
    """Return both texts of a stale form for the page."""
    return {"stale": stale} if isinstance(stale, Stale) else {}


def name_places(form: EntenteForm, name: str, error: Invalid) -> None:
    """Put what is wrong with a text at its field, each mistake with its place in the text."""
    for path, texts in error.fields.items():
        for text in texts:
            form.add_error(name, text if path == "$" else f"{path}: {text}")
