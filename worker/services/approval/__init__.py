"""People and their campaigns: submitting, approving, copying, testing, forecasting."""
