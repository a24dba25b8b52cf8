"""Approvals of campaigns, and their test texts."""
