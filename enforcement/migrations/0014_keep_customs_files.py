"""The database itself keeps files as they were exchanged, and takes one answer to each licence that was sent."""

from django.db import migrations

KEEP = """
CREATE FUNCTION enforcement_keep_customsfile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'files of customs are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER enforcement_customsfile_kept BEFORE UPDATE OR DELETE ON enforcement_customsfile
    FOR EACH ROW EXECUTE FUNCTION enforcement_keep_customsfile();

CREATE FUNCTION enforcement_keep_sentlicence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR OLD.status <> 'pending'
        OR NEW.file_id <> OLD.file_id
        OR NEW.licence_id <> OLD.licence_id
        OR NEW.action <> OLD.action
        OR NEW.reference <> OLD.reference
        OR NEW.edition <> OLD.edition
    THEN
        RAISE EXCEPTION 'what customs were told is kept, with one answer: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enforcement_sentlicence_kept BEFORE UPDATE OR DELETE ON enforcement_sentlicence
    FOR EACH ROW EXECUTE FUNCTION enforcement_keep_sentlicence();
"""

LET_GO = """
DROP TRIGGER enforcement_sentlicence_kept ON enforcement_sentlicence;
DROP FUNCTION enforcement_keep_sentlicence();
DROP TRIGGER enforcement_customsfile_kept ON enforcement_customsfile;
DROP FUNCTION enforcement_keep_customsfile();
"""


class Migration(migrations.Migration):
    dependencies = [("enforcement", "0013_customs_files")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
