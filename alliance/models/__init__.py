"""What the members have agreed, as versioned data, and the crises they declare."""

from alliance.models.agreed import (
    AuthoredCharter,
    AuthoredCharterQuerySet,
    Bundle,
    Charter,
    ControlEntry,
    Criterion,
)
from alliance.models.appetite import ThresholdChange, ThresholdVote
from alliance.models.crises import Adoption, Declaration, Relaxation, Renewal, Review
from alliance.models.instruments import Instrument
from alliance.models.prepared import Preparedness, PreparedSet

__all__ = [
    "Adoption",
    "AuthoredCharter",
    "AuthoredCharterQuerySet",
    "Bundle",
    "Charter",
    "ControlEntry",
    "Criterion",
    "Declaration",
    "Instrument",
    "PreparedSet",
    "Preparedness",
    "Relaxation",
    "Renewal",
    "Review",
    "ThresholdChange",
    "ThresholdVote",
]
