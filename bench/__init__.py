"""Benchmarks: `make bench NAME=…` runs one and writes bench/results/<name>.json."""
