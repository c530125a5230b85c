"""Who declares shipments, lets them leave, says that they arrived, judges that, and looks before they go."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from enforcement.models import (
    DeliveryVerification,
    MonitorLink,
    OfflineConflict,
    PreShipmentCheck,
    Reservation,
    Shipment,
)
from enforcement.models.offline import SETTLERS
from licensing.models import Licence
from licensing.policies.common import not_of_who_files
from members.models import Mandated, Role, User
from members.policies import in_role, no_system, other_hands

JUDGES = frozenset({Role.LICENSING_OFFICER, Role.DECIDER, Role.INSPECTOR})
ASKERS = frozenset({Role.LICENSING_OFFICER, Role.DECIDER, Role.CUSTOMS_OFFICER, Role.INSPECTOR})


def of_holder(user: User, licence: Licence) -> bool:
    """Whether a person is of the holder, or of its agent under a mandate in force to declare shipments."""
    if licence.holder_id in user.organisation_ids:
        return True
    mandates = user.mandated(Mandated.SHIPMENTS)
    return bool(mandates) and licence.case.application.mandate_id in mandates


def _holds(user: User, licence: Licence, otherwise: str) -> Verdict:
    return ALLOW if of_holder(user, licence) else deny(otherwise)


def _no_exporter(user: User, licence: Licence) -> Verdict:
    return not_of_who_files(user, licence.case.application) if user.organisation_ids else ALLOW


def is_customs_of(user: User, shipment: Shipment) -> Verdict:
    """A customs officer of a member on whose territory the licence holds."""
    outsider = _("Only the holder of the licence, or customs, can do this.")
    verdict = in_role(user, {Role.CUSTOMS_OFFICER}, outsider=outsider, otherwise=outsider)
    if verdict and user.jurisdiction_code not in {shipment.leaves_from_id, *shipment.licence.territory}:
        return deny(_("Only customs of a member in which the licence holds can do this."))
    return verdict and _no_exporter(user, shipment.licence)


def can_declare(user: User, licence: Licence) -> Verdict:
    """The people of the holder."""
    return _holds(user, licence, _("Only the holder of a licence declares shipments under it."))


def can_depart(user: User, shipment: Shipment) -> Verdict:
    """The holder says that it leaves, or customs say so."""
    if shipment.status != Shipment.Status.DECLARED:
        return deny(_("Only a declared shipment leaves."))
    if of_holder(user, shipment.licence):
        return ALLOW
    return is_customs_of(user, shipment)


def can_cancel(user: User, shipment: Shipment) -> Verdict:
    """The holder, before it has left."""
    if shipment.status != Shipment.Status.DECLARED:
        return deny(_("Only a shipment that has not left is cancelled."))
    return _holds(user, shipment.licence, _("Only the holder of the licence cancels a shipment."))


def can_stop(user: User, shipment: Shipment) -> Verdict:
    """Customs of a member in which the licence holds, or a decider of the issuer; before it has left."""
    if shipment.status != Shipment.Status.DECLARED:
        return deny(_("Only a shipment that has not left is stopped."))
    who = _("Shipments are stopped by customs, or by a decider of the member that issued the licence.")
    verdict = in_role(user, {Role.CUSTOMS_OFFICER, Role.DECIDER}, outsider=who, otherwise=who)
    if not verdict:
        return verdict
    if Role.DECIDER in user.roles and user.jurisdiction_code == shipment.licence.issued_by_id:
        return _no_exporter(user, shipment.licence)
    return is_customs_of(user, shipment) if Role.CUSTOMS_OFFICER in user.roles else deny(who)


def can_confirm(user: User, shipment: Shipment) -> Verdict:
    """The holder, once it has left and as long as no confirmation counts."""
    if shipment.status not in Shipment.LEFT:
        return deny(_("Only what has left can be delivered."))
    return _holds(user, shipment.licence, _("Only the holder of the licence confirms a delivery."))


def can_name_monitor(user: User, shipment: Shipment) -> Verdict:
    """The holder, or whoever judges deliveries for the issuer, once it has left."""
    if shipment.status not in Shipment.LEFT:
        return deny(_("Only what has left can be delivered."))
    if of_holder(user, shipment.licence):
        return ALLOW
    who = _("A monitor is named by the holder, or by officers and inspectors of the issuing member.")
    verdict = in_role(user, JUDGES, outsider=who, otherwise=who)
    if verdict and user.jurisdiction_code != shipment.licence.issued_by_id:
        return deny(who)
    return verdict


def can_end_link(user: User, link: MonitorLink) -> Verdict:
    """Those who could have sent it: the holder's people the holder's, the authority's officers every one."""
    if link.used_at is not None or link.revoked_at is not None:
        return deny(_("This link is over."))
    verdict = can_name_monitor(user, link.shipment)
    if verdict and not link.by_holder and of_holder(user, link.shipment.licence):
        return deny(_("The authority has sent this link: it revokes it."))
    return verdict


def can_report(visitor: User | None, link: MonitorLink) -> Verdict:
    """Whoever has the link and is not signed in as one of the holder's people."""
    if visitor is not None and not _no_exporter(visitor, link.shipment.licence):
        return deny(_("You belong to the exporter's organisation: a monitor is nobody of it."))
    return ALLOW


def can_judge(user: User, verification: DeliveryVerification) -> Verdict:
    """An officer or inspector of the issuer; never who confirmed it or named its monitor, nor the exporter's."""
    if verification.status != DeliveryVerification.Status.CONFIRMED:
        return deny(_("This confirmation has been judged."))
    licence = verification.shipment.licence
    who = _("Deliveries are judged by licensing officers, deciders and inspectors of the issuing member.")
    verdict = in_role(user, JUDGES, outsider=who, otherwise=who)
    if not verdict:
        return verdict
    if user.jurisdiction_code != licence.issued_by_id:
        return deny(who)
    if user.pk == verification.confirmed_by_id:
        return deny(_("You confirmed this delivery: another person judges it."))
    if (monitor := verification.monitor) is not None:
        if monitor.asked_by_id in user.hands:
            return deny(_("You named the monitor: another person judges what they say."))
        if not (verdict := other_hands(user, monitor.asked_by_id, monitor.asked_at)):
            return verdict
    return _no_exporter(user, licence)


def can_ask_check(user: User) -> Verdict:
    """Officers, customs and inspectors, for what their own member issued."""
    who = _("Checks are asked for by licensing officers, deciders, customs officers and inspectors.")
    return in_role(user, ASKERS, outsider=who, otherwise=who)


def _belongs_to_exporter(user: User, check: PreShipmentCheck) -> bool:
    if check.provider_id in user.organisation_ids:
        return True
    return check.licence is not None and not _no_exporter(user, check.licence)


def can_perform_check(user: User, check: PreShipmentCheck) -> Verdict:
    """An inspector of the member, and another person than asked for it."""
    if check.status != PreShipmentCheck.Status.ASKED:
        return deny(_("This check is over."))
    who = _("Checks are performed by inspectors.")
    verdict = in_role(user, {Role.INSPECTOR}, outsider=who, otherwise=who)
    if not verdict:
        return verdict
    if user.jurisdiction_code != check.member_id:
        return deny(_("This check is performed by an inspector of the member that asked for it."))
    if user.pk == check.asked_by_id:
        return deny(_("You asked for this check: another person performs it."))
    if _belongs_to_exporter(user, check):
        return deny(_("You belong to the exporter's organisation."))
    return other_hands(user, check.asked_by_id, check.asked_at)


def can_withdraw_check(user: User, check: PreShipmentCheck) -> Verdict:
    """Who asked for it, or a decider of the member."""
    if check.status != PreShipmentCheck.Status.ASKED:
        return deny(_("This check is over."))
    who = _("A check is withdrawn by who asked for it, or by a decider of the same member.")
    verdict = in_role(user, ASKERS, outsider=who, otherwise=who)
    if not verdict:
        return verdict
    if _belongs_to_exporter(user, check):
        return deny(_("You belong to the exporter's organisation."))
    mine = user.jurisdiction_code == check.member_id
    if mine and (user.pk == check.asked_by_id or Role.DECIDER in user.roles):
        return ALLOW
    return deny(who)


def is_customs(user: User) -> bool:
    """Whether somebody is a customs officer in office, or a system that acts for one."""
    return bool(can_reserve(user))


def can_reserve(user: User) -> Verdict:
    """Customs officers and their systems; whether the licence holds in their member is said among the reasons."""
    who = _("Only customs reserve, confirm and give back quantities of a licence.")
    return in_role(user, {Role.CUSTOMS_OFFICER}, outsider=who, otherwise=who)


def can_draw(user: User, licence: Licence) -> Verdict:
    """Customs, and nobody of the exporter."""
    return can_reserve(user) and _no_exporter(user, licence)


def _took(user: User, reservation: Reservation) -> Verdict:
    verdict = can_draw(user, reservation.licence)
    if verdict and user.jurisdiction_code != reservation.jurisdiction_id:
        return deny(_("Only customs of the member that reserved it can do this."))
    return verdict


def can_confirm_drawdown(user: User, reservation: Reservation) -> Verdict:
    """Customs of the member that reserved it, while it is reserved, or late once it has lapsed."""
    if reservation.status not in (Reservation.Status.RESERVED, Reservation.Status.EXPIRED):
        return deny(_("This reservation is over."))
    return _took(user, reservation)


def can_release(user: User, reservation: Reservation) -> Verdict:
    """Customs of the member that reserved it, before it is confirmed."""
    if reservation.status != Reservation.Status.RESERVED:
        return deny(_("Only what is reserved and not drawn is given back."))
    return _took(user, reservation)


def can_correct(user: User, reservation: Reservation) -> Verdict:
    """Customs of the member that drew it: they set it right, or cancel it."""
    if reservation.status != Reservation.Status.CONFIRMED:
        return deny(_("Only what is drawn is set right or cancelled."))
    return _took(user, reservation)


def can_take_token(user: User, licence: Licence) -> Verdict:
    """Whoever may reserve: a token is a reservation that is taken along."""
    return can_draw(user, licence)


def can_report_use(user: User) -> Verdict:
    """Customs officers and their systems, for offices of their own member."""
    who = _("Only customs tell what was used without a network.")
    return in_role(user, {Role.CUSTOMS_OFFICER}, outsider=who, otherwise=who)


def _settles(user: User, conflict: OfflineConflict) -> Verdict:
    """Customs, licensing officers and deciders of a member concerned, in person, and nobody of the exporter."""
    who = _("Conflicts are settled by customs, licensing officers and deciders of the members concerned.")
    verdict = in_role(user, SETTLERS, outsider=who, otherwise=who) and no_system(user)
    if not verdict:
        return verdict
    if user.jurisdiction_code not in conflict.use.members:
        return deny(who)
    return ALLOW if conflict.use.licence is None else _no_exporter(user, conflict.use.licence)


def can_propose(user: User, conflict: OfflineConflict) -> Verdict:
    """Whoever settles, while nothing is proposed."""
    if conflict.status != OfflineConflict.Status.OPEN:
        return deny(_("Only an open conflict takes a proposal."))
    return _settles(user, conflict)


def can_settle(user: User, conflict: OfflineConflict) -> Verdict:
    """Another person than proposed it, also where one acts for the other: a quantity may be written down."""
    if conflict.status != OfflineConflict.Status.PROPOSED:
        return deny(_("Nothing is proposed here."))
    verdict = _settles(user, conflict)
    if verdict and conflict.proposed_by_id in user.hands:
        return deny(_("You proposed it: another person agrees or sends it back."))
    return verdict


def can_refer(user: User, conflict: OfflineConflict) -> Verdict:
    """Whoever settles, until it is settled: it writes no quantity down."""
    if conflict.status not in OfflineConflict.WAITING:
        return deny(_("This conflict is settled."))
    return _settles(user, conflict)


def can_exchange_files(user: User) -> Verdict:
    """Customs officers and their systems, for their own member."""
    who = _("Only customs exchange files with their system.")
    return in_role(user, {Role.CUSTOMS_OFFICER}, outsider=who, otherwise=who)
