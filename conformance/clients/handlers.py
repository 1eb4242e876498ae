"""The handlers of conformance/functions, put into the server's table of functions as an operator puts them."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.clients.receivers import wait_until

FUNCTIONS = Path(__file__).parents[1] / "functions"


@dataclass(frozen=True, slots=True)
class Handlers:
    """The handlers of one language, each in a file of the same name. `poolhouse` is the operator's client of that service."""

    poolhouse: Any
    language: str

    def add(self, handler: str, environment: dict[str, str] | None = None, pool_ids: tuple[str, ...] = ()) -> str:
        """The ARN under which these pools (none: all) may name a handler, such as `pre_sign_up.handler`."""
        callers = {"UserPoolIds": list(pool_ids)} if pool_ids else {"AllUserPools": True}
        made = self.poolhouse.put_function(
            FunctionName=f"{handler.replace('.', '-')}-{secrets.token_hex(4)}",
            Local={
                "Code": str(FUNCTIONS / self.language),
                "Handler": handler,
                "Runtime": self.language,
                "Environment": environment or {},
            },
            **callers,
        )
        return str(made["Function"]["FunctionArn"])

    def wait_for_calls(self, arn: str, count: int = 1) -> list[dict[str, Any]]:
        """The recorded calls of a function, at least so many, newest first; records are written a moment after the call."""

        def look() -> list[dict[str, Any]]:
            found = self.poolhouse.list_function_calls(FunctionName=arn.rpartition(":")[2])["Calls"]
            return list(found) if len(found) >= count else []

        return wait_until(look)
