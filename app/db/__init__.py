"""The database: the engine for SQLite and PostgreSQL, column types, and the tables.

Says how rows are stored, never what they mean. May import: kit.
"""
