"""Measurements: ``python -m benchmarks.<name>``; each prints a table and needs nothing outside."""
