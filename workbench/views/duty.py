"""Pages on who acts for whom, who is on duty, and which member is offline."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from alliance import lane_rota
from alliance import rota as rotas
from core import clock
from core.errors import NotFound
from members import policies, selectors, services
from members.models import Absence, Authority, Delegation, Jurisdiction, Role, Shift, User
from pages.answers import posted
from pages.drawings.rota import rota_days
from workbench.forms.duty import DelegationForm, OfflineForm, ShiftForm, first_instant
from workbench.views.common import attempt, done, me

DAYS = 14
#: The questions of a form, by the arguments of the service that they give.
DATES = {"starts_at": "first", "ends_at": "last", "until": "last"}


def _zone(user: User) -> str:
    assert user.authority is not None  # whoever serves has one
    return user.authority.jurisdiction.timezone


@login_required
@require_http_methods(["GET", "POST"])
def deputies(request: HttpRequest) -> HttpResponse:
    """Name who holds an officer's roles as well while the officer is away."""
    user = me(request)
    colleagues = User.objects.visible_to(user).filter(authority__jurisdiction=user.jurisdiction_code)
    serving = colleagues.filter(is_active=True, appointments__isnull=False).distinct().order_by("name")
    administers = Role.ADMINISTRATOR in user.roles
    form = DelegationForm(
        posted(request),
        people=serving if administers else serving.filter(pk=user.pk),
        deputies=serving if administers else serving.filter(authority=user.authority_id).exclude(pk=user.pk),
        initial={"person": user.uid},
    )
    if form.is_bound and form.is_valid():
        given = form.arguments(_zone(user))
        if attempt(form, lambda: services.delegate(actor=user, **given), DATES) is True:
            names = {"name": given["deputy"].name, "person": given["person"].name}
            return done(request, _("%(name)s acts for %(person)s.") % names, "administration:deputies")
    context = {
        "form": form,
        "zone": _zone(user),
        "delegations": [
            (one, policies.can_end_delegation(user, one)) for one in selectors.delegations_of(user)
        ],
        "now": clock.now(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "workbench/administration/deputies.html", context, status=status)


@login_required
@require_POST
def end_delegation(request: HttpRequest, uid: UUID) -> HttpResponse:
    user = me(request)
    found = Delegation.objects.visible_to(user).filter(uid=uid).first()
    if found is None:
        raise NotFound()
    services.end_delegation(actor=user, delegation=found)
    return done(request, _("The delegation has ended."), "administration:deputies")


# Rota ------------------------------------------------------------------------------------------------------


def _authority(request: HttpRequest, user: User) -> Authority:
    own = selectors.authorities_of(user).select_related("jurisdiction")
    wanted = request.GET.get("authority", "")
    try:
        found = own.filter(uid=UUID(wanted)).first() if wanted else user.authority
    except ValueError:
        found = None
    if found is None:
        raise NotFound()
    return found


def _to_rota(request: HttpRequest, told: str, authority: Authority) -> HttpResponse:
    answer = done(request, told, "administration:rota")
    answer["Location"] += f"?authority={authority.uid}"
    return answer


def _of_the_lane(authority: Authority, begin: datetime, end: datetime) -> list[Shift]:
    return [shift for post in lane_rota.POSTS for shift in rotas.on_rota(authority, begin, end, post)]


@login_required
@require_http_methods(["GET", "POST"])
def rota(request: HttpRequest) -> HttpResponse:
    """Show the next days of an authority's rota beside what charters promise, and fill it."""
    user = me(request)
    authority = _authority(request, user)
    form = ShiftForm(posted(request), people=selectors.people_of(authority).order_by("name"))
    if form.is_bound and form.is_valid():

        def act() -> None:
            services.add_shifts(actor=user, authority=authority, **form.cleaned_data)

        if attempt(form, act) is True:
            return _to_rota(request, _("The shifts are on the rota."), authority)
    zone, now = authority.jurisdiction.timezone, clock.now()
    today = clock.today(zone)
    begin, end = first_instant(today, zone), first_instant(today + timedelta(days=DAYS), zone)
    shifts = rotas.on_rota(authority, begin, end)
    context = {
        "form": form,
        "authority": authority,
        "authorities": selectors.authorities_of(user),
        "days": rota_days(
            today,
            DAYS,
            zone,
            promised=rotas.promised(authority, begin, end),
            missing=rotas.gaps(authority, now, end),
            shifts=[(shift.starts_at, shift.ends_at, shift.person.name) for shift in shifts],
        ),
        "shifts": [shift for shift in [*shifts, *_of_the_lane(authority, begin, end)] if shift.ends_at > now],
        "verdict": policies.can_keep_rota(user, authority),
        "zone": zone,
    }
    status = 422 if form.is_bound else 200
    return render(request, "workbench/administration/rota.html", context, status=status)


@login_required
@require_POST
def remove_shift(request: HttpRequest, uid: UUID) -> HttpResponse:
    user = me(request)
    found = Shift.objects.visible_to(user).select_related("authority").filter(uid=uid).first()
    if found is None:
        raise NotFound()
    services.remove_shift(actor=user, shift=found)
    return _to_rota(request, _("The shift is off the rota."), found.authority)


# Members that are offline ----------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def offline(request: HttpRequest) -> HttpResponse:
    """Show which members are offline, and declare one offline."""
    user = me(request)
    members = selectors.jurisdictions()
    if Role.CRISIS_SEAT not in user.roles:
        members = members.filter(code=user.jurisdiction_code)
    form = OfflineForm(posted(request), members=members)
    if form.is_bound and form.is_valid():
        given = form.arguments()
        if attempt(form, lambda: services.declare_offline(actor=user, **given), DATES) is True:
            told = _("%(name)s is offline. Its substitutes may answer at once.")
            return done(request, told % {"name": given["jurisdiction"].name}, "administration:offline")
    context = {
        "form": form,
        "verdict": policies.can_declare_offline(user, Jurisdiction(code=str(user.jurisdiction_code))),
        "absences": [(one, policies.can_end_absence(user, one)) for one in selectors.absences()],
    }
    status = 422 if form.is_bound else 200
    return render(request, "workbench/administration/offline.html", context, status=status)


@login_required
@require_POST
def end_absence(request: HttpRequest, uid: UUID) -> HttpResponse:
    user = me(request)
    found = Absence.objects.visible_to(user).select_related("jurisdiction").filter(uid=uid).first()
    if found is None:
        raise NotFound()
    services.end_absence(actor=user, absence=found)
    told = _("%(name)s is online again.") % {"name": found.jurisdiction.name}
    return done(request, told, "administration:offline")
