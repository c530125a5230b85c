"""Letters and notices about people and organisations; the floors above tell about their own things."""

from __future__ import annotations

from django.utils.translation import gettext as _

from correspondence import services
from correspondence.models import WebhookEndpoint
from ledger.models import Event
from ledger.subscriptions import subscribe
from members.models import ApiClient, Invitation, Organisation, Role, User
from members.policies import VETTING_ROLES


@subscribe("person.invited")
def send_invitation(event: Event) -> None:
    invitation = Invitation.objects.filter(pk=event.subject_id).first()
    if invitation is not None:
        services.queue_invitation(invitation=invitation, event=event)


@subscribe("account.recovered")
def send_recovery(event: Event) -> None:
    person = User.objects.filter(pk=event.subject_id).first()
    if person is not None:
        services.queue_recovery(person=person, event=event)


@subscribe("organisation.applied")
def tell_who_vets(event: Event) -> None:
    organisation = Organisation.objects.get(pk=event.subject_id)
    officers = User.objects.in_roles(*VETTING_ROLES).filter(
        authority__jurisdiction=organisation.jurisdiction_id
    )
    services.notify(
        recipients=officers,
        event=event,
        subject=_("An exporter waits to be vetted"),
        text=_("%(name)s has registered.") % {"name": organisation.name},
        path=f"/administration/organisations/{organisation.uid}/",
    )


@subscribe("organisation.vetted")
def tell_vetted(event: Event) -> None:
    _tell_members(event, _("Your organisation is vetted"), _("You can now submit applications."))


@subscribe("organisation.refused")
def tell_refused(event: Event) -> None:
    _tell_members(event, _("Your organisation was refused"), str(event.facts["reason"]))


@subscribe("organisation.suspended")
def tell_suspended(event: Event) -> None:
    _tell_members(event, _("Your organisation is suspended"), str(event.facts["reason"]))


@subscribe("organisation.reinstated")
def tell_reinstated(event: Event) -> None:
    _tell_members(event, _("Your organisation is reinstated"), _("You can submit applications again."))


def _tell_members(event: Event, subject: str, text: str) -> None:
    organisation = Organisation.objects.get(pk=event.subject_id)
    services.notify(
        recipients=User.objects.filter(memberships__organisation=organisation),
        event=event,
        subject=subject,
        text=text,
        path=f"/organisation/{organisation.uid}/",
    )


@subscribe("officer.appointed")
def tell_appointed(event: Event) -> None:
    _tell_about_role(event, _("You hold a further role"))


@subscribe("officer.dismissed")
def tell_dismissed(event: Event) -> None:
    _tell_about_role(event, _("One of your roles was taken back"))


def _tell_about_role(event: Event, subject: str) -> None:
    role = str(event.facts["role"])
    services.notify(
        recipients=User.objects.filter(pk=event.subject_id),
        event=event,
        subject=subject,
        text=str(dict(Role.choices).get(role, role)),
        path="/account/",
    )


@subscribe("client.registered")
def tell_who_answers(event: Event) -> None:
    client = ApiClient.objects.select_related("user").filter(pk=event.subject_id).first()
    if client is None or client.user is None or event.actor_id == str(client.user.uid):
        return
    services.notify(
        recipients=[client.user],
        event=event,
        subject=_("A system now acts for you"),
        text=_("%(actor)s registered %(name)s. What it does is recorded in your name.")
        % {"actor": event.actor_label, "name": client.name},
        path="/account/",
    )


@subscribe("client.keys_registered")
def tell_whose_keys(event: Event) -> None:
    client = ApiClient.objects.select_related("user").filter(pk=event.subject_id).first()
    if client is None or client.user is None or event.actor_id == str(client.user.uid):
        return
    services.notify(
        recipients=[client.user],
        event=event,
        subject=_("The keys of a system that acts for you have changed"),
        text=_("%(actor)s registered the keys that %(name)s signs with.")
        % {"actor": event.actor_label, "name": client.name},
        path=f"/account/systems/{client.pk}/",
    )


@subscribe("webhook.disabled")
def tell_webhook_disabled(event: Event) -> None:
    _tell_of_webhook(event, _("A webhook is disabled"), str(event.facts["reason"]))


@subscribe("webhook.letter_died")
def tell_letter_died(event: Event) -> None:
    text = _("An event could not be delivered and was put aside. %(reason)s")
    _tell_of_webhook(event, _("A webhook has a dead letter"), text % {"reason": event.facts["reason"]})


def _tell_of_webhook(event: Event, subject: str, text: str) -> None:
    """Tell who answers for the system and who registered the webhook."""
    rows = WebhookEndpoint.objects.select_related("client__user", "registered_by")
    endpoint = rows.filter(pk=event.subject_id).first()
    if endpoint is None or endpoint.client.user is None:
        return
    services.notify(
        recipients={endpoint.client.user, endpoint.registered_by},
        event=event,
        subject=subject,
        text=text,
        path=f"/webhooks/{endpoint.uid}/",
    )
