"""Telling both sides what becomes of a mandate, and exporters what their agents file for them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from correspondence import services as correspondence
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import Application
from members.models import Mandate, Membership, User

ADMINISTRATOR = Membership.Role.ADMINISTRATOR


def _tell(event: Event, subject: str, text: str) -> None:
    """Tell the administrators of both sides, but not who did it."""
    mandate = Mandate.objects.get(pk=event.subject_id)
    both = [mandate.principal_id, mandate.agent_id]
    people = User.objects.filter(
        is_active=True, memberships__organisation__in=both, memberships__role=ADMINISTRATOR
    )
    correspondence.notify(
        recipients=[one for one in people.distinct() if str(one.uid) != event.actor_id],
        event=event,
        subject=f"{mandate.reference}: {subject}",
        text=text,
        path=f"/mandates/{mandate.reference}/",
    )


@subscribe("mandate.given")
def tell_given(event: Event) -> None:
    text = _("%(exporter)s wants %(agent)s to act for it from %(starts_on)s to %(ends_on)s.") % event.facts
    _tell(event, _("a mandate waits for the agent's answer"), text)


@subscribe("mandate.accepted")
def tell_accepted(event: Event) -> None:
    text = _("%(agent)s acts for %(exporter)s from %(starts_on)s to %(ends_on)s.") % event.facts
    _tell(event, _("the mandate is accepted"), text)


@subscribe("mandate.declined")
def tell_declined(event: Event) -> None:
    _tell(event, _("the mandate is declined"), str(event.facts["reason"]))


@subscribe("mandate.ending")
def tell_ending(event: Event) -> None:
    text = _(
        "%(agent)s acts for %(exporter)s until the end of %(ends_on)s. To go on, the exporter gives another "
        "mandate before then."
    )
    _tell(event, _("the mandate ends in 14 days"), text % event.facts)


@subscribe("mandate.ended")
def tell_ended(event: Event) -> None:
    _tell(event, _("the mandate has ended"), str(event.facts["reason"]))


@subscribe("application.registered")
def tell_filed(event: Event) -> None:
    """Tell the exporter's people what an agent has filed in their name."""
    if "mandate" not in event.facts:
        return
    application = Application.objects.get(pk=event.subject_id)
    correspondence.notify(
        recipients=User.objects.filter(is_active=True, memberships__organisation=application.organisation_id),
        event=event,
        subject=_("%(reference)s was filed for you") % event.facts,
        text=_("%(agent)s filed it for %(exporter)s under mandate %(mandate)s.") % event.facts,
        path=f"/applications/{application.reference}/",
    )
