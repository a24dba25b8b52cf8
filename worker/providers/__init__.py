"""One adapter a provider: limits, code tables, calls, parsing; the only place that names one."""
