"""What the public door offers around every page."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from pages.navigation import Item, offer


def is_visitor(user: Any) -> bool:
    """Whether nobody is signed in: those who are have the links of their own work instead."""
    return user is None or not user.is_authenticated


def may_bring_aid(user: Any) -> bool:
    """Visitors, and people of an exporter's organisation."""
    return is_visitor(user) or bool(user.organisation_ids)


READING = [
    (_("Verify a licence"), "public:verify"),
    (_("Criteria"), "public:criteria"),
    (_("Charters"), "public:charters"),
    (_("Scorecard"), "public:scorecard"),
    (_("Harm of delay"), "public:harm"),
    (_("Authorisations"), "public:authorisations"),
    (_("Screening lists"), "public:lists"),
    (_("Silence"), "public:silence"),
    (_("Exemptions"), "public:exemptions"),
    (_("Crises"), "public:crises"),
    (_("Risk appetite"), "public:appetite"),
]

offer(
    Item(_("Is this aid?"), "public:aid", when=may_bring_aid, rank=35),
    Item(_("Is this aid?"), "public:aid", place="footer", rank=30),
    Item(_("Grounds of aid"), "public:grounds", place="footer", rank=31),
    *(
        Item(label, url_name, when=is_visitor, rank=10 + rank)
        for rank, (label, url_name) in enumerate(READING)
    ),
    *(
        Item(label, url_name, place="footer", rank=10 + rank)
        for rank, (label, url_name) in enumerate(READING)
    ),
    Item(_("Machine-readable licences"), "public:credentials", place="footer", rank=32),
    Item(_("Types of event"), "public:events", place="footer", rank=70),
    Item(_("Accessibility"), "public:accessibility", place="footer", rank=80),
    Item(_("Privacy"), "public:privacy", place="footer", rank=90),
)
