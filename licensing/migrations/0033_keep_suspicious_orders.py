"""The database itself changes nothing of what was reported, shared, found and said of suspicious orders."""

from django.db import migrations

TABLES = ("suspiciousorder", "suspiciousordershare", "suspiciousordermatch", "suspiciousorderreview")
KEEP = "\n".join(
    f"CREATE TRIGGER licensing_{table}_kept BEFORE UPDATE OR DELETE ON licensing_{table}\n"
    "    FOR EACH ROW EXECUTE FUNCTION licensing_keep_signed();"
    for table in TABLES
)
LET_GO = "\n".join(f"DROP TRIGGER licensing_{table}_kept ON licensing_{table};" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("licensing", "0032_suspicious_orders")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
