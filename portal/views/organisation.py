"""Pages on which exporters register their organisation and look after its people and systems."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import EntenteError, NotFound
from members import oauth, policies, selectors, services
from members.models import ApiClient, Invitation, Membership, Organisation, User
from pages.answers import posted, refuse
from portal.forms.organisation import InviteMemberForm, OrganisationForm, RegisterClientForm


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _mine(request: HttpRequest, uid: UUID) -> Organisation:
    """Return an organisation the person belongs to; NotFound for any other."""
    me = _me(request)
    found = Organisation.objects.visible_to(me).filter(uid=uid, pk__in=me.organisation_ids).first()
    if found is None:
        raise NotFound()
    return found


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    me = _me(request)
    context = {"memberships": selectors.memberships_of(me), "may_apply": policies.can_apply(me)}
    return render(request, "portal/organisation/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    form = OrganisationForm(posted(request), initial={"contact_email": _me(request).email})
    verdict = policies.can_apply(_me(request))
    if request.method == "POST" and form.is_valid():
        answers = {**form.cleaned_data, "jurisdiction": form.cleaned_data["jurisdiction"].pk}
        try:
            organisation = services.apply_organisation(actor=_me(request), **answers)
        except EntenteError as error:
            if not error.fields:
                raise
            refuse(form, error)
        else:
            messages.success(request, _("The organisation is registered and waits to be vetted."))
            return redirect("organisation:page", uid=organisation.uid)
    status = 422 if form.is_bound else 200
    return render(
        request, "portal/organisation/register.html", {"form": form, "verdict": verdict}, status=status
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Mend the answers of a refused organisation."""
    organisation = _mine(request, uid)
    fields = ("name", "address", "registration_number", "lei", "vat", "contact_email")
    initial = {field: getattr(organisation, field) for field in fields}
    form = OrganisationForm(posted(request), initial=initial, settled=True)
    if request.method == "POST" and form.is_valid():
        try:
            services.apply_again(actor=_me(request), organisation=organisation, **form.cleaned_data)
        except EntenteError as error:
            if not error.fields:
                raise
            refuse(form, error)
        else:
            messages.success(request, _("Your answers were sent; the organisation waits to be vetted."))
            return redirect("organisation:page", uid=uid)
    context = {
        "form": form,
        "organisation": organisation,
        "verdict": policies.can_correct(_me(request), organisation),
    }
    status = 422 if form.is_bound else 200
    return render(request, "portal/organisation/register.html", context, status=status)


@login_required
@require_safe
def page(request: HttpRequest, uid: UUID) -> HttpResponse:
    return _page(request, _mine(request, uid))


def _page(
    request: HttpRequest,
    organisation: Organisation,
    *,
    invite: InviteMemberForm | None = None,
    client: RegisterClientForm | None = None,
    registration: services.Registration | None = None,
    status: int = 200,
) -> HttpResponse:
    me = _me(request)
    clients = ApiClient.objects.visible_to(me).filter(user__memberships__organisation=organisation)
    context = {
        "organisation": organisation,
        "members": organisation.memberships.select_related("user").order_by("user__name"),
        "invitations": Invitation.objects.visible_to(me).open().filter(organisation=organisation),
        "clients": clients.filter(revoked_at__isnull=True).select_related("user").order_by("name"),
        "scope_texts": oauth.SCOPES,
        "may_invite": policies.can_invite_member(me, organisation),
        "may_register": policies.can_register_client(me, me),
        "invite_form": invite or InviteMemberForm(prefix="invite"),
        "client_form": client or RegisterClientForm(prefix="client"),
        "registration": registration,
    }
    return render(request, "portal/organisation/page.html", context, status=status)


@login_required
@require_POST
def invite(request: HttpRequest, uid: UUID) -> HttpResponse:
    organisation = _mine(request, uid)
    form = InviteMemberForm(request.POST, prefix="invite")
    if form.is_valid():
        try:
            services.invite(actor=_me(request), organisation=organisation, **form.cleaned_data)
        except EntenteError as error:
            if not error.fields:
                raise
            refuse(form, error)
        else:
            messages.success(request, _("The invitation is on its way. Its link works for 14 days."))
            return redirect("organisation:page", uid=uid)
    return _page(request, organisation, invite=form, status=422)


@login_required
@require_POST
def withdraw_invitation(request: HttpRequest, uid: UUID, invitation: UUID) -> HttpResponse:
    organisation = _mine(request, uid)
    rows = Invitation.objects.visible_to(_me(request)).filter(organisation=organisation, uid=invitation)
    services.withdraw_invitation(actor=_me(request), invitation=_one(rows.first()))
    messages.success(request, _("The invitation is withdrawn; its link no longer works."))
    return redirect("organisation:page", uid=uid)


def _one(found: Invitation | None) -> Invitation:
    if found is None:
        raise NotFound()
    return found


def _member(organisation: Organisation, person: UUID) -> Membership:
    found = organisation.memberships.select_related("user", "organisation").filter(user__uid=person).first()
    if found is None:
        raise NotFound()
    return found


@login_required
@require_POST
def change_role(request: HttpRequest, uid: UUID, person: UUID) -> HttpResponse:
    membership = _member(_mine(request, uid), person)
    services.change_membership(
        actor=_me(request), membership=membership, role=request.POST.get("role", "")[:20]
    )
    messages.success(request, _("The role of %(name)s is changed.") % {"name": membership.user.name})
    return redirect("organisation:page", uid=uid)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove_member(request: HttpRequest, uid: UUID, person: UUID) -> HttpResponse:
    """Ask once more, then remove a leaver."""
    organisation = _mine(request, uid)
    membership = _member(organisation, person)
    if request.method == "POST":
        services.remove_leaver(actor=_me(request), person=membership.user)
        messages.success(request, _("%(name)s has been removed.") % {"name": membership.user.name})
        return redirect("organisation:page", uid=uid)
    context = {
        "organisation": organisation,
        "person": membership.user,
        "verdict": policies.can_remove(_me(request), membership.user),
    }
    return render(request, "portal/organisation/remove.html", context)


@login_required
@require_POST
def recover_member(request: HttpRequest, uid: UUID, person: UUID) -> HttpResponse:
    membership = _member(_mine(request, uid), person)
    services.recover_account(actor=_me(request), person=membership.user)
    messages.success(
        request, _("%(name)s receives a link to choose a new password.") % {"name": membership.user.name}
    )
    return redirect("organisation:page", uid=uid)


@login_required
@require_POST
@sensitive_variables("registration")
def register_client(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Register a system that acts for the person who asks; its secret is shown once, on this answer."""
    organisation = _mine(request, uid)
    form = RegisterClientForm(request.POST, prefix="client")
    if not form.is_valid():
        return _page(request, organisation, client=form, status=422)
    registration = services.register_client(actor=_me(request), person=_me(request), **form.cleaned_data)
    response = _page(request, organisation, registration=registration, status=201)
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def revoke_client(request: HttpRequest, uid: UUID, client: int) -> HttpResponse:
    organisation = _mine(request, uid)
    rows = ApiClient.objects.visible_to(_me(request))
    found = rows.filter(pk=client, user__memberships__organisation=organisation).first()
    if found is None:
        raise NotFound()
    services.revoke_client(actor=_me(request), client=found)
    messages.success(request, _("The system's access has ended."))
    return redirect("organisation:page", uid=uid)
