"""Who: jurisdictions, authorities, people and roles, who is on duty, organisations, API clients, issuer keys."""

from members.models.calls import KeptAnswer
from members.models.duty import Absence, Shift
from members.models.keys import IssuerKey
from members.models.mandates import Mandate
from members.models.organisations import ApiClient, Invitation, Membership, Organisation
from members.models.people import (
    DELEGABLE,
    Appointment,
    Authority,
    Delegation,
    Grade,
    Jurisdiction,
    Mandated,
    Ministry,
    Role,
    User,
)
from members.models.tokens import BoundToken, UsedAssertion

__all__ = [
    "DELEGABLE",
    "Absence",
    "ApiClient",
    "Appointment",
    "Authority",
    "BoundToken",
    "Delegation",
    "Grade",
    "Invitation",
    "IssuerKey",
    "Jurisdiction",
    "KeptAnswer",
    "Mandate",
    "Mandated",
    "Membership",
    "Ministry",
    "Organisation",
    "Role",
    "Shift",
    "UsedAssertion",
    "User",
]
