"""Attempts: every paid call leaves one."""
