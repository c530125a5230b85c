"""Put a backup back into an empty data folder."""

import json
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from config.database import APP_ROLE, as_owner, let_app_role_sign_in, make_app_role
from config.management.commands.backup import postgres_tool


class Command(BaseCommand):
    help = "Restore a backup into a database without tables; afterwards `migrate` brings it to this version."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that `backup` wrote")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        if not (folder / "backup.json").exists():
            raise CommandError(f"{folder} holds no finished backup.")
        with as_owner():
            if connection.introspection.table_names():
                raise CommandError("The database holds tables already; restore into an empty data folder.")
            with connection.cursor() as cursor:
                make_app_role(cursor)
                let_app_role_sign_in(cursor)
        postgres_tool("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={settings.DATABASE_OWNER['NAME']}",
                      str(folder / "database.dump"))  # fmt: skip
        target = Path(settings.DATA_DIR) / "documents"
        if (folder / "documents").exists():
            shutil.copytree(folder / "documents", target, dirs_exist_ok=True)
        # What was not a demonstration must not become one by `./entente up`.
        kind = json.loads((folder / "backup.json").read_text()).get("installation", {"demo": False})
        (Path(settings.DATA_DIR) / "installation.json").write_text(json.dumps(kind))
        self.stdout.write(
            f"Restored from {folder}. {APP_ROLE} may work with it; run `./entente migrate` next."
        )
