"""A handler whose imports take a while."""

import time
from typing import Any

time.sleep(1.5)


def handler(event: dict[str, Any], _context: Any) -> Any:
    return event
