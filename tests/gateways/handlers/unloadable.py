"""A handler whose imports are not installed."""

from typing import Any

import a_package_that_nobody_has  # type: ignore[import-not-found]


def handler(event: dict[str, Any], _context: Any) -> Any:
    return a_package_that_nobody_has.handle(event)
