"""Door 5, the clock: work that no request waits for, one file a job.

Delivers messages, runs imports, expires rows, purges deleted pools, refills and rotates keys.
May import: flows, core, gateways, db, kit. Knows no HTTP.
"""
