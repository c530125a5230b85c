"""The database itself refuses to change what a licence took of a waiver's cap, or to give it back."""

from django.db import migrations

KEEP = """
CREATE FUNCTION licensing_keep_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'uses of waivers are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER licensing_waiveruse_kept BEFORE UPDATE OR DELETE ON licensing_waiveruse
    FOR EACH ROW EXECUTE FUNCTION licensing_keep_use();
"""

LET_GO = """
DROP TRIGGER licensing_waiveruse_kept ON licensing_waiveruse;
DROP FUNCTION licensing_keep_use();
"""


class Migration(migrations.Migration):
    dependencies = [("licensing", "0011_waiver_uses")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
