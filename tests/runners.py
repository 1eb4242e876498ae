"""A runner whose functions are written in the test, and functions of a table that it runs."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from app.core import function_calls, functions
from app.core.function_calls import FunctionCall
from app.core.functions import Function
from app.db.tables.functions import FunctionCall as FunctionCallRow
from app.flows.function_calls import CallBuffer
from app.flows.run_function import CallLimits, FunctionTable
from app.flows.work import Resources
from app.gateways.functions import FunctionSpec, FunctionUnavailableError, Output
from app.gateways.server_runners import make_checks
from app.kit.lanes import FairThreads

ACCOUNT = "123456789012"
Body = Callable[[dict[str, Any]], Any]


class ScriptedRunner:
    """Runs Python callables by function name; notes how it was called and what it was told to forget."""

    def __init__(self) -> None:
        self.bodies: dict[str, Body] = {}
        self.runs: list[tuple[FunctionSpec, dict[str, Any], str, float]] = []
        self.forgotten: list[str] = []
        self.is_closed = False

    def run(self, spec: FunctionSpec, payload: bytes, request_id: str, seconds: float) -> Output:
        event = json.loads(payload)
        self.runs.append((spec, event, request_id, seconds))
        answer = self.bodies[spec.name](event)
        if isinstance(answer, Output):
            return answer
        return Output(json.dumps(answer).encode(), log=f"log of {spec.name}")

    def forget(self, arn: str) -> None:
        self.forgotten.append(arn)

    def close(self) -> None:
        self.is_closed = True


class Hanging:
    """A body that does not answer: it takes the whole time of a try, until the test lets go."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.released = threading.Event()
        self.entered = threading.Semaphore(0)

    def __call__(self, event: dict[str, Any]) -> Any:
        self.entered.release()
        if not self.released.wait(self._seconds):
            raise FunctionUnavailableError("the function did not answer within the time")
        return event


class Table:
    """A function table of its own over the database of the tests. It runs webhooks and local functions by a script."""

    def __init__(self, resources: Resources, lane: FairThreads, limits: CallLimits, *, keeps_payloads: bool) -> None:
        self.resources = resources
        self.runner = ScriptedRunner()
        self.calls = CallBuffer(resources.database, resources.keyring)
        self.table = FunctionTable(
            resources.snapshots,
            {"webhook": lambda: self.runner, "local": lambda: self.runner},
            make_checks(resources.settings, resources.outbound),
            lane,
            self.calls,
            resources.clock,
            keeps_payloads=keeps_payloads,
            limits=limits,
        )

    def put(self, body: Body, **changes: Any) -> Function:
        """A new function for all pools, or the one named so changed."""
        members: dict[str, Any] = {
            "account_id": ACCOUNT,
            "name": f"f-{uuid4().hex}",
            "region": "us-east-1",
            "kind": "webhook",
            "configuration": {},
            "is_for_all_pools": True,
            "pool_ids": (),
            "is_enabled": True,
            "now": self.resources.clock(),
            **changes,
        }
        with self.resources.database.write() as db:
            functions.lock_functions(db)
            function = functions.put_function(db, self.resources.keyring, **members)
        self.runner.bodies[function.name] = body
        return function

    def delete(self, function: Function) -> None:
        with self.resources.database.write() as db:
            functions.lock_functions(db)
            functions.delete_function(db, function.account_id, function.name)

    def recorded(self, function: Function) -> list[FunctionCall]:
        """The records of a function's calls, newest first."""
        self.calls.flush()
        with self.resources.database.read() as db:
            return function_calls.list_calls(
                db, self.resources.keyring, function.account_id, function.name, after=None, limit=1_000
            )


def sealed_rows(resources: Resources, function: Function) -> list[bytes]:
    """What lies in the database of a function's calls beside the plain columns."""
    query = select(FunctionCallRow.sealed).where(FunctionCallRow.name == function.name)
    with resources.database.read() as db:
        return list(db.execute(query).scalars())


@contextmanager
def function_table(
    resources: Resources,
    lane: FairThreads | None = None,
    limits: CallLimits | None = None,
    *,
    keeps_payloads: bool = True,
) -> Iterator[Table]:
    """A table, closed at the end."""
    lane = lane or FairThreads("functions-of-test", 4, 8, waiting_per_pool=4, running_per_pool=2)
    made = Table(
        resources, lane, limits or CallLimits(of_try=0.4, between=0.01, queued=3), keeps_payloads=keeps_payloads
    )
    yield made
    made.table.close()
