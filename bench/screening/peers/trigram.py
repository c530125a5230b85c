"""PostgreSQL's pg_trgm: a GIN index over the names, its default limit, the most similar first."""

from __future__ import annotations

import shutil
import tempfile
from io import StringIO
from pathlib import Path

from bench.screening.parties import Answer, Question, read
from bench.screening.peers.worker import TOP
from config.embedded.folder import DataFolder
from config.embedded.servers import Postgres

SEARCH = f"""
    SELECT entry_id, max(similarity(name, %(name)s)) AS score FROM listed WHERE name %% %(name)s
    GROUP BY entry_id ORDER BY score DESC, entry_id LIMIT {TOP}
"""


class Engine:
    def __init__(self) -> None:
        self.parent = Path(tempfile.mkdtemp(prefix="entente-bench-"))
        self.folder = DataFolder(self.parent / "data")
        self.folder.hold("bench")
        self.running = Postgres(self.folder, durable=False).start()
        self.cursor = Postgres(self.folder).connect("entente").cursor()
        self.cursor.execute("CREATE EXTENSION pg_trgm")

    def build(self, parties: Path, folder: Path) -> None:
        self.cursor.execute("DROP TABLE IF EXISTS listed")
        self.cursor.execute("CREATE TABLE listed (entry_id text NOT NULL, name text NOT NULL)")
        lines = StringIO()
        for party in read(parties):
            for name, _ in party.names:
                lines.write(f"{party.entry_id}\t{name.translate(ESCAPED)}\n")
        lines.seek(0)
        self.cursor.copy_from(lines, "listed")
        self.cursor.execute("CREATE INDEX ON listed USING gin (name gin_trgm_ops)")
        self.cursor.execute("VACUUM ANALYZE listed")

    def load(self, folder: Path) -> None:
        """The server has the index."""

    def ask(self, question: Question) -> Answer:
        self.cursor.execute(SEARCH, {"name": question.name})
        return [(entry, float(score)) for entry, score in self.cursor.fetchall()]

    def compare(self, one: str, other: str, kind: str) -> float:
        self.cursor.execute("SELECT similarity(%s, %s)", [one, other])
        row = self.cursor.fetchone()
        return float(row[0]) if row else 0.0

    def close(self) -> None:
        self.cursor.connection.close()
        self.running.stop()
        self.folder.release()
        shutil.rmtree(self.parent, ignore_errors=True)


ESCAPED = str.maketrans({"\\": "\\\\", "\t": " ", "\n": " ", "\r": " "})
