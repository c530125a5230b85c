"""What every sandbox of a folder shares: the template of their databases, and the static files."""

from __future__ import annotations

import os
import sys
from contextlib import closing


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from config import realms
    from config.embedded.progress import step
    from config.management.commands.prepare import collect_static
    from config.sandbox import tenant
    from ledger import offers

    with closing(realms.as_owner_of("postgres")) as admin, admin.cursor() as cursor:
        base, there = tenant.base(), realms.databases(cursor)
        realms.drop(cursor, {one for one in there if one.startswith(tenant.BASE)} - {base})
        if base not in there:
            with step("make what sandboxes are cloned from"), offers.withheld():
                realms.make(cursor, base, shipped=True)
    collect_static()
    return 0


if __name__ == "__main__":
    sys.exit(main())
