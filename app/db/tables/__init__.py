"""The tables, one file a noun, named as in core.

Plural file names, singular classes; `pool_id` comes first in every primary key and unique index of a user pool's
tables, with the named exceptions in directory.py. May import: kit and the column types of db.
"""
