"""How systems prove who they are: assertions that were used, tokens bound to a certificate."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from oauth2_provider.models import AccessToken

from members.models.organisations import ApiClient


class UsedAssertion(models.Model):
    """An assertion a system signed in with; whoever overheard it cannot use it again (RFC 7523 section 3)."""

    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="+")
    jti = models.CharField(max_length=255)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "jti"], name="usedassertion_once"),
            models.CheckConstraint(name="usedassertion_named", condition=~Q(jti="")),
        ]
        indexes = [models.Index(fields=["expires_at"], name="usedassertion_by_age")]


class BoundToken(models.Model):
    """A token that is worth nothing without the certificate it was asked for with (RFC 8705 section 3)."""

    token = models.OneToOneField(AccessToken, on_delete=models.CASCADE, related_name="bound")
    certificate = models.CharField(max_length=43)  # x5t#S256

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="boundtoken_to_a_certificate", condition=Q(certificate__regex=r"^[A-Za-z0-9_-]{43}$")
            )
        ]
