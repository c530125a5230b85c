"""Matching denials blind with another member: the key agreed on, fingerprints handed in, questions and matches."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import NotFound
from intelligence import blind, blinding, policies
from intelligence.models import BlindPair
from pages.answers import posted
from workbench.forms.blind import FingerprintsForm, KeyForm, PairForm
from workbench.views.common import attempt, done, me

MOST_SHOWN = 50  # questions


def _pairs(request: HttpRequest) -> Any:
    rows = BlindPair.objects.visible_to(me(request))  # type: ignore[attr-defined]
    return rows.select_related("first", "second", "proposed_by", "agreed_by")


def _pair(request: HttpRequest, uid: UUID) -> BlindPair:
    found: BlindPair | None = _pairs(request).filter(uid=uid).first()
    if found is None:
        raise NotFound()
    return found


@login_required
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The pairs of one's member, and a proposal to another."""
    user = me(request)
    form = PairForm(posted(request), own=str(user.jurisdiction_code))
    if form.is_bound and form.is_valid():
        made: list[BlindPair] = []
        given = form.cleaned_data
        if attempt(form, lambda: made.append(blinding.propose(actor=user, **given))) is True:
            return done(
                request, _("The other member is asked to agree."), "workbench:blind-pair", made[0].uid
            )
    context = {"rows": _pairs(request), "form": form, "verdict": policies.can_pair(user)}
    return render(request, "workbench/blind.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET"])
def pair(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One pair: what each has handed in by number, what was asked, what matched."""
    return _page(request, _pair(request, uid))


def _page(request: HttpRequest, row: BlindPair, status: int = 200, **forms: Any) -> HttpResponse:
    user = me(request)
    context = {
        "pair": row,
        "mine": user.jurisdiction_code,
        "handed_in": [
            (one, row.fingerprints.filter(denier=one.code).count()) for one in (row.first, row.second)
        ],
        "queries": row.queries.prefetch_related("matches")[:MOST_SHOWN],
        "may_agree": policies.can_agree_to_pair(user, row),
        "may_match": policies.can_match_blind(user, row),
        "may_end": policies.can_end_pair(user, row),
        "agree_form": KeyForm(prefix="agree"),
        "hand_in_form": FingerprintsForm(prefix="hand-in"),
        "ask_form": FingerprintsForm(prefix="ask"),
        "sizes": blind.DENIALS_SIZES,
        "query_size": blind.QUERY_SIZE,
        "most_a_day": blinding.MOST_A_DAY,
        **forms,
    }
    return render(request, "workbench/blind_pair.html", context, status=status)


@login_required
@require_POST
def agree(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Agree to a pair with the same key."""
    row, form = _pair(request, uid), KeyForm(request.POST, prefix="agree")
    if form.is_valid():
        key_id = form.cleaned_data["key_id"]
        if attempt(form, lambda: blinding.agree(actor=me(request), pair=row, key_id=key_id)) is True:
            return done(request, _("Both members agree."), "workbench:blind-pair", uid)
    return _page(request, row, 422, agree_form=form, form=form)


@login_required
@require_POST
def hand_in(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Hand in the fingerprints of one's denials."""
    row, form = _pair(request, uid), FingerprintsForm(request.POST, request.FILES, prefix="hand-in")
    if form.is_valid():
        values = form.cleaned_data["file"]
        act = attempt(
            form,
            lambda: blinding.hand_in(actor=me(request), pair=row, fingerprints=values),
            {"fingerprints": "file"},
        )
        if act is True:
            return done(request, _("The fingerprints are handed in."), "workbench:blind-pair", uid)
    return _page(request, row, 422, hand_in_form=form, form=form)


@login_required
@require_POST
def ask(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask about an application."""
    row, form = _pair(request, uid), FingerprintsForm(request.POST, request.FILES, prefix="ask")
    if form.is_valid():
        values, found = form.cleaned_data["file"], []
        act = attempt(
            form,
            lambda: found.append(blinding.ask(actor=me(request), pair=row, fingerprints=values)),
            {"fingerprints": "file"},
        )
        if act is True:
            count = found[0].matches.count()
            said = ngettext("%(count)d line matches.", "%(count)d lines match.", count)
            told = said % {"count": count} if count else _("Nothing matches.")
            return done(request, told, "workbench:blind-pair", uid)
    return _page(request, row, 422, ask_form=form, form=form)


@login_required
@require_POST
def end(request: HttpRequest, uid: UUID) -> HttpResponse:
    """End a pair at once."""
    blinding.end(actor=me(request), pair=_pair(request, uid))
    return done(request, _("The pair is ended and its fingerprints are deleted."), "workbench:blind")
