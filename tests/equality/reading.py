"""The tables as data, for the test that plays them and for those who count what they raise."""

import importlib
import pkgutil

from tests.equality import tables
from tests.equality.language import Row

TABLES: dict[str, tuple[Row, ...]] = {
    module.name: importlib.import_module(f"{tables.__name__}.{module.name}").ROWS
    for module in pkgutil.iter_modules(tables.__path__)
}
# Codes that come before any operation and stand in no operation's model.
FRAMEWORK = frozenset({"MissingAuthenticationTokenException"})
# cognito.md 1: "Operations with `Username` + S add UserNotFoundException"; botocore's model forgets it here.
UNMODELLED = frozenset({("AdminListDevices", "UserNotFoundException")})


def raised() -> frozenset[tuple[str, str]]:
    """Each operation and code that some row expects of it."""
    calls = (call for rows in TABLES.values() for row in rows for call in row.calls)
    return frozenset((call.operation, call.code) for call in calls if call.code is not None)
