"""A person's own pages: account, invitation, inbox."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import EntenteError, Forbidden, NotFound
from correspondence import selectors
from correspondence import services as correspondence
from correspondence.models import Notice
from members import selectors as people
from members import services
from members.models import User
from pages.answers import posted, refuse
from portal.forms.organisation import AcceptInvitationForm

NOTICES_A_PAGE = 25


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show a person what the platform knows of them, and where to change it."""
    me = _me(request)
    context = {
        "appointments": me.appointments.order_by("role"),
        "memberships": people.memberships_of(me),
        "clients": people.clients_of(me),
        "zone": me.authority.jurisdiction.timezone if me.authority else "",
        "acting": [one for one in people.delegations_of(me) if me.pk in (one.person_id, one.deputy_id)],
    }
    return render(request, "account/overview.html", context)


@login_required
@require_POST
def digest(request: HttpRequest) -> HttpResponse:
    """Switch the digest of each working day on or off."""
    services.want_digest(actor=_me(request), wanted=request.POST.get("wanted") == "yes")
    return redirect("account_email")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Take the place an invitation offers, with a new account or the one signed in with."""
    offered = services.open_invitation(token)
    actor = request.user if isinstance(request.user, User) else None
    known = people.has_account(offered)
    if actor is not None and actor.email != offered.email:
        raise Forbidden(_("This invitation is for another person. Sign out, then open the link again."))
    form = AcceptInvitationForm(posted(request), initial={"name": offered.name})
    if known and request.method == "POST":
        person = services.accept_invitation(token=token, actor=actor)
        return _welcome(request, person, signed_in=True)
    if request.method == "POST" and form.is_valid():
        try:
            person = services.accept_invitation(token=token, **form.cleaned_data)
        except EntenteError as error:
            if not error.fields:
                raise
            refuse(form, error)
        else:
            return _welcome(request, person, signed_in=False)
    context = {"form": form, "invitation": offered, "known": known, "token": token}
    response = render(
        request, "account/invitation.html", context, status=422 if request.method == "POST" else 200
    )
    response["Referrer-Policy"] = "no-referrer"
    return response


def _welcome(request: HttpRequest, person: User, *, signed_in: bool) -> HttpResponse:
    messages.success(request, _("Welcome. You have taken the place you were invited to."))
    if not signed_in:
        return redirect("account_login")
    return redirect(settings.OFFICER_HOME if person.is_officer else settings.EXPORTER_HOME)


@login_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    me = _me(request)
    notices = Notice.objects.visible_to(me)
    if request.GET.get("show") == "unread":
        notices = notices.filter(read_at__isnull=True)
    page = Paginator(notices, NOTICES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "unread": selectors.unread(me),
        "only_unread": request.GET.get("show") == "unread",
    }
    return render(request, "account/inbox.html", context)


@login_required
@require_POST
def read_notice(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Mark a notice as read and go to the page it is about."""
    notice = Notice.objects.visible_to(_me(request)).filter(uid=uid).first()
    if notice is None:
        raise NotFound()
    correspondence.mark_read(actor=_me(request), notice=notice)
    path = notice.path
    return redirect(path if path.startswith("/") and not path.startswith("//") else "inbox")


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    correspondence.mark_read(actor=_me(request))
    return redirect("inbox")
