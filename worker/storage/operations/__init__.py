"""Do-not-call entries, API keys, kept answers, nightly jobs, retention."""
