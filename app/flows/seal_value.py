"""Small values that a URL carries from one request to another: sealed under a key of their pool, and good for a while."""

import base64
from typing import Any

import orjson

from app.flows.work import Work
from app.kit.sealing import SealError


def seal_value(work: Work, pool_id: str, place: str, value: dict[str, Any], lifetime_ms: int) -> str:
    """A value as base64url text, which opens for the same pool and `place` until it has expired."""
    content = {**value, "expires_at": work.now + lifetime_ms}
    return base64.urlsafe_b64encode(work.keyring.seal(pool_id, place, "", orjson.dumps(content))).decode()


def open_value(work: Work, pool_id: str, place: str, text: str) -> dict[str, Any] | None:
    """What was sealed, with `expires_at` (epoch ms); None if it was not sealed here for this, or has expired."""
    try:
        blob = base64.urlsafe_b64decode(text.encode("ascii"))
        value: dict[str, Any] = orjson.loads(work.keyring.unseal(pool_id, place, "", blob))
    except (SealError, ValueError):
        return None
    return value if work.now < value["expires_at"] else None
