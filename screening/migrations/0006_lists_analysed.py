from django.db import migrations

MAKE = """
CREATE FUNCTION screening_analyse() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
    PERFORM gin_clean_pending_list('entry_name_words'::regclass);
    PERFORM gin_clean_pending_list('entry_own_words'::regclass);
    ANALYZE screening_entry;
    ANALYZE screening_entryname;
    ANALYZE screening_ownershiplink;
END $$;
REVOKE ALL ON FUNCTION screening_analyse() FROM PUBLIC;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        GRANT EXECUTE ON FUNCTION screening_analyse() TO entente_app;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    """Only who owns a table may analyse it: the working role asks a function of the owner."""

    dependencies = [('screening', '0005_hits_opened_again')]

    operations = [migrations.RunSQL(MAKE, "DROP FUNCTION screening_analyse()")]
