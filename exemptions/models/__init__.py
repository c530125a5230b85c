"""What lifts or replaces a licence under safeguards: waivers, authorisations, registrations, uses; and whom
members trust."""

from exemptions.models.authorisations import Authorisation
from exemptions.models.registrations import Bar, Registration, RegistrationReport
from exemptions.models.traders import TraderAudit, TrustedTrader
from exemptions.models.uses import Use
from exemptions.models.waivers import ExpectedDelivery, Waiver, WaiverReport

__all__ = [
    "Authorisation",
    "Bar",
    "ExpectedDelivery",
    "Registration",
    "RegistrationReport",
    "TraderAudit",
    "TrustedTrader",
    "Use",
    "Waiver",
    "WaiverReport",
]
