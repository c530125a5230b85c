"""Pages that anyone may read without signing in."""
