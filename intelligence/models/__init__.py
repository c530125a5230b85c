"""What the members tell one another, openly or blind."""

from intelligence.models.blind import BlindFingerprint, BlindMatch, BlindPair, BlindQuery
from intelligence.models.denials import (
    Denial,
    DenialImport,
    DenialParty,
    PartyLink,
    SharedParty,
    whole_alliance,
)

__all__ = [
    "BlindFingerprint",
    "BlindMatch",
    "BlindPair",
    "BlindQuery",
    "Denial",
    "DenialImport",
    "DenialParty",
    "PartyLink",
    "SharedParty",
    "whole_alliance",
]
