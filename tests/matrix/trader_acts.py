"""Acts about a trusted trader, asked of it in each of its states: none of them depends on a case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from core import clock
from exemptions import trader_policies as policies
from exemptions.models import TraderAudit, TrustedTrader
from members.models import Organisation, User
from tests.matrix.crisis_acts import in_status

#: One decider of any member is enough, and it is suspended in all.
OF_THE_ALLIANCE = frozenset({"suspend a trader"})

ACTS: dict[str, Callable[[User, TrustedTrader], Any]] = {
    "answer to be trusted": lambda user, trader: policies.can_fill(user, trader.organisation, trader),
    "apply to be trusted": policies.can_apply,
    "ask to regain trust": policies.can_ask_to_regain,
    "begin the audit of a trader": policies.can_begin_audit,
    "report the audit of a trader": policies.can_report_audit,
    "decide on a trader": lambda user, trader: policies.can_decide(user, trader, _audit(trader)),
    "suspend a trader": policies.can_suspend,
    "end a trader's standing": policies.can_end,
}


def states(organisation: Organisation, inspector: User) -> dict[str, TrustedTrader]:
    """A trader in each state, and in those parts of a state in which something else may be done."""

    def made(status: str, **facts: Any) -> Any:
        known = {"organisation": organisation, "valid_until": clock.now() + timedelta(days=400)}
        return in_status(TrustedTrader(**{**known, **facts}), status)

    return {
        "draft": made("draft"),
        "applied": made("applied"),
        "under_audit": made("under_audit", inspector=inspector),
        "granted": made("granted"),
        "granted with 30 days to go": made("granted", valid_until=clock.now() + timedelta(days=30)),
        "granted and audited again": made("granted", inspector=inspector),
        "suspended": made("suspended"),
        "suspended and mended": made("suspended", made_good="The store has new locks."),
        "refused": made("refused"),
        "ended": made("ended"),
    }


def _audit(trader: TrustedTrader) -> TraderAudit | None:
    """What an inspector who has it in hand found."""
    if trader.inspector is None:
        return None
    return TraderAudit(trader=trader, inspector=trader.inspector, reported_at=clock.now())
