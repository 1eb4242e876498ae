"""Door 5, the clock: work that no request waits for, one file a job.

Delivers messages, expires rows, purges deleted pools, refills and rotates keys, counts users.
May import: flows, core, gateways, db, kit. Knows no HTTP.
"""
