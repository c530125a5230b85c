"""Answers kept so that a partner's system may send a request again without doing it twice."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core import clock
from members.models.organisations import ApiClient


class KeptAnswer(models.Model):
    """What was answered to an unsafe request that came with an Idempotency-Key.

    Written in the transaction of the act itself: there is an answer if and only if there is an effect.
    """

    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)  # SHA-256 of method, address and body, in hexadecimal
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    answered_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "key"], name="keptanswer_once_for_a_key"),
            models.CheckConstraint(
                name="keptanswer_of_an_act", condition=Q(status__gte=200, status__lt=500) & ~Q(key="")
            ),
        ]
        indexes = [models.Index(fields=["answered_at"], name="keptanswer_by_age")]
