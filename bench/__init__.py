"""Benchmarks: ddbmock beside floors and peers, interleaved, as ratios. See README.rst here."""
