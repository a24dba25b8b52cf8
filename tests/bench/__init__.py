"""Benchmarks, run by hand (`make bench`): each prints its figure beside an honest baseline of the same run."""
