"""PostgreSQL, Valkey and the platform's processes, run from this clone without any installation."""
