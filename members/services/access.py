"""Ending what a person or a system had open."""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.contrib.sessions.backends.db import SessionStore
from django.db import IntegrityError, transaction
from django.db.models import F
from oauth2_provider.models import AccessToken

from core import clock
from members.models import ApiClient, BoundToken, UsedAssertion, User
from members.services.calls import forget_answers

TOKENS_KEPT = timedelta(days=1)  # after they expired
GUESSES_KEPT = timedelta(days=30)


def end_sessions(user: User) -> None:
    """End every session and access token of a person, at once and everywhere."""
    User.objects.filter(pk=user.pk).update(session_generation=F("session_generation") + 1)
    AccessToken.objects.filter(application__user=user).delete()


def revoke_clients(user: User) -> list[str]:
    """Revoke every client of a person; return their names."""
    clients = list(ApiClient.objects.select_for_update().filter(user=user, revoked_at__isnull=True))
    for client in clients:
        client.revoked_at = clock.now()
        client.save(update_fields=["revoked_at", "updated"])
    AccessToken.objects.filter(application__user=user).delete()
    return [client.name for client in clients]


def remove_second_factor(user: User) -> None:
    """Remove TOTP and recovery codes; an officer must enrol again before seeing a case."""
    Authenticator.objects.filter(user=user).delete()


def confirm_address(user: User) -> None:
    """Note that the person reads mail at their address: they came by a link sent to it."""
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )


def use_assertion(*, client: ApiClient, jti: str, expires_at: datetime) -> bool:
    """Note that a system signed in with an assertion; False if it did so before."""
    try:
        with transaction.atomic():
            UsedAssertion.objects.create(client=client, jti=jti, expires_at=expires_at)
    except IntegrityError:
        return False
    return True


def bind_token(*, token: AccessToken, certificate: str) -> None:
    """Make a token worth nothing without the certificate it was asked for with."""
    BoundToken.objects.create(token=token, certificate=certificate)


def forget_expired() -> None:
    """Delete sessions, tokens, wrong guesses and kept answers that no longer mean anything."""
    SessionStore.clear_expired()
    now = clock.now()
    AccessToken.objects.filter(expires__lt=now - TOKENS_KEPT).delete()
    UsedAssertion.objects.filter(expires_at__lt=now).delete()
    AccessAttempt.objects.filter(attempt_time__lt=now - GUESSES_KEPT).delete()
    forget_answers()
