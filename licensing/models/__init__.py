"""The dossier, the case and everything that happens to it."""

from licensing.models.applications import Application, Item, Leg, Party, Revision
from licensing.models.cases import (
    Assessment,
    Case,
    ClockStop,
    DecisionRequirement,
    InformationRequest,
    Note,
    Stake,
)
from licensing.models.changes import ChangeConsent, LicenceChange
from licensing.models.consents import Consent
from licensing.models.credentials import LicenceCredential
from licensing.models.decisions import Decision
from licensing.models.emergencies import EmergencyRequest
from licensing.models.harm import Harm
from licensing.models.interests import GroundRuling, Key, TwoKeys
from licensing.models.licences import Licence, LicenceLine
from licensing.models.links import LinkedCase
from licensing.models.messages import CaseMessage, MessageAddressee, MessageReceipt, MessageSignature
from licensing.models.positions import Consultation, Position, PositionSignature
from licensing.models.provisional import ProvisionalGrant
from licensing.models.suspicions import (
    SuspiciousOrder,
    SuspiciousOrderMatch,
    SuspiciousOrderReview,
    SuspiciousOrderShare,
)
from licensing.models.undercut import UndercutCheck
from licensing.models.waivers import WaiverUse

__all__ = [
    "Application",
    "Assessment",
    "Case",
    "CaseMessage",
    "ChangeConsent",
    "ClockStop",
    "Consent",
    "Consultation",
    "Decision",
    "DecisionRequirement",
    "EmergencyRequest",
    "GroundRuling",
    "Harm",
    "InformationRequest",
    "Item",
    "Key",
    "Leg",
    "Licence",
    "LicenceChange",
    "LicenceCredential",
    "LicenceLine",
    "LinkedCase",
    "MessageAddressee",
    "MessageReceipt",
    "MessageSignature",
    "Note",
    "Party",
    "Position",
    "PositionSignature",
    "ProvisionalGrant",
    "Revision",
    "Stake",
    "SuspiciousOrder",
    "SuspiciousOrderMatch",
    "SuspiciousOrderReview",
    "SuspiciousOrderShare",
    "TwoKeys",
    "UndercutCheck",
    "WaiverUse",
]
