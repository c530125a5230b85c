"""Messages between members: those of a case, those of all cases, one with its thread, and writing one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import NotFound
from licensing.models import Case, CaseMessage
from licensing.policies import messages as policies
from licensing.selectors import messages as selectors
from licensing.services import messages
from members.models import User
from members.selectors import jurisdictions
from pages.answers import posted
from pages.lists import page_of
from workbench.forms.messages import MessageForm
from workbench.views.common import attempt, case_of, case_page, done, me


def _named(codes: set[str], user: User) -> list[tuple[str, str]]:
    rows = jurisdictions().filter(code__in=codes - {user.jurisdiction_code})
    return list(rows.values_list("code", "name"))


def _message(request: HttpRequest, uid: UUID) -> CaseMessage:
    found = selectors.readable(me(request)).filter(uid=uid).first()
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """Show what the officer's member wrote and was written in all cases, and how long members take."""
    user = me(request)
    context = {
        "page": page_of(request, selectors.inbox(user)),
        "mine": user.jurisdiction_code,
        "times": selectors.times(user),
        "days": selectors.COUNTED.days,
    }
    return render(request, "workbench/messages/inbox.html", context)


@login_required
@require_GET
def of_case(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the threads of a case; their texts are opened one by one, and the reading is noted."""
    user, case = me(request), case_of(request, reference)
    context = {
        "threads": selectors.threads(user, case),
        "mine": user.jurisdiction_code,
        "verdict": policies.can_send(user, case),
    }
    return case_page(request, case, "messages", "messages/case.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, reference: str) -> HttpResponse:
    """Begin a thread with members that take part in the case."""
    user, case = me(request), case_of(request, reference)
    form = MessageForm(posted(request), members=_named(policies.participants(case), user))
    if form.is_bound and form.is_valid():
        answers = form.cleaned_data

        def act() -> None:
            messages.send(actor=user, case=case, **answers)

        if attempt(form, act) is True:
            return done(request, _("The message is sent."), "workbench:messages-of-case", reference)
    context = {"form": form, "verdict": policies.can_send(user, case)}
    return case_page(request, case, "messages", "messages/new.html", context, 422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
def message(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a message with its thread, texts only once they are opened, and answer it."""
    user, found = me(request), _message(request, uid)
    case = case_of(request, found.case.reference)
    form = _reply(request, user, case, found)
    if form.is_bound and form.is_valid():
        answers = form.cleaned_data

        def act() -> None:
            messages.send(actor=user, case=case, reply_to=found, **answers)

        if attempt(form, act) is True:
            return done(request, _("The reply is sent."), "workbench:message", found.uid)
    rows = [_shown(user, one) for one in selectors.thread_of(user, found)]
    context = {
        "found": found,
        "root": found.begun_by,
        "rows": rows,
        "closed": any(not row["text"] for row in rows),
        "form": form,
        "mine": user.jurisdiction_code,
        "verdict": policies.can_send(user, case),
    }
    status = 422 if form.is_bound else 200
    return case_page(request, case, "messages", "messages/thread.html", context, status)


def _reply(request: HttpRequest, user: User, case: Case, found: CaseMessage) -> MessageForm:
    """The form of a reply, addressed to everyone who reads the message that is answered."""
    may = found.begun_by.ends & policies.participants(case)
    to = sorted((found.ends & may) - {str(user.jurisdiction_code)})
    return MessageForm(posted(request), members=_named(may, user), reply=True, initial={"to": to})


def _shown(user: User, one: CaseMessage) -> dict[str, Any]:
    return {
        "message": one,
        "text": one.text if policies.may_see_text(user, one) else "",
        "standings": selectors.standings(user, one),
        "may_acknowledge": policies.can_acknowledge(user, one),
        "signature": getattr(one, "signature", None),
    }


@login_required
@require_POST
def open_thread(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Open what the officer's authority has not read of a thread; the senders see that."""
    user, found = me(request), _message(request, uid)
    for one in selectors.thread_of(user, found):
        if not policies.may_see_text(user, one):
            messages.read(actor=user, message=one)
    return redirect("workbench:message", found.uid)


@login_required
@require_POST
def acknowledge(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say for the officer's member that it has taken note of a message."""
    found = _message(request, uid)
    messages.acknowledge(actor=me(request), message=found)
    return done(request, _("Acknowledged. The sender sees it."), "workbench:message", found.uid)
