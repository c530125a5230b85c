from django.db import migrations, models


class Migration(migrations.Migration):
    """Bundles may hold the decision table of humanitarian grounds and the destinations of aid."""

    dependencies = [
        ('alliance', '0011_keep_reviews'),
    ]

    operations = [
        migrations.AlterField(
            model_name='bundle',
            name='kind',
            field=models.CharField(choices=[('jurisdictions', 'Members of the alliance'), ('countries', 'Countries'), ('control_list', 'Control list'), ('chpl', 'Common high priority list'), ('country_groups', 'Country groups'), ('fatf', 'FATF lists'), ('regimes', 'Control regimes'), ('red_flags', 'Red flags'), ('humanitarian', 'Humanitarian grounds'), ('areas', 'Destinations of aid'), ('grounds', 'Decision table of humanitarian grounds'), ('scorecard', 'Risk scorecard'), ('harm', 'Harm of delay'), ('ownership', 'Ownership rules'), ('charters', 'Charters'), ('criteria', 'Routing criteria'), ('scenarios', 'Scenario profiles'), ('measures', 'Measures for a crisis')], max_length=30),
        ),
    ]
