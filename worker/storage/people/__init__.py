"""People: users, their sessions, failed logins, and the log of their acts."""
