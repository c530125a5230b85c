"""A trader at each point of its way, made by the services themselves."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from core import clock
from exemptions import icp
from exemptions.models import TraderAudit, TrustedTrader
from licensing.services import traders
from members.models import Ministry, Organisation, Role, User
from tests import factories

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
SEEN = "The office and the store were seen; papers were shown for each element."
WHY = "The audit and the record of the platform bear it out."
DOUBT = "Goods were seen at a place that no licence names."
MENDED = "The store has new locks, and each transaction is now screened by two persons."


def inspector(code: str = "DE") -> User:
    return factories.officer_of(code, Role.INSPECTOR, ministry=Ministry.CUSTOMS)


def decider(code: str = "DE") -> User:
    return factories.officer_of(code, Role.DECIDER)


def answers(element: icp.Element, said: str = "yes") -> dict[str, str]:
    return {**{question.key: said for question in element.questions}, "evidence": "Handbook, chapter 3."}


def findings(finding: str = "met", **others: str) -> dict[str, dict[str, str]]:
    found = {one.key: finding for one in icp.questionnaire().elements} | others
    return {key: {"finding": said, "remark": "" if said == "met" else DOUBT} for key, said in found.items()}


def filled(actor: User, organisation: Organisation, *, aeo: bool = False) -> TrustedTrader:
    trader = traders.begin(actor=actor, organisation=organisation)
    for element in icp.questionnaire().elements:
        traders.answer(actor=actor, trader=trader, element=element.key, given=answers(element))
    if aeo:
        traders.certify(
            actor=actor, trader=trader, number="DEAEOF000012", upload=BytesIO(PDF), filename="aeo.pdf"
        )
    return again(trader)


def applied(actor: User, organisation: Organisation, *, aeo: bool = False) -> TrustedTrader:
    return traders.apply(actor=actor, trader=filled(actor, organisation, aeo=aeo))


def audited(trader: TrustedTrader, by: User | None = None, **changes: Any) -> TraderAudit:
    by = by or inspector(trader.organisation.jurisdiction_id)
    traders.begin_audit(actor=by, trader=trader)
    given = {"visited_on": clock.today(), "findings": findings(), "summary": SEEN, **changes}
    return traders.report_audit(actor=by, trader=trader, **given)


def trusted(actor: User, organisation: Organisation, *, aeo: bool = False) -> TrustedTrader:
    """A trader that is trusted, at the level that its record gives."""
    trader = applied(actor, organisation, aeo=aeo)
    audited(trader)
    return traders.grant(actor=decider(organisation.jurisdiction_id), trader=trader, reasons=WHY)


def again(trader: TrustedTrader) -> TrustedTrader:
    return TrustedTrader.objects.select_related("organisation").get(pk=trader.pk)
