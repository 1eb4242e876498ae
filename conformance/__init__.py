"""Proofs by programs that nobody here wrote: other people's SDKs, clients and test suites against a started Poolhouse.

`python -m conformance` runs the heavier ones and records the result in RESULTS.md. Nothing in `app` imports this package.
"""
