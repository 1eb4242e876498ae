"""A pool's own gateways: their kinds and, sealed, what they are configured with. Kept among the pool's own settings."""

import base64
from collections.abc import Mapping
from typing import Any

import orjson

from app.db.keyring import Keyring

# The setting of a pool: {medium: {"Kind": ..., "Sealed": base64}}. No operation answers with it.
SETTING = "MessageGateways"
_COLUMN = "pool_settings.message_gateway"
Settings = Mapping[str, Any]


def find_revision(settings: Settings, medium: str) -> str | None:
    """What changes whenever a pool's own gateway for the medium does; None when it has none."""
    found = (settings.get(SETTING) or {}).get(medium)
    return found["Sealed"] if found else None


def open_gateway(keyring: Keyring, pool_id: str, settings: Settings, medium: str) -> tuple[str, dict[str, str]]:
    """Kind and members of a pool's own gateway, which it must have; raises SealError."""
    found = settings[SETTING][medium]
    return found["Kind"], orjson.loads(keyring.unseal(pool_id, _COLUMN, medium, base64.b64decode(found["Sealed"])))


def with_gateway(
    keyring: Keyring, pool_id: str, settings: Settings, medium: str, kind: str, members: Mapping[str, str]
) -> dict[str, Any]:
    """The setting with this gateway for the medium; those of other media stay."""
    sealed = keyring.seal(pool_id, _COLUMN, medium, orjson.dumps(dict(members)))
    made = {"Kind": kind, "Sealed": base64.b64encode(sealed).decode()}
    return {**(settings.get(SETTING) or {}), medium: made}


def without_gateway(settings: Settings, medium: str) -> dict[str, Any]:
    """The setting without a gateway for the medium."""
    return {name: value for name, value in (settings.get(SETTING) or {}).items() if name != medium}
