"""Loa on several hosts, each in a network namespace of its own; run by hand as root: python -m tests.distributed"""
