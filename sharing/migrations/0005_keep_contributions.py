"""The database itself changes nothing of what members contributed."""

from django.db import migrations

KEEP = """
CREATE TRIGGER sharing_contribution_kept BEFORE UPDATE OR DELETE ON sharing_contribution
    FOR EACH ROW EXECUTE FUNCTION sharing_refuse_change();
"""
LET_GO = "DROP TRIGGER sharing_contribution_kept ON sharing_contribution;"


class Migration(migrations.Migration):
    dependencies = [("sharing", "0004_contributions")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
