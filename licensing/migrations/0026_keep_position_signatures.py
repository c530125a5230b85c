"""The database itself refuses to change what was signed."""

from django.db import migrations

KEEP = """
CREATE TRIGGER licensing_positionsignature_kept BEFORE UPDATE OR DELETE ON licensing_positionsignature
    FOR EACH ROW EXECUTE FUNCTION licensing_keep_signed();
"""

LET_GO = """
DROP TRIGGER licensing_positionsignature_kept ON licensing_positionsignature;
"""


class Migration(migrations.Migration):
    dependencies = [("licensing", "0025_position_signatures")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
