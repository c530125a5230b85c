from django.db import migrations

FILL = """
UPDATE licensing_clockstop AS stop
   SET uid = gen_random_uuid(), authority_id = owner.authority_id
  FROM members_user AS owner
 WHERE owner.id = stop.owner_id
"""


class Migration(migrations.Migration):
    """A stop from before belongs to the authority that its owner serves."""

    dependencies = [
        ('licensing', '0002_stops_judged'),
    ]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
