"""Pages on which a jurisdiction vets its exporters and its administrator looks after its officers."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import EntenteError, Forbidden, NotFound
from core.policies import Verdict, deny
from members import policies, services
from members.models import ApiClient, Invitation, Organisation, Role, User
from members.selectors import authorities_of
from pages.answers import posted, refuse
from pages.lists import page_of
from workbench.forms.administration import (
    AppointForm,
    GradeForm,
    InviteOfficerForm,
    ReasonForm,
    RegisterOfficerClientForm,
)

ROWS = 50


def _me(request: HttpRequest) -> User:
    """Return the officer who asks; exporters find nothing here."""
    if not isinstance(request.user, User) or not request.user.is_officer:
        raise NotFound()
    return request.user


def _may_invite(me: User) -> Verdict:
    if me.authority is None:
        return deny(_("Only officers invite officers."))
    return policies.can_invite_officer(me, me.authority)


# --- organisations


def _organisation(request: HttpRequest, uid: UUID) -> Organisation:
    found = Organisation.objects.visible_to(_me(request)).filter(uid=uid).first()
    if found is None:
        raise NotFound()
    return found


@login_required
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """List the jurisdiction's exporters, those that wait first."""
    me = _me(request)
    rows = Organisation.objects.visible_to(me).select_related("jurisdiction")
    status = request.GET.get("status", "")
    if status in Organisation.Status.values:
        rows = rows.filter(status=status)
    context = {
        "page": page_of(request, rows.order_by("status", "applied_at", "pk"), ROWS),
        "statuses": Organisation.Status.choices,
        "status": status,
    }
    return render(request, "workbench/administration/organisations.html", context)


@login_required
@require_safe
def organisation(request: HttpRequest, uid: UUID) -> HttpResponse:
    return _organisation_page(request, _organisation(request, uid))


def _organisation_page(
    request: HttpRequest, found: Organisation, form: ReasonForm | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "organisation": found,
        "members": found.memberships.select_related("user").order_by("user__name"),
        "verdict": policies.can_vet(_me(request), found),
        "form": form or ReasonForm(),
    }
    return render(request, "workbench/administration/organisation.html", context, status=status)


@login_required
@require_POST
def vet(request: HttpRequest, uid: UUID) -> HttpResponse:
    found = services.vet_organisation(actor=_me(request), organisation=_organisation(request, uid))
    messages.success(request, _("%(name)s is vetted and may file applications.") % {"name": found.name})
    return redirect("administration:organisation", uid=uid)


@login_required
@require_POST
def reinstate(request: HttpRequest, uid: UUID) -> HttpResponse:
    found = services.reinstate_organisation(actor=_me(request), organisation=_organisation(request, uid))
    messages.success(request, _("%(name)s may file applications again.") % {"name": found.name})
    return redirect("administration:organisation", uid=uid)


@login_required
@require_POST
def refuse_organisation(request: HttpRequest, uid: UUID) -> HttpResponse:
    return _with_reason(request, uid, services.refuse_organisation, _("The organisation is refused."))


@login_required
@require_POST
def suspend(request: HttpRequest, uid: UUID) -> HttpResponse:
    return _with_reason(request, uid, services.suspend_organisation, _("The organisation is suspended."))


def _with_reason(
    request: HttpRequest, uid: UUID, act: Callable[..., Organisation], done: str
) -> HttpResponse:
    found = _organisation(request, uid)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _organisation_page(request, found, form, status=422)
    act(actor=_me(request), organisation=found, reason=form.cleaned_data["reason"])
    messages.success(request, done)
    return redirect("administration:organisation", uid=uid)


# --- officers


def _officers(request: HttpRequest) -> User:
    """Return the administrator who asks; others learn why they may not."""
    me = _me(request)
    if not (verdict := _may_invite(me)):
        raise Forbidden(verdict.reason)
    return me


def _person(request: HttpRequest, uid: UUID) -> User:
    me = _officers(request)
    people = User.objects.visible_to(me).filter(authority__jurisdiction=me.jurisdiction_code)
    found: User | None = people.select_related("authority__jurisdiction").filter(uid=uid).first()
    if found is None:
        raise NotFound()
    return found


@login_required
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """List the jurisdiction's officers and open invitations."""
    me = _officers(request)
    officers = User.objects.visible_to(me).filter(authority__jurisdiction=me.jurisdiction_code)
    officers = officers.select_related("authority").prefetch_related("appointments")
    context = {
        "page": page_of(request, officers.order_by("-is_active", "name", "pk"), ROWS),
        "invitations": Invitation.objects.visible_to(me)
        .open()
        .filter(authority__isnull=False)
        .select_related("authority"),
        "role_names": dict(Role.choices),
        "authorities": authorities_of(me),
    }
    return render(request, "workbench/administration/people.html", context)


@login_required
@require_POST
def signatures(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask the systems of an authority to sign positions, or ask for it no more."""
    found = authorities_of(_officers(request)).filter(uid=uid).first()
    if found is None:
        raise NotFound()
    required = request.POST.get("required") == "yes"
    services.require_signatures(actor=_me(request), authority=found, required=required)
    messages.success(
        request,
        _("Positions of its systems are taken only when they are signed.")
        if required
        else _("Its systems may take positions unsigned."),
    )
    return redirect("administration:people")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    me = _officers(request)
    form = InviteOfficerForm(posted(request), officer=me)
    if request.method == "POST" and form.is_valid():
        try:
            services.invite(actor=me, **form.cleaned_data)
        except EntenteError as error:
            if not error.fields:
                raise
            refuse(form, error)
        else:
            messages.success(request, _("The invitation is on its way. Its link works for 14 days."))
            return redirect("administration:people")
    return render(
        request, "workbench/administration/invite.html", {"form": form}, status=422 if form.is_bound else 200
    )


@login_required
@require_POST
def withdraw_invitation(request: HttpRequest, uid: UUID) -> HttpResponse:
    me = _officers(request)
    found = Invitation.objects.visible_to(me).filter(uid=uid, authority__isnull=False).first()
    if found is None:
        raise NotFound()
    services.withdraw_invitation(actor=me, invitation=found)
    messages.success(request, _("The invitation is withdrawn; its link no longer works."))
    return redirect("administration:people")


@login_required
@require_safe
def person(request: HttpRequest, uid: UUID) -> HttpResponse:
    return _person_page(request, _person(request, uid))


def _person_page(
    request: HttpRequest,
    found: User,
    *,
    appoint: AppointForm | None = None,
    grade_form: GradeForm | None = None,
    client: RegisterOfficerClientForm | None = None,
    registration: services.Registration | None = None,
    status: int = 200,
) -> HttpResponse:
    me = _officers(request)
    clients = ApiClient.objects.visible_to(me).filter(user=found, revoked_at__isnull=True)
    context = {
        "person": found,
        "appointments": found.appointments.order_by("role"),
        "clients": clients.order_by("name"),
        "may_appoint": policies.can_appoint(me, found),
        "may_remove": policies.can_remove(me, found),
        "may_recover": policies.can_recover(me, found),
        "may_register": policies.can_register_client(me, found),
        "appoint_form": appoint or AppointForm(prefix="appoint"),
        "grade_form": grade_form or GradeForm(prefix="grade", initial={"grade": found.grade}),
        "client_form": client or RegisterOfficerClientForm(prefix="client"),
        "registration": registration,
    }
    return render(request, "workbench/administration/person.html", context, status=status)


@login_required
@require_POST
def appoint(request: HttpRequest, uid: UUID) -> HttpResponse:
    found = _person(request, uid)
    form = AppointForm(request.POST, prefix="appoint")
    if form.is_valid():
        try:
            services.appoint(actor=_me(request), person=found, role=form.cleaned_data["role"])
        except EntenteError as error:
            if not error.fields:
                raise
            form.add_error("role", error.detail)
        else:
            messages.success(request, _("The role is given."))
            return redirect("administration:person", uid=uid)
    return _person_page(request, found, appoint=form, status=422)


@login_required
@require_POST
def grade(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Note the rank an officer holds."""
    found = _person(request, uid)
    form = GradeForm(request.POST, prefix="grade")
    if not form.is_valid():
        return _person_page(request, found, grade_form=form, status=422)
    services.set_grade(actor=_me(request), person=found, grade=form.cleaned_data["grade"])
    messages.success(request, _("The grade is noted."))
    return redirect("administration:person", uid=uid)


@login_required
@require_POST
def dismiss(request: HttpRequest, uid: UUID) -> HttpResponse:
    services.dismiss(actor=_me(request), person=_person(request, uid), role=request.POST.get("role", "")[:30])
    messages.success(request, _("The role is taken back."))
    return redirect("administration:person", uid=uid)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask once more, then remove a leaver."""
    found = _person(request, uid)
    if request.method == "POST":
        services.remove_leaver(actor=_me(request), person=found)
        messages.success(request, _("%(name)s has been removed.") % {"name": found.name})
        return redirect("administration:people")
    context = {"person": found, "verdict": policies.can_remove(_me(request), found)}
    return render(request, "workbench/administration/remove.html", context)


@login_required
@require_POST
def recover(request: HttpRequest, uid: UUID) -> HttpResponse:
    found = services.recover_account(actor=_me(request), person=_person(request, uid))
    messages.success(request, _("%(name)s receives a link to choose a new password.") % {"name": found.name})
    return redirect("administration:person", uid=uid)


@login_required
@require_POST
@sensitive_variables("registration")
def register_client(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Register a system that acts for an officer; its secret is shown once, on this answer."""
    found = _person(request, uid)
    form = RegisterOfficerClientForm(request.POST, prefix="client")
    if not form.is_valid():
        return _person_page(request, found, client=form, status=422)
    registration = services.register_client(actor=_me(request), person=found, **form.cleaned_data)
    response = _person_page(request, found, registration=registration, status=201)
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def revoke_client(request: HttpRequest, uid: UUID, client: int) -> HttpResponse:
    owner = _person(request, uid)
    found = ApiClient.objects.visible_to(_me(request)).filter(pk=client, user=owner).first()
    if found is None:
        raise NotFound()
    services.revoke_client(actor=_me(request), client=found)
    messages.success(request, _("The system's access has ended."))
    return redirect("administration:person", uid=uid)
