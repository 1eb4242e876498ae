"""Which constraint of the schema a statement broke, whatever the driver calls it."""

from sqlalchemy.exc import IntegrityError

# PostgreSQL, Appendix A; SQLite's extended result code.
_FOREIGN_KEY = ("23503", "SQLITE_CONSTRAINT_FOREIGNKEY")


def is_foreign_key_violation(error: IntegrityError) -> bool:
    """Whether the row that another one belongs to is not there, or no longer."""
    names = (getattr(error.orig, "sqlstate", None), getattr(error.orig, "sqlite_errorname", None))
    return any(name in _FOREIGN_KEY for name in names)
