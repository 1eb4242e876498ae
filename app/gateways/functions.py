"""What runs the functions that a pool's LambdaConfig names: takes an event, gives the function's answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class FunctionError(Exception):
    """The function raised; `text` is its message, for the caller of the API to read. Trying again would not help.

    `log` is the last of what it printed meanwhile.
    """

    def __init__(self, text: str, log: str = "") -> None:
        self.text = text
        self.log = log
        super().__init__(text)


# What a caller of the API is told in place of a runner's own words, which name hosts and files of the server.
NO_ANSWER = "the function did not answer"


class FunctionUnavailableError(Exception):
    """The function could not be run or did not answer in time; `text` tells the operator why and holds no secret.

    `told` is what a caller of the API may know of it. `log` is the last of what the function printed meanwhile.
    """

    def __init__(self, text: str, log: str = "", *, told: str = NO_ANSWER) -> None:
        self.text = text
        self.log = log
        self.told = told
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a function by a pool. `event` is JSON-shaped; its `triggerSource` says what for.

    `request_id` is that of whatever caused it, which may cause several. The function is told `once_id`, the same each time
    that the same is to be done, by which it can tell that it has done it; without one each call has an id of its own.
    """

    pool_id: str
    arn: str
    event: Mapping[str, Any]
    request_id: str = ""
    once_id: str = ""


class Functions(Protocol):
    """Runs functions. `invoke` gives what the function returned; raises FunctionError, FunctionUnavailableError."""

    def invoke(self, invocation: Invocation) -> Any: ...


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """How a function of the server's table is run, secrets opened. `revision` changes whenever anything of it does.

    `configuration` is what its kind needs; each runner says which members it knows.
    """

    arn: str
    name: str
    kind: str
    revision: str
    configuration: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Output:
    """What a function answered: JSON in UTF-8, and the last of what it printed meanwhile."""

    payload: bytes
    log: str = ""


class Runner(Protocol):
    """Runs the functions of one kind. May block, so it is never called on the event loop; safe among threads."""

    def run(self, spec: FunctionSpec, payload: bytes, request_id: str, seconds: float) -> Output:
        """Calls the function once with a JSON payload and waits at most `seconds`; `request_id` is what it is told.

        Raises FunctionError (the function's own error) and FunctionUnavailableError (not run, or no answer in time).
        """

    def forget(self, arn: str) -> None:
        """The function is gone or has changed: what is kept for it is ended."""

    def close(self) -> None:
        """Ends what is kept for all functions."""


# By kind: what makes its runner, and what gives a configuration checked, with its defaults; that raises ValueError.
Runners = Mapping[str, Callable[[], Runner]]
Checks = Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]
