"""Pictures of numbers and routes: shapes worked out here, drawn by templates, told again in a table."""
