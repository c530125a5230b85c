from django.db import migrations

FILL = """
UPDATE screening_entry AS entry
   SET source_list_id = snapshot.source_list_id, until_id = snapshot.next
  FROM (SELECT id, source_list_id, lead(id) OVER (PARTITION BY source_list_id ORDER BY id) AS next
          FROM screening_snapshot) AS snapshot
 WHERE snapshot.id = entry.since_id
"""
CHECKED = """
UPDATE screening_sourcelist AS list SET checked_at =
       (SELECT max(loaded_at) FROM screening_snapshot WHERE source_list_id = list.id)
"""


class Migration(migrations.Migration):
    """Each version had entries of its own: they stand from it to the next."""

    dependencies = [
        ('screening', '0002_list_intervals'),
    ]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(CHECKED, migrations.RunSQL.noop),
    ]
