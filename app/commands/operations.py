"""Runs operations of the AWS door from a command, checked against their models and recorded as a signed call would be."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from app.commands.opening import no_answer, opened
from app.commands.refusal import Refusal
from app.core.access_keys import root_arn
from app.flows.record_change import announce_change, record_change
from app.flows.work import Caller, Resources, Work
from app.kit.errors import AppError, ServiceUnavailableException
from app.web.aws.registry import Service, load_targets, poolhouse


class Operator:
    """An operator at the command line: whoever can read the database and the master key may do everything."""

    def __init__(self, resources: Resources) -> None:
        load_targets()  # operations declare themselves when their modules are imported
        self._resources = resources

    def call(self, service: Service, operation: str, **members: Any) -> dict[str, Any]:
        """Runs one operation with AWS-shaped members; raises AppError."""
        compiled = service.operations[operation]
        checked = compiled.check(members)
        work, shown = self._work(), compiled.redact(checked)
        if compiled.is_change:
            announce_change(work, operation, checked.get("UserPoolId"), shown)
        answer = dict(compiled.function(work, **compiled.arguments(checked)) or {})
        if work.change:  # it wrote nothing that the line could go with
            record_change(work, operation, checked.get("UserPoolId"), shown)
        return answer

    def _work(self) -> Work:
        settings = self._resources.settings
        caller = Caller(
            kind="operator", account_id=settings.account_id, principal_arn=root_arn(settings.account_id), policy=None
        )
        return Work(
            self._resources,
            self._resources.clock(),
            f"command-{uuid4()}",
            caller,
            settings.region,
            "127.0.0.1",
            "poolhouse",
        )


def call_here(data: Path | None, operation: str, members: dict[str, Any]) -> dict[str, Any]:
    """The answer of an operation of our own service, run on the database; raises Refusal."""
    with opened(data) as resources:
        try:
            answer = Operator(resources).call(poolhouse, operation, **members)
        except ServiceUnavailableException as error:
            raise no_answer(error) from None
        except AppError as error:
            raise Refusal(f"{error.code}: {error.message}") from None
    parsed: dict[str, Any] = orjson.loads(poolhouse.operations[operation].cut(answer))
    return parsed
