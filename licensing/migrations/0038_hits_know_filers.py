"""Hits that were raised before they knew who filed their case."""

from django.db import migrations

FILL = """
UPDATE screening_hit h
   SET filed_by = ARRAY[a.organisation_id] || CASE WHEN m.agent_id IS NULL THEN '{}' ELSE ARRAY[m.agent_id] END
  FROM licensing_case c
  JOIN licensing_application a ON a.id = c.application_id
  LEFT JOIN members_mandate m ON m.id = a.mandate_id
 WHERE h.case_ref = 'case:' || c.id AND h.filed_by = '{}'
"""


class Migration(migrations.Migration):
    dependencies = [("licensing", "0037_keep_changes"), ("screening", "0008_hits_of_filers")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
