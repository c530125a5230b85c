"""What the public door offers around every page."""

from django.utils.translation import gettext_lazy as _

from pages.navigation import Item, offer

offer(
    Item(_("Accessibility"), "public:accessibility", place="footer", rank=20),
    Item(_("Privacy"), "public:privacy", place="footer", rank=30),
)
