"""What people and systems do with webhook endpoints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.errors import Conflict, Invalid, NotFound
from core.policies import require
from correspondence import policies
from correspondence.models import SCHEMES, WebhookAttempt, WebhookEndpoint, WebhookKey, WebhookLetter
from correspondence.webhooks import reach, signing
from ledger import selectors as ledger_selectors
from ledger import services as ledger
from ledger.models import Event
from ledger.services import TYPE
from members.models import ApiClient, User
from members.services.people import audience_of

OVERLAP = timedelta(hours=24)  # for which a former key signs along
KEPT = timedelta(days=30)  # attempts
MOST = 10  # endpoints of a client
MOST_TYPES = 50


@dataclass(frozen=True)
class KeyMade:
    """An endpoint with its new key in the form its receiver needs; a `secret` one is shown this once."""

    endpoint: WebhookEndpoint
    scheme: str
    key: str
    secret: bool


@transaction.atomic
def register_webhook(
    *,
    actor: User,
    client: ApiClient,
    url: str,
    types: Iterable[str] = (),
    description: str = "",
    scheme: str = "v1a",
) -> KeyMade:
    """Register an address that a client is told at, from now on; Invalid names what is wrong with it."""
    client = ApiClient.objects.select_for_update(of=("self",)).select_related("user").get(pk=client.pk)
    require(policies.can_manage_webhooks, actor, client)
    if "events:read" not in client.allowed_scopes:
        raise Conflict(_("This system may not read events: it needs the scope events:read."))
    if client.webhooks.count() >= MOST:
        raise Conflict(_("A system has at most %(most)s webhooks.") % {"most": MOST})
    now = clock.now()
    endpoint = WebhookEndpoint.objects.create(
        client=client,
        url=_address(url),
        types=_types(types),
        description=_description(description),
        position=ledger_selectors.head(),
        next_attempt_at=now,
        registered_by=actor,
        registered_at=now,
    )
    made = _new_key(endpoint, scheme)
    _record("webhook.registered", actor, endpoint, {"types": endpoint.types, "scheme": scheme})
    return made


@transaction.atomic
def change_webhook(
    *,
    actor: User,
    endpoint: WebhookEndpoint,
    url: str | None = None,
    types: Iterable[str] | None = None,
    description: str | None = None,
) -> WebhookEndpoint:
    """Change the address, the types or the description; what is not given stays."""
    endpoint = _locked(actor, endpoint)
    changed = []
    if url is not None:
        endpoint.url = _address(url)
        changed.append("url")
    if types is not None:
        endpoint.types = _types(types)
        changed.append("types")
    if description is not None:
        endpoint.description = _description(description)
        changed.append("description")
    endpoint.save(update_fields=["url", "types", "description"])
    _record("webhook.changed", actor, endpoint, {"changed": changed})
    return endpoint


@transaction.atomic
def pause_webhook(*, actor: User, endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """Tell it nothing until it is resumed; what happens meanwhile waits in the feed."""
    endpoint = _locked(actor, endpoint)
    endpoint.pause()
    endpoint.save(update_fields=["status"])
    _record("webhook.paused", actor, endpoint)
    return endpoint


@transaction.atomic
def resume_webhook(*, actor: User, endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """Go on where it stopped, after a pause or once what disabled it is mended."""
    endpoint = _locked(actor, endpoint)
    endpoint.resume()
    endpoint.next_attempt_at = clock.now()
    endpoint.save()
    _record("webhook.resumed", actor, endpoint)
    return endpoint


@transaction.atomic
def rotate_key(*, actor: User, endpoint: WebhookEndpoint, scheme: str | None = None) -> KeyMade:
    """Give it a new key; the one in use signs along for 24 hours, so that nothing fails meanwhile."""
    endpoint = _locked(actor, endpoint)
    now = clock.now()
    used = endpoint.keys.select_for_update().get(retires_at__isnull=True)
    endpoint.keys.filter(retires_at__isnull=False).delete()  # of two rotations in a row the first is over
    used.retires_at = now + OVERLAP
    used.save(update_fields=["retires_at"])
    made = _new_key(endpoint, scheme or used.scheme)
    _record("webhook.key_rotated", actor, endpoint, {"scheme": made.scheme})
    return made


@transaction.atomic
def remove_webhook(*, actor: User, endpoint: WebhookEndpoint) -> None:
    """End it, with its attempts and dead letters; the events stay in the feed."""
    endpoint = _locked(actor, endpoint)
    _record("webhook.removed", actor, endpoint)
    endpoint.delete()


@transaction.atomic
def send_test(*, actor: User, endpoint: WebhookEndpoint) -> Event:
    """Let it be told of a test, next and apart from the feed; what came of it stands among its attempts."""
    endpoint = _locked(actor, endpoint)
    if endpoint.status != WebhookEndpoint.Status.ACTIVE:
        raise Conflict(_("Resume the webhook first: nothing is sent while it is paused or disabled."))
    now = clock.now()
    if endpoint.letters.filter(died_at__isnull=True).exists():
        raise Conflict(_("A test is on its way already."))
    event = _record("webhook.tested", actor, endpoint)
    WebhookLetter.objects.create(endpoint=endpoint, event=event, asked_at=now)
    endpoint.next_attempt_at = now
    endpoint.save(update_fields=["next_attempt_at"])
    return event


@transaction.atomic
def replay_letter(*, actor: User, endpoint: WebhookEndpoint, event: str) -> WebhookLetter:
    """Send a dead letter again, once, before what comes next; `event` is the id it was sent under."""
    endpoint = _locked(actor, endpoint)
    if endpoint.status != WebhookEndpoint.Status.ACTIVE:
        raise Conflict(_("Resume the webhook first: nothing is sent while it is paused or disabled."))
    letter = endpoint.letters.filter(event__uid=event, died_at__isnull=False).first()
    if letter is None:
        raise NotFound(_("There is no such dead letter: it may have been delivered meanwhile."))
    now = clock.now()
    letter.asked_at = letter.asked_at or now
    letter.save(update_fields=["asked_at"])
    endpoint.next_attempt_at = now
    endpoint.save(update_fields=["next_attempt_at"])
    _record("webhook.letter_replayed", actor, endpoint, {"event": event})
    return letter


@transaction.atomic
def replay_from(
    *, actor: User, endpoint: WebhookEndpoint, since: datetime | None = None, cursor: str | None = None
) -> WebhookEndpoint:
    """Send everything again from an instant, from a cursor of the feed, or, with neither, from the beginning.

    Invalid for a place that lies ahead: nothing is skipped. Dead letters from there on go with the rest.
    """
    endpoint = _locked(actor, endpoint)
    person = endpoint.client.user
    assert person is not None
    if since is not None and cursor is not None:
        raise Invalid.field("since", _("Give an instant or a cursor, not both."))
    if since is not None:
        place = ledger_selectors.position_since(person.audience, since)
    else:
        place = ledger_selectors.position_of(cursor)
    if place > endpoint.position:
        raise Invalid.field(
            "cursor" if cursor else "since",
            _("The webhook has not been told everything up to there yet; a replay goes back only."),
        )
    endpoint.letters.filter(position__gt=place).delete()
    endpoint.position, endpoint.failures = place, 0
    endpoint.lease = endpoint.leased_until = None  # what is on its way moves the place no more
    endpoint.next_attempt_at = clock.now()
    endpoint.save()
    _record("webhook.replayed", actor, endpoint, {"since": since.isoformat() if since else ""})
    return endpoint


def forget_attempts(batch: int = 5000) -> int:
    """Delete attempts older than 30 days, and keys that have retired; return how many attempts went."""
    gone = 0
    while True:
        old = WebhookAttempt.objects.filter(at__lt=clock.now() - KEPT).order_by("at").values("pk")[:batch]
        done, _rows = WebhookAttempt.objects.filter(pk__in=old).delete()
        gone += done
        if done < batch:
            break
    WebhookKey.objects.filter(retires_at__lte=clock.now()).delete()
    return gone


def _locked(actor: User, endpoint: WebhookEndpoint) -> WebhookEndpoint:
    rows = WebhookEndpoint.objects.select_for_update(of=("self",)).select_related("client__user__authority")
    found = rows.filter(pk=endpoint.pk).first()
    if found is None:
        raise NotFound(_("This webhook has been removed."))
    require(policies.can_manage_webhooks, actor, found.client)
    return found


def _new_key(endpoint: WebhookEndpoint, scheme: str) -> KeyMade:
    if scheme not in dict(SCHEMES):
        raise Invalid.field("scheme", _("Choose v1a (Ed25519) or v1 (HMAC-SHA256)."))
    made = signing.make(scheme)
    WebhookKey.objects.create(
        endpoint=endpoint, scheme=scheme, sealed=made.sealed, public=made.public, made_at=clock.now()
    )
    return KeyMade(endpoint, scheme, made.told, made.secret)


def _address(url: str) -> str:
    url = url.strip()
    reach.check(url)
    return url


def _types(types: Iterable[str]) -> list[str]:
    """Return types in order, without repetition: each a type of event, or `case.*` for all of one noun."""
    wanted = sorted({type.strip() for type in types} - {""})
    wrong = [type for type in wanted if not TYPE.fullmatch(type.replace(".*", ".any")) or len(type) > 60]
    if wrong:
        raise Invalid.field(
            "types",
            _("%(type)s is no type of event. Give one like case.escalated or case.*")
            % {"type": wrong[0][:60]},
        )
    if len(wanted) > MOST_TYPES:
        raise Invalid.field(
            "types", _("Give at most %(most)s types, or none for all.") % {"most": MOST_TYPES}
        )
    return wanted


def _description(text: str) -> str:
    text = " ".join(text.split())
    if len(text) > 100:
        raise Invalid.field("description", _("Describe it in at most 100 characters."))
    return text


def _record(
    type: str, actor: User, endpoint: WebhookEndpoint, facts: dict[str, object] | None = None
) -> Event:
    person = endpoint.client.user
    assert person is not None
    return ledger.record(
        type,
        actor=actor,
        subject=endpoint,
        audience=audience_of(person),
        facts={"webhook": str(endpoint.uid), **(facts or {})},
    )
