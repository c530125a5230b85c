"""The collection of all members is there from the beginning: to be written to before anything stands in it."""

from django.db import migrations
from django.utils import timezone

OF_ALL = "b12b4628-fca6-5a57-9c51-4c83064fac4f"  # sharing.stix.collection_id(())


def make(apps, schema_editor):
    Collection = apps.get_model("sharing", "Collection")
    Collection.objects.get_or_create(
        audience=["alliance"], defaults={"uid": OF_ALL, "made_at": timezone.now()}
    )


class Migration(migrations.Migration):
    dependencies = [("sharing", "0005_keep_contributions")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
