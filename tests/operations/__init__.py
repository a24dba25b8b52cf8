"""Loa as an operations team runs it: processes started by their own lines, poolers, metrics, alerts, the files under deploy/."""
