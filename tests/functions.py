"""Functions of pools for tests: handlers written in the test, called as a function gateway calls them."""

import copy
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from app.flows.run_function import UNKNOWN
from app.gateways.functions import FunctionError, FunctionUnavailableError, Invocation

Handler = Callable[[dict[str, Any]], Any]


class FakeFunctions:
    """Runs what a test has registered; any other function does not exist, as on a server without functions.

    `calls` holds every event, as JSON would carry it.
    """

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}
        self.calls: list[dict[str, Any]] = []

    def register(self, handler: Handler) -> str:
        """The ARN under which a pool may name `handler`, which gets an event and returns it with its response."""
        arn = f"arn:aws:lambda:us-east-1:123456789012:function:test-{uuid4().hex}"
        self._handlers[arn] = handler
        return arn

    def invoke(self, invocation: Invocation) -> Any:
        """Runs a handler; a ValueError that it raises is the function's own error."""
        handler = self._handlers.get(invocation.arn)
        if handler is None:
            raise FunctionUnavailableError(UNKNOWN, told=UNKNOWN)
        given = json.loads(json.dumps(invocation.event))
        self.calls.append(copy.deepcopy(given))
        try:
            return handler(given)
        except ValueError as error:
            raise FunctionError(str(error)) from error
