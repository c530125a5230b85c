"""The database itself refuses to change what was answered in an exercise."""

from django.db import migrations

KEEP = """
CREATE FUNCTION escalation_keep_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'answers are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER escalation_answer_kept BEFORE UPDATE OR DELETE ON escalation_answer
    FOR EACH ROW EXECUTE FUNCTION escalation_keep_answer();
"""

LET_GO = """
DROP TRIGGER escalation_answer_kept ON escalation_answer;
DROP FUNCTION escalation_keep_answer();
"""


class Migration(migrations.Migration):
    dependencies = [("escalation", "0011_people_answer_in_exercises")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
