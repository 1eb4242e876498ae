"""A trigger that never answers."""

import time
from typing import Any


def handler(_event: dict[str, Any], _context: Any) -> None:
    """Sleeps for an hour."""
    time.sleep(3_600)
