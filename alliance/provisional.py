"""What a charter lets silence grant: a share, for a short time, until two members confirm it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from alliance.reading import Reader
from alliance.spans import Window
from alliance.spans import read as _window

LARGEST_SHARE = 50
"""Percent of each line that may go before anybody has agreed. The alliance's own figure."""
LONGEST_CONFIRMATION = 14 * 86_400
"""Seconds within which a provisional grant is confirmed. Source: Regulation (EU) No 182/2011 Article 8(3), 14 days;
the six months of its paragraph 2 are never reached, since what is not confirmed ends then."""


@dataclass(frozen=True)
class Provisional:
    """What silence at the last tier grants provisionally: percent of each line, until it is confirmed or repealed.

    It holds as long as it may be confirmed and no longer. Source: Regulation (EU) No 182/2011 Article 8.
    """

    share: int
    confirm_within: Window


def read(reader: Reader, name: str) -> Provisional:
    block = reader.object(name, ("share", "confirm_within"))
    within = _window(block, "confirm_within")
    if within.unit not in ("seconds", "hours", "calendar_days"):
        block.fail("confirm_within", _("Is counted in seconds, hours or calendar days."))
    return Provisional(share=block.whole("share", 1, LARGEST_SHARE), confirm_within=within)
