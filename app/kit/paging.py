"""Keyset pagination tokens: opaque, authenticated, good for one list of one pool and for an hour."""

import base64
import json

from app.kit.clock import HOUR
from app.kit.errors import InvalidParameterException
from app.kit.sealing import SealError, SealingKey

LIFETIME_MS = HOUR


def page_token(key: SealingKey, scope: str, position: list[str | int], now: int) -> str:
    """A token that resumes the list `scope` (it names pool, list and filter) after `position`."""
    plaintext = json.dumps([now + LIFETIME_MS, position]).encode()
    return base64.urlsafe_b64encode(key.seal(f"page|{scope}", plaintext)).decode()


def page_position(key: SealingKey, scope: str, token: str | None, now: int) -> list[str | int] | None:
    """The position a token stands for, None for the first page; raises InvalidParameterException for any other token."""
    if not token:
        return None
    try:
        expires_at, position = json.loads(key.unseal(f"page|{scope}", base64.urlsafe_b64decode(token)))
    except (SealError, ValueError):
        raise InvalidParameterException("Invalid pagination token") from None
    if now > expires_at:
        raise InvalidParameterException("Pagination token has expired")
    return list(position)
