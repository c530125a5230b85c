"""Who applies to be trusted, who looks, who decides, and who ends it.

What the trader answers for it does in person; officers do their part through systems as well.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from core import clock
from core.policies import ALLOW, Verdict, deny
from exemptions import trust
from exemptions.models import TraderAudit, TrustedTrader
from members.models import Organisation, Role, User
from members.policies import in_role, no_system, other_hands

Status = TrustedTrader.Status


def can_fill(user: User, organisation: Organisation, trader: TrustedTrader | None = None) -> Verdict:
    """The organisation's people, before it is sent; anew after a refusal or an end."""
    if organisation.pk not in user.organisation_ids:
        return deny(_("Only people of the organisation do this."))
    if organisation.status != Organisation.Status.VETTED:
        return deny(_("Your organisation has to be vetted first."))
    if trader is not None and trader.status not in (Status.DRAFT, Status.REFUSED, Status.ENDED):
        return deny(_("The answers were sent and are not changed any more."))
    return ALLOW


def can_apply(user: User, trader: TrustedTrader) -> Verdict:
    """A person, who answers for what is said."""
    if trader.status != Status.DRAFT:
        return deny(_("It has been sent."))
    return can_fill(user, trader.organisation, trader) and no_system(user)


def can_ask_to_regain(user: User, trader: TrustedTrader) -> Verdict:
    if trader.organisation_id not in user.organisation_ids:
        return deny(_("Only people of the organisation do this."))
    if trader.status != Status.SUSPENDED:
        return deny(_("Only what is suspended is regained."))
    return no_system(user)


def _own(user: User, trader: TrustedTrader, role: Role, otherwise: str) -> Verdict:
    verdict = in_role(user, {role}, outsider=_("Only officers of an authority do this."), otherwise=otherwise)
    if not verdict:
        return verdict
    if user.jurisdiction_code != trader.organisation.jurisdiction_id:
        return deny(_("Only the trader's own member does this."))
    if trader.organisation_id in user.organisation_ids:
        return deny(_("You belong to the exporter's organisation."))
    return ALLOW


def can_begin_audit(user: User, trader: TrustedTrader) -> Verdict:
    """An inspector of the trader's member takes what waits for one."""
    if not waits_for_an_inspector(trader):
        return deny(_("Nothing waits for an inspector here."))
    return _own(user, trader, Role.INSPECTOR, _("Only an inspector audits."))


def waits_for_an_inspector(trader: TrustedTrader) -> bool:
    """Applied; suspended, once the trader has said what it mended; or granted, in the last days before its end."""
    if trader.status == Status.GRANTED:
        until = trader.valid_until
        early = timedelta(days=trust.VALID_DAYS - trust.REAUDIT_DAYS)
        return trader.inspector_id is None and until is not None and until - early <= clock.now() < until
    return trader.status == Status.APPLIED or (trader.status == Status.SUSPENDED and bool(trader.made_good))


def under_audit(trader: TrustedTrader) -> bool:
    """Whether an inspector has it in hand, before it is trusted or, for the next three years, while it is."""
    return trader.inspector_id is not None and trader.status in (Status.UNDER_AUDIT, Status.GRANTED)


def can_report_audit(user: User, trader: TrustedTrader) -> Verdict:
    if not under_audit(trader):
        return deny(_("No audit is under way."))
    verdict = _own(user, trader, Role.INSPECTOR, _("Only an inspector audits."))
    if verdict and trader.inspector_id != user.pk:
        return deny(_("Another inspector has taken this audit."))
    return verdict


def can_decide(user: User, trader: TrustedTrader, audit: TraderAudit | None) -> Verdict:
    """A decider of the trader's member, on an audit by another person."""
    if not under_audit(trader) or audit is None:
        return deny(_("There is no audit to decide on."))
    verdict = _own(user, trader, Role.DECIDER, _("Only a decider decides."))
    if not verdict:
        return verdict
    if user.pk == audit.inspector_id:
        return deny(_("Another person than the inspector decides."))
    if user.pk == trader.suspended_by_id:
        return deny(_("Another person than suspended it decides."))
    verdict = other_hands(user, audit.inspector_id, audit.reported_at)
    if verdict and trader.suspended_at is not None:
        verdict = other_hands(user, trader.suspended_by_id, trader.suspended_at)
    return verdict


def can_suspend(user: User, trader: TrustedTrader) -> Verdict:
    """One decider of any member is enough, and it is suspended in all."""
    if trader.status != Status.GRANTED:
        return deny(_("Only a trusted trader is suspended."))
    return in_role(
        user,
        {Role.DECIDER},
        outsider=_("Only officers of an authority do this."),
        otherwise=_("Only a decider suspends."),
    )


def can_end(user: User, trader: TrustedTrader) -> Verdict:
    """A decider of the trader's member, or the trader itself, in person, for good."""
    if trader.status not in (Status.APPLIED, Status.UNDER_AUDIT, Status.GRANTED, Status.SUSPENDED):
        return deny(_("There is nothing to end."))
    if trader.organisation_id in user.organisation_ids:
        return no_system(user)
    return _own(user, trader, Role.DECIDER, _("Only a decider ends it."))
