"""The outside world: mail and SMS, and what runs the functions that pools name.

One file a peer; whatever talks HTTP does it through one file, outbound.py. Never touches the database. May import: kit.
"""
