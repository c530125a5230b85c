"""What leaves under licences: shipments, what is said of their delivery, and checks before they depart."""

from enforcement.models.checks import PreShipmentCheck
from enforcement.models.customs_files import CustomsFile, SentLicence
from enforcement.models.deliveries import DeliveredLine, DeliveryVerification
from enforcement.models.drawdown import DrawdownLine, Reservation
from enforcement.models.monitors import MonitorLink
from enforcement.models.offline import OfflineConflict, OfflineToken, OfflineUse
from enforcement.models.shipments import Shipment, ShipmentLine, ShipmentParty

__all__ = [
    "CustomsFile",
    "DeliveredLine",
    "DeliveryVerification",
    "DrawdownLine",
    "MonitorLink",
    "OfflineConflict",
    "OfflineToken",
    "OfflineUse",
    "PreShipmentCheck",
    "Reservation",
    "SentLicence",
    "Shipment",
    "ShipmentLine",
    "ShipmentParty",
]
