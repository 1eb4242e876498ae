"""Stories, named by verbs: sign in, sign up, recover an account, issue tokens.

A flow is a row of short read and write segments; hashing, triggers and gateways run between them. It decides what
callers may learn. May import: core, gateways, db, kit. Knows no HTTP.
"""
