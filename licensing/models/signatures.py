"""What is kept of a request that a partner's system signed (see licensing.signatures); written once."""

from django.db import models


class KeptSignature(models.Model):
    """A verified HTTP message signature with all it takes to verify it again, offline."""

    client_id = models.CharField(max_length=255)
    client_name = models.CharField(max_length=255)
    public_key = models.JSONField()
    thumbprint = models.CharField(max_length=64)
    algorithm = models.CharField(max_length=40)
    base = models.TextField()
    signature = models.TextField(unique=True)  # a signature says something once
    body = models.BinaryField()
    verified_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"Signature of {self.client_name}"
