"""What lifts or replaces a licence under safeguards: waivers, authorisations, registrations and uses."""

from exemptions.models.authorisations import Authorisation
from exemptions.models.registrations import Bar, Registration, RegistrationReport
from exemptions.models.uses import Use
from exemptions.models.waivers import Waiver, WaiverReport

__all__ = ["Authorisation", "Bar", "Registration", "RegistrationReport", "Use", "Waiver", "WaiverReport"]
