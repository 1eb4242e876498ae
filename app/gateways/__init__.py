"""The outside world: mail, SMS, functions, webhooks, other identity providers.

One file a peer; only outbound.py imports an HTTP client. Never touches the database. May import: kit.
"""
