"""What is asked of the policies on changing licences, with the licence of the matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core import clock
from licensing.models import Case, Licence, LicenceChange
from licensing.policies import changes as policies
from members.models import User


def acts(licence: Licence, authors: dict[str, User]) -> dict[str, Callable[[User, Case], Any]]:
    """Every act on a request that is asked for, recommended by a German officer, or over."""
    asked = LicenceChange(licence=licence)
    recommended = LicenceChange(licence=licence, recommended_by=authors["DE"], recommended_at=clock.now())
    recommended.__dict__["status"] = "recommended"
    over = LicenceChange(licence=licence)
    over.__dict__["status"] = "granted"

    def on(policy: Callable[..., Any], change: LicenceChange) -> Callable[[User, Case], Any]:
        def ask(user: User, present: Case) -> Any:
            change.licence.case = present
            return policy(user, change)

        return ask

    return {
        "ask to have a licence changed": lambda user, _present: policies.can_ask(user, licence),
        "take a request back": on(policies.can_withdraw, asked),
        "take a request back that is over": on(policies.can_withdraw, over),
        "recommend a change": on(policies.can_recommend, asked),
        "decide a change": on(policies.can_decide, recommended),
        "decide a change that nobody recommended": on(policies.can_decide, asked),
        "consent to a change": on(policies.can_speak, asked),
    }
