"""What waits in a person's inbox."""

from correspondence.models import Notice
from members.models import User


def unread(user: User) -> int:
    """Count the notices a person has not read."""
    return Notice.objects.filter(recipient=user, read_at__isnull=True).count()
