"""A backup, taken while the platform works, is restored elsewhere with the same rows and documents."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg2

from config.embedded.folder import ROOT, DataFolder
from config.embedded.progress import step
from config.embedded.servers import Servers
from config.embedded.system import System
from config.embedded.trial import trial

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
GRANTS = "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"


def run(arguments: Sequence[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="entente-backup-proof-") as parent:
        archive = Path(parent, "backup")
        with trial(start=False) as system:
            kept = system.folder.path / "documents" / "ab" / "abcd"
            kept.parent.mkdir(parents=True)
            kept.write_bytes(b"a document")
            system.folder.write("installation.json", {"demo": True})
            with step("back up while the servers run"):
                _entente("backup", str(archive), "--data", str(system.folder.path))
            before = _read(system.folder)
        assert archive.stat().st_mode & 0o077 == 0, "others can read the backup"
        folder = DataFolder(Path(parent, "restored"))
        with step("restore into an empty folder"):
            _entente("restore", str(archive), "--data", str(folder.path))
        with step("a second restore is refused"):
            refused = _entente("restore", str(archive), "--data", str(folder.path), expected=1)
            assert "holds tables already" in refused.stderr, refused
        folder.hold("proof")
        servers = Servers(folder)
        try:
            servers.start()
            with step("compare rows, grants and documents"):
                for then, now in zip(before, _read(folder), strict=True):
                    assert then == now, {name for name in then if then[name] != now.get(name)}
                assert (folder.path / "documents" / "ab" / "abcd").read_bytes() == b"a document"
                assert folder.read("installation.json") == {"demo": True}
        finally:
            servers.stop()
        restored = System(folder, port=0, demo=True)
        try:
            restored.start_servers()
            restored.prepare()
            with step("the restored platform answers"):
                restored.start("web")
                restored.await_web()
        finally:
            restored.stop_everything()
            folder.release()
    print("Proved.")
    return 0


def _read(folder: DataFolder) -> tuple[dict[str, str], dict[str, str]]:
    connection = psycopg2.connect(
        host=str(folder.sockets), dbname="entente", user="entente", password=folder.secrets["owner"]
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(TABLES)
        rows = {}
        for (name,) in cursor.fetchall():
            cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{name}" AS t')
            rows[name] = str(cursor.fetchall())
        cursor.execute(GRANTS)
        grants = dict(cursor.fetchall())
    connection.close()
    return rows, grants


def _entente(*words: str, expected: int = 0) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "config.embedded", *words],
        env={**clean, "PYTHONPATH": str(ROOT)},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == expected, f"{done.stdout}{done.stderr}"
    return done
