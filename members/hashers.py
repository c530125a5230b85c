"""How the secrets of systems are kept."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _


class RandomSecretHasher(BasePasswordHasher):
    """Salted SHA-256, for secrets drawn at random with at least 256 bits: nobody can guess those.

    A slow hash would protect nothing more and cost every token request a tenth of a second and 100 MB.
    """

    algorithm = "sha256_random"

    def encode(self, password: str, salt: str) -> str:
        digest = hashlib.sha256(f"{salt}:{password}".encode()).hexdigest()
        return f"{self.algorithm}${salt}${digest}"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, salt, digest = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def verify(self, password: str, encoded: str) -> bool:
        return constant_time_compare(encoded, self.encode(password, self.decode(encoded)["salt"]))

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        return {_("algorithm"): self.algorithm}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing to even out: the hash takes the same time whatever it is given."""
