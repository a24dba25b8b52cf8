"""Loa sends bulk SMS campaigns and one-time passwords; this package is everything but the clock work of `scheduler`."""
