"""The handlers of conformance/functions, put into the server's table of functions as an operator puts them."""

import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.clients.receivers import WAIT_SECONDS

FUNCTIONS = Path(__file__).parents[1] / "functions"
# AWS's own runtime client for Node, where it is built (`make lambda-runtime-client`); Poolhouse's does the same.
NODE_CLIENT = FUNCTIONS / "node" / "node_modules" / "aws-lambda-ric" / "dist" / "rapid-client.node"


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

    def wait_for_call(self, arn: str) -> dict[str, Any]:
        """The newest recorded call of a function; records are written a moment after the call."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            calls = self.poolhouse.list_function_calls(FunctionName=arn.rpartition(":")[2])["Calls"]
            if calls or time.monotonic() > deadline:
                return dict(calls[0])
            time.sleep(0.05)
