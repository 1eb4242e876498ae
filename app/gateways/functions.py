"""What runs the functions that a pool's LambdaConfig names: takes an event, gives the function's answer."""

from collections.abc import Mapping
from typing import Any, Protocol


class FunctionError(Exception):
    """The function raised; `text` is its message, for the caller of the API to read."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(text)


class FunctionUnavailableError(Exception):
    """The function could not be run or did not answer in time; `text` says why."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(text)


class Functions(Protocol):
    """Runs functions. `invoke` gives what the function returned; raises FunctionError, FunctionUnavailableError."""

    def invoke(self, arn: str, event: Mapping[str, Any]) -> Any: ...


class NoFunctions:
    """A server that runs none: a pool that names one is refused clearly, since skipping what it relies on is worse."""

    def invoke(self, arn: str, event: Mapping[str, Any]) -> Any:  # noqa: ARG002 - the protocol's arguments
        """Refuses."""
        raise FunctionUnavailableError("no function of this server runs it")
