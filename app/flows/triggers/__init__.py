"""The triggers of a pool, one file each: what the event tells the function, and what its answer may say.

A file has a builder of the request, which also makes the samples of `flows/trigger_samples.py`, and a function that calls the
trigger and gives its answer checked. May import: flows.call_trigger and what that may.
"""
