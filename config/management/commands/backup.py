"""Write the database and the documents into a folder."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.embedded.servers import postgres_folder
from core import clock


def postgres_tool(name: str, *arguments: str) -> None:
    """Run a PostgreSQL client tool as the owner of the database; CommandError with what it said."""
    owner = settings.DATABASE_OWNER
    environment = {
        **os.environ,
        "PGHOST": owner["HOST"],
        "PGPORT": owner["PORT"] or "5432",
        "PGUSER": owner["USER"],
        "PGPASSWORD": owner["PASSWORD"],
        "PGDATABASE": owner["NAME"],
    }
    tool = postgres_folder() / name
    done = subprocess.run(
        [str(tool), *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CommandError(f"{name} failed: {done.stderr.strip()}")


class Command(BaseCommand):
    help = "Back up the database and the documents into a new folder. The platform may run meanwhile."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that does not exist yet")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            folder.mkdir(parents=True, mode=0o700)
        except FileExistsError:
            raise CommandError(f"{folder} exists already; name a new folder.") from None
        # The database first: a document is stored before the row that names it, so none is missing.
        postgres_tool("pg_dump", "--format=custom", f"--file={folder / 'database.dump'}")
        documents = Path(settings.DATA_DIR) / "documents"
        if documents.exists():
            shutil.copytree(documents, folder / "documents")
        kind = Path(settings.DATA_DIR) / "installation.json"
        made = {
            "made_at": clock.now().isoformat(),
            "database": settings.DATABASE_OWNER["NAME"],
            "installation": json.loads(kind.read_text()) if kind.exists() else {"demo": False},
        }
        (folder / "backup.json").write_text(json.dumps(made))
        self.stdout.write(f"Backed up to {folder}. Keep secrets.json of the data folder beside it.")
