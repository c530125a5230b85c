"""Who takes a border pack."""

from django.utils.translation import gettext as _

from core.policies import Verdict
from members.models import Role, User
from members.policies import in_role


def can_take_pack(user: User) -> Verdict:
    """Customs of a member, in office, also through a system: it names every licence that may be used there."""
    said = _("Only customs officers take a border pack, for the member they serve.")
    return in_role(user, {Role.CUSTOMS_OFFICER}, outsider=said, otherwise=said)
