"""The database itself refuses to change what a liaison package says, and who fetched it."""

from django.db import migrations

KEEP = """
CREATE FUNCTION escalation_keep_package() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR NEW.reference <> OLD.reference
        OR NEW.party_id <> OLD.party_id
        OR NEW.authority <> OLD.authority
        OR NEW.country <> OLD.country
        OR NEW.purpose <> OLD.purpose
        OR NEW.content <> OLD.content
        OR NEW.sha256 <> OLD.sha256
        OR NEW.proposed_by_id <> OLD.proposed_by_id
        OR NEW.expires_at <> OLD.expires_at
    THEN
        RAISE EXCEPTION 'what a package says is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER escalation_liaisonpackage_kept BEFORE UPDATE OR DELETE ON escalation_liaisonpackage
    FOR EACH ROW EXECUTE FUNCTION escalation_keep_package();
CREATE FUNCTION escalation_keep_download() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'downloads are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER escalation_liaisondownload_kept BEFORE UPDATE OR DELETE ON escalation_liaisondownload
    FOR EACH ROW EXECUTE FUNCTION escalation_keep_download();
"""

LET_GO = """
DROP TRIGGER escalation_liaisondownload_kept ON escalation_liaisondownload;
DROP FUNCTION escalation_keep_download();
DROP TRIGGER escalation_liaisonpackage_kept ON escalation_liaisonpackage;
DROP FUNCTION escalation_keep_package();
"""


class Migration(migrations.Migration):
    dependencies = [("escalation", "0004_intermediaries")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
