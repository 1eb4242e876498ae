"""Nouns: what users, clients, credentials, codes ... are and which changes of theirs are allowed.

Plain functions on a database connection that return frozen dataclasses. Modules here do not import each other: what
needs two nouns is a flow. May import: db, kit.
"""
