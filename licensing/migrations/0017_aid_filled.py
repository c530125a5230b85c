"""Mark the cases for which a humanitarian ground is claimed, so that adjudicators read them."""

from django.db import migrations

FILL = """
UPDATE licensing_case SET aid = true
WHERE lane = 'humanitarian' OR EXISTS (
    SELECT 1 FROM licensing_revision revision
    WHERE revision.id = licensing_case.revision_id AND revision.dossier -> 'ground' ->> 'kind' = 'humanitarian'
)
"""


class Migration(migrations.Migration):
    dependencies = [("licensing", "0016_two_keys")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
