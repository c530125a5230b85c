"""Policies: pure predicates that answer with a reason."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec

from core.errors import Forbidden

P = ParamSpec("P")


@dataclass(frozen=True)
class Verdict:
    """The answer of a policy; the reason is what page, API and test show."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


ALLOW = Verdict(True)


def deny(reason: str) -> Verdict:
    return Verdict(False, str(reason))


def require(policy: Callable[P, Verdict], *args: P.args, **kwargs: P.kwargs) -> None:
    """Raise Forbidden with the policy's reason unless it allows."""
    verdict = policy(*args, **kwargs)
    if not verdict.allowed:
        raise Forbidden(verdict.reason)
