from django.db import migrations, models


class Migration(migrations.Migration):
    """The few strong hits that stand are found among all hits."""

    dependencies = [
        ('screening', '0006_lists_analysed'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='hit',
            index=models.Index(condition=models.Q(('strong', True), models.Q(('status', 'cleared'), _negated=True)), fields=['case_ref'], name='hit_strong_standing'),
        ),
    ]
