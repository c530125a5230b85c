"""What is asked of the policies on shipments, deliveries and checks, with the licence of the matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core import clock
from enforcement import policies
from enforcement.models import (
    DeliveryVerification,
    MonitorLink,
    OfflineConflict,
    OfflineUse,
    PreShipmentCheck,
    Reservation,
    Shipment,
)
from licensing.models import Licence
from licensing.policies.packs import can_take_pack
from members.models import User
from members.policies import can_keep_keys

#: Officers of any member ask, each for what its own member issued: the service looks.
OF_THE_ALLIANCE = frozenset(
    {
        "ask for a check",
        "present a licence at customs",
        "reserve of a licence",
        "take a border pack",
        "take a token for an office",
        "tell a use without a network",
        "exchange files with a system of customs",
    }
)
#: What whoever was sent a link does, whoever else they are; only people of the exporter cannot.
BY_LINK = frozenset({"report as a monitor"})


def acts(licence: Licence, authors: dict[str, User]) -> dict[str, Callable[[User], Any]]:
    """Every act with what it is asked about: declared, on its way, confirmed by someone else, looked at."""
    declared = Shipment(licence=licence, leaves_from_id="DE", destination="SG")
    gone = Shipment(licence=licence, leaves_from_id="DE", destination="SG")
    gone.__dict__["status"] = "in_transit"
    said = DeliveryVerification(shipment=gone, confirmed_by=authors["FR"])
    asked = MonitorLink(shipment=gone, by_holder=True, asked_by=authors["DE"], expires_at=clock.now())
    own = MonitorLink(shipment=gone, by_holder=False, asked_by=authors["DE"], expires_at=clock.now())
    heard = DeliveryVerification(shipment=gone, monitor=own)
    reserved = Reservation(licence=licence, jurisdiction_id="DE")
    drawn = Reservation(licence=licence, jurisdiction_id="DE")
    drawn.__dict__["status"] = "confirmed"
    check = PreShipmentCheck(member_id="DE", licence=licence, asked_by=authors["DE"], asked_at=clock.now())
    uncovered = OfflineConflict(use=OfflineUse(licence=licence, jurisdiction_id="DE"))
    waiting = OfflineConflict(use=uncovered.use, proposed_by=authors["DE"])
    waiting.__dict__["status"] = "proposed"
    return {
        "present a licence at customs": policies.can_reserve,
        "reserve of a licence": lambda user: policies.can_draw(user, licence),
        "confirm what has left": lambda user: policies.can_confirm_drawdown(user, reserved),
        "give a reservation back": lambda user: policies.can_release(user, reserved),
        "set right what was drawn": lambda user: policies.can_correct(user, drawn),
        "take a token for an office": lambda user: policies.can_take_token(user, licence),
        "tell a use without a network": policies.can_report_use,
        "exchange files with a system of customs": policies.can_exchange_files,
        "propose what becomes of an uncovered use": lambda user: policies.can_propose(user, uncovered),
        "agree on an uncovered use": lambda user: policies.can_settle(user, waiting),
        "refer an uncovered use": lambda user: policies.can_refer(user, uncovered),
        "declare a shipment": lambda user: policies.can_declare(user, licence),
        "let a shipment leave": lambda user: policies.can_depart(user, declared),
        "cancel a shipment": lambda user: policies.can_cancel(user, declared),
        "stop a shipment": lambda user: policies.can_stop(user, declared),
        "stop a shipment on its way": lambda user: policies.can_stop(user, gone),
        "confirm a delivery": lambda user: policies.can_confirm(user, gone),
        "judge a delivery": lambda user: policies.can_judge(user, said),
        "judge what a monitor says": lambda user: policies.can_judge(user, heard),
        "name a monitor": lambda user: policies.can_name_monitor(user, gone),
        "revoke the holder's link": lambda user: policies.can_end_link(user, asked),
        "revoke the authority's link": lambda user: policies.can_end_link(user, own),
        "report as a monitor": lambda user: policies.can_report(user, asked),
        "ask for a check": policies.can_ask_check,
        "take a border pack": can_take_pack,
        "rotate and revoke the keys of a member": lambda user: can_keep_keys(user, licence.issued_by),
        "perform a check": lambda user: policies.can_perform_check(user, check),
        "withdraw a check": lambda user: policies.can_withdraw_check(user, check),
    }
