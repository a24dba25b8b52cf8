"""People and their campaigns: drafting, changing, submitting, approving, copying, testing."""
