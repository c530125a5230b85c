"""Who: jurisdictions, authorities, people and their roles, who is on duty, organisations, API clients."""

from members.models.calls import KeptAnswer
from members.models.duty import Absence, Shift
from members.models.organisations import ApiClient, Invitation, Membership, Organisation
from members.models.people import (
    DELEGABLE,
    Appointment,
    Authority,
    Delegation,
    Grade,
    Jurisdiction,
    Ministry,
    Role,
    User,
)

__all__ = [
    "DELEGABLE",
    "Absence",
    "ApiClient",
    "Appointment",
    "Authority",
    "Delegation",
    "Grade",
    "Invitation",
    "Jurisdiction",
    "KeptAnswer",
    "Membership",
    "Ministry",
    "Organisation",
    "Role",
    "Shift",
    "User",
]
