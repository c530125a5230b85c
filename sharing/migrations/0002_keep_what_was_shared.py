"""The database itself changes nothing of what was shared, with whom, and since when."""

from django.db import migrations

TABLES = ("collection", "sharedobject", "entry")
KEEP = """
CREATE FUNCTION sharing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was shared is kept: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
""" + "\n".join(
    f"CREATE TRIGGER sharing_{table}_kept BEFORE UPDATE OR DELETE ON sharing_{table}\n"
    "    FOR EACH ROW EXECUTE FUNCTION sharing_refuse_change();"
    for table in TABLES
)
LET_GO = "\n".join(f"DROP TRIGGER sharing_{table}_kept ON sharing_{table};" for table in TABLES) + (
    "\nDROP FUNCTION sharing_refuse_change();"
)


class Migration(migrations.Migration):
    dependencies = [("sharing", "0001_initial")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
