"""A pool whose triggers all name one function, which notes every event and answers what the test has told it to."""

from collections.abc import Callable, Mapping
from typing import Any

from app.flows.triggers import custom_auth
from tests.functions import FakeFunctions

Event = dict[str, Any]
# A response, sensible or not, or what makes one of the event (and may raise ValueError, the function's own error).
Answer = Any
TRIGGERS = (
    "PreSignUp",
    "PostConfirmation",
    "PreAuthentication",
    "PostAuthentication",
    *custom_auth.TRIGGERS,
    "PreTokenGeneration",
    "UserMigration",
    "CustomMessage",
)


class Triggers:
    """The function of one pool. `answers` are by source; a source without one gets the event back as it came."""

    def __init__(self, functions: FakeFunctions, names: tuple[str, ...] = TRIGGERS, version: str | None = None) -> None:
        self.answers: dict[str, Answer] = {}
        self.calls: list[Event] = []
        arn = functions.register(self._handle)
        self.config: dict[str, Any] = dict.fromkeys(names, arn)
        if version:
            self.config.pop("PreTokenGeneration", None)
            self.config["PreTokenGenerationConfig"] = {"LambdaVersion": version, "LambdaArn": arn}
        if "InboundFederation" in names:
            self.config["InboundFederation"] = {"LambdaVersion": "V1_0", "LambdaArn": arn}

    def taken(self) -> list[str]:
        """The sources of the events since this was asked last."""
        calls, self.calls[:] = list(self.calls), []
        return [call["triggerSource"] for call in calls]

    def requests(self, source: str) -> list[dict[str, Any]]:
        """What the function was told at events of a source."""
        return [call["request"] for call in self.calls if call["triggerSource"] == source]

    def _handle(self, event: Event) -> Event:
        self.calls.append(event)
        answer = self.answers.get(event["triggerSource"], event["response"])
        return {**event, "response": answer(event) if callable(answer) else answer}


def failing(text: str) -> Callable[[Event], Mapping[str, Any]]:
    """An answer that is the function's own error."""

    def fail(_: Event) -> Mapping[str, Any]:
        raise ValueError(text)

    return fail
