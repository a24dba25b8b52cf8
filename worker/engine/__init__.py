"""PostgreSQL and Redis as children, started from wheels."""
