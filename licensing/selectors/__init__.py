"""Reading across the tables of licensing."""
