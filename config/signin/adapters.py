"""What django-allauth leaves to us: names, landing pages, addresses, and secrets at rest."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url

from config.signin.lockout import client_ip
from config.signin.middleware import STARTED
from core import clock
from members.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def save_user(self, request: HttpRequest, user: User, form: forms.BaseForm, commit: bool = True) -> User:
        """Give a person who signs up their name before the row is written."""
        user.name = form.cleaned_data["name"]
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Send officers to the workbench and exporters to the portal."""
        officer = isinstance(request.user, User) and request.user.is_officer
        return resolve_url(settings.OFFICER_HOME if officer else settings.EXPORTER_HOME)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return resolve_url(settings.EXPORTER_HOME)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask for the password again before a change to sign-in, unless it was given minutes ago."""
        if not super().is_reauthentication_required(app=app, **kwargs):
            return False
        signed_in = self.request.session.get(STARTED, 0)
        return bool(clock.machine().timestamp() - signed_in > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request) or "unknown"


def _box() -> MultiFernet:
    """Keys for secrets at rest: derived from the secret key, with the former ones still able to open."""

    def derived(secret: str) -> Fernet:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"entente.second-factor")
        return Fernet(base64.urlsafe_b64encode(key.derive(secret.encode())))

    return MultiFernet([derived(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps TOTP secrets and recovery seeds encrypted in the database."""

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; one that no key opens is no secret of anyone, so that no code fits it."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return Fernet.generate_key().hex()

    def get_totp_label(self, user: User) -> str:
        return user.email

    def get_totp_issuer(self) -> str:
        return "Entente"

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Tell the person by mail that a second factor was added or removed."""
        super().send_notification_mail(*args, **kwargs)
