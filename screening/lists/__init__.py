"""Loading published lists in their official formats."""
