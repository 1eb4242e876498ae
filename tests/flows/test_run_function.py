"""Functions of the table: who may call them, three tries, limits, a lane that one pool cannot fill, and a record of each call."""

import dataclasses
import json
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import event

from app.core import function_calls
from app.core.functions import Function, unqualified
from app.db.engine import Database
from app.db.tables.server import SERVER
from app.flows import function_calls as records
from app.flows.run_function import BUSY, CLOSED, DISABLED, LATE, NOT_ALLOWED, NOT_RUN, SPREAD, UNKNOWN, CallLimits
from app.flows.snapshots import Snapshots
from app.flows.work import Resources
from app.gateways.functions import NO_ANSWER, FunctionError, FunctionUnavailableError, Invocation, Output
from app.jobs.expire_rows import expire_rows
from app.kit import metrics
from app.kit.lanes import FairThreads
from app.kit.segments import Segment
from tests.factories import Factory
from tests.runners import Body, Hanging, Table, function_table, sealed_rows
from tests.timing import within

EVENT = {"triggerSource": "PreSignUp_SignUp", "request": {"password": "Hunter-2-Hunter"}, "response": {}}


@pytest.fixture
def table(resources: Resources) -> Iterator[Table]:
    with function_table(resources) as made:
        yield made


@pytest.fixture
def pool_id(make: Factory) -> str:
    return make.pool()


def _invoke(table: Table, pool_id: str, arn: str, request_id: str = "request-1") -> Any:
    return table.table.invoke(Invocation(pool_id, arn, EVENT, request_id))


def _echo(given: dict[str, Any]) -> Any:
    return {**given, "response": {"autoConfirmUser": True}}


# ---- who may call what


def test_a_pool_calls_a_function_by_its_arn(table: Table, pool_id: str) -> None:
    function = table.put(_echo, configuration={"url": "https://hooks.example"})
    assert function.arn == f"arn:aws:lambda:us-east-1:123456789012:function:{function.name}"
    answer = _invoke(table, pool_id, function.arn)
    assert answer == {**EVENT, "response": {"autoConfirmUser": True}}
    ((spec, given, request_id, seconds),) = table.runner.runs
    assert (spec.arn, spec.revision, spec.configuration) == (
        function.arn,
        function.revision,
        {"url": "https://hooks.example"},
    )
    assert (given, seconds) == (EVENT, 0.4)
    (call,) = table.recorded(function)
    assert request_id == call.call_id, "each call has an id of its own, whatever request it belongs to"


def test_what_is_to_be_done_once_has_the_same_id_each_time(table: Table, pool_id: str) -> None:
    function = table.put(_echo)
    for _ in range(2):
        table.table.invoke(Invocation(pool_id, function.arn, EVENT, "message-1", once_id="message-1"))
    assert [run[2] for run in table.runner.runs] == ["message-1", "message-1"]
    assert len({call.call_id for call in table.recorded(function)}) == 2


@pytest.mark.parametrize("suffix", [":live", ":42", ":$LATEST"])
def test_a_version_or_an_alias_names_the_same_function(table: Table, pool_id: str, suffix: str) -> None:
    function = table.put(_echo)
    assert _invoke(table, pool_id, function.arn + suffix)["response"] == {"autoConfirmUser": True}


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "name",
        "arn:aws:lambda:us-east-1:1:function:x",
        "arn:aws:sns:us-east-1:123456789012:function:x",
        "{}:a:b",
        "{} ",
    ],
)
def test_what_is_no_arn_of_a_function_names_none(table: Table, arn: str) -> None:
    assert unqualified(arn.format(table.put(_echo).arn)) == ""


def _refusal(table: Table, pool_id: str, arn: str) -> str:
    with pytest.raises(FunctionUnavailableError) as refused:
        _invoke(table, pool_id, arn)
    assert table.runner.runs == []
    assert refused.value.told == refused.value.text, "the caller may know why"
    return refused.value.text


def test_an_unknown_function_is_refused(table: Table, pool_id: str) -> None:
    function = table.put(_echo)
    assert _refusal(table, pool_id, f"{function.arn}-other") == UNKNOWN
    assert _refusal(table, pool_id, function.arn.replace("us-east-1", "eu-west-1")) == UNKNOWN
    table.delete(function)
    assert _refusal(table, pool_id, function.arn) == UNKNOWN


def test_a_disabled_function_is_refused(table: Table, pool_id: str) -> None:
    assert _refusal(table, pool_id, table.put(_echo, is_enabled=False).arn) == DISABLED


def test_a_pool_that_is_not_on_the_list_is_refused(table: Table, make: Factory, pool_id: str) -> None:
    function = table.put(_echo, is_for_all_pools=False, pool_ids=(pool_id,))
    assert _refusal(table, make.pool(), function.arn) == NOT_ALLOWED
    assert _refusal(table, "us-east-1_NoSuchPool", function.arn) == NOT_ALLOWED
    assert _refusal(table, "", function.arn) == NOT_ALLOWED
    assert _invoke(table, pool_id, function.arn)


def test_all_pools_are_those_of_the_account(table: Table, pool_id: str) -> None:
    function = table.put(_echo, account_id="210987654321")
    assert _refusal(table, pool_id, function.arn) == NOT_ALLOWED


def test_nothing_is_called_inside_a_database_segment(table: Table, pool_id: str) -> None:
    function = table.put(_echo)
    _invoke(table, pool_id, function.arn)
    with Segment(), pytest.raises(RuntimeError, match="inside a database segment"):
        _invoke(table, pool_id, function.arn)


# ---- tries and limits


class _Failing:
    """Fails so many times, then answers."""

    def __init__(self, error: Exception, times: int) -> None:
        self._error = error
        self._left = times

    def __call__(self, given: dict[str, Any]) -> Any:
        if self._left:
            self._left -= 1
            raise self._error
        return given


def test_the_third_try_counts(table: Table, pool_id: str) -> None:
    function = table.put(_Failing(FunctionUnavailableError("away"), 2))
    assert _invoke(table, pool_id, function.arn) == EVENT
    assert len(table.runner.runs) == 3
    (call,) = table.recorded(function)
    assert (call.outcome, call.tries) == ("answered", 3)


def test_there_is_no_fourth(table: Table, pool_id: str) -> None:
    function = table.put(_Failing(FunctionUnavailableError("away", log="last words"), 3))
    with pytest.raises(FunctionUnavailableError) as failed:
        _invoke(table, pool_id, function.arn)
    assert (failed.value.text, failed.value.log) == ("away", "last words")
    assert failed.value.told == NO_ANSWER
    (call,) = table.recorded(function)
    assert (call.outcome, call.tries, call.details["error"]) == ("unavailable", 3, "away")


def test_all_tries_and_the_longest_pauses_have_time() -> None:
    limits = CallLimits()
    pauses = sum(limits.between * number * SPREAD for number in range(1, limits.tries))
    assert limits.tries * limits.of_try + pauses < limits.total


def test_the_functions_own_error_is_final(table: Table, pool_id: str) -> None:
    function = table.put(_Failing(FunctionError("Not allowed", log="saw Eve"), 1))
    with pytest.raises(FunctionError) as failed:
        _invoke(table, pool_id, function.arn)
    assert failed.value.text == "Not allowed"
    assert len(table.runner.runs) == 1
    (call,) = table.recorded(function)
    assert (call.outcome, call.tries, call.details["log"]) == ("failed", 1, "saw Eve")


def test_a_fault_of_the_runner_is_told_to_nobody(table: Table, pool_id: str) -> None:
    function = table.put(_Failing(RuntimeError("secret of ours"), 1))
    with pytest.raises(FunctionUnavailableError) as failed:
        _invoke(table, pool_id, function.arn)
    assert failed.value.text == NOT_RUN
    (call,) = table.recorded(function)
    assert "secret" not in json.dumps(dict(call.details) | {"event": None})


def test_a_later_try_runs_the_function_as_it_then_is(table: Table, pool_id: str) -> None:
    name = "mended-while-it-failed"

    def fail_and_mend(_: dict[str, Any]) -> Any:
        table.put(lambda given: {**given, "mended": True}, name=name, configuration={"version": 2})
        raise FunctionUnavailableError("broken")

    function = table.put(fail_and_mend, name=name, configuration={"version": 1})
    assert _invoke(table, pool_id, function.arn)["mended"] is True
    assert [run[0].configuration["version"] for run in table.runner.runs] == [1, 2]


def test_a_function_that_is_taken_away_is_not_tried_again(table: Table, pool_id: str) -> None:
    name = "disabled-while-it-failed"

    def fail_and_disable(_: dict[str, Any]) -> Any:
        table.put(fail_and_disable, name=name, is_enabled=False)
        raise FunctionUnavailableError("broken")

    function = table.put(fail_and_disable, name=name)
    with pytest.raises(FunctionUnavailableError, match=DISABLED):
        _invoke(table, pool_id, function.arn)
    assert len(table.runner.runs) == 1


def test_a_function_that_is_removed_is_not_tried_again(table: Table, pool_id: str) -> None:
    made: list[Function] = []

    def fail_and_go(_: dict[str, Any]) -> Any:
        table.delete(made[0])
        raise FunctionUnavailableError("broken")

    made.append(table.put(fail_and_go))
    with pytest.raises(FunctionUnavailableError, match=UNKNOWN):
        _invoke(table, pool_id, made[0].arn)
    assert len(table.runner.runs) == 1


def test_what_cannot_be_stopped_is_not_waited_for(resources: Resources, pool_id: str) -> None:
    limits = CallLimits(of_try=0.1, tries=1, between=0, queued=1)
    with function_table(resources, limits=limits) as table:
        stuck = Hanging(30)
        function = table.put(stuck)
        began = time.monotonic()
        with pytest.raises(FunctionUnavailableError, match=LATE):
            _invoke(table, pool_id, function.arn)
        assert time.monotonic() - began < 5
        stuck.released.set()
        _until(lambda: len(table.recorded(function)) == 1)
        (call,) = table.recorded(function)
        assert (call.outcome, call.details["error"]) == ("unavailable", LATE)


def test_what_is_no_json_comes_as_text(table: Table, pool_id: str) -> None:
    function = table.put(lambda _: Output(b"<html>\xff"))
    assert _invoke(table, pool_id, function.arn) == "<html>\ufffd"


# ---- the lane


def test_a_pool_that_hangs_fails_fast_and_leaves_the_others_theirs(
    resources: Resources, make: Factory, pool_id: str
) -> None:
    lane = FairThreads("functions-of-test", 4, 8, waiting_per_pool=2, running_per_pool=2)
    with (
        function_table(resources, lane, CallLimits(of_try=20, tries=1, queued=4)) as table,
        ThreadPoolExecutor(6) as many,
    ):
        hanging = Hanging(20)
        slow, quick = table.put(hanging), table.put(_echo)
        other = make.pool()
        for pool in (pool_id, other):
            _timed(table, pool, quick.arn)  # what is read once is read now
        calls = [many.submit(_timed, table, pool_id, slow.arn) for _ in range(6)]
        for _ in range(2):
            assert hanging.entered.acquire(timeout=5)
        for _ in range(20):
            with within(0.4):
                text, _ = _timed(table, other, quick.arn)
            assert text == ""
        _until(lambda: sum(call.done() for call in calls) == 4)
        hanging.released.set()
        outcomes = sorted(call.result(10) for call in calls)
    refused = [seconds for text, seconds in outcomes if text == BUSY]
    assert len(refused) == 4, "two run; two waited for a thread in vain, and two found the queue full"
    assert sum(seconds < 3 for seconds in refused) == 2
    assert max(refused) < 8
    assert hanging.entered.acquire(blocking=False) is False


def _timed(table: Table, pool_id: str, arn: str) -> tuple[str, float]:
    began = time.monotonic()
    try:
        _invoke(table, pool_id, arn)
        text = ""
    except FunctionUnavailableError as error:
        text = error.text
    return text, time.monotonic() - began


# ---- changes


def test_a_change_ends_what_was_kept(table: Table, pool_id: str) -> None:
    function = table.put(_echo)
    _invoke(table, pool_id, function.arn)
    changed = table.put(_echo, name=function.name, configuration={"url": "https://new.example"})
    assert changed.revision != function.revision
    assert changed.created_at == function.created_at
    _until(lambda: table.runner.forgotten == [function.arn])
    _invoke(table, pool_id, function.arn)
    assert table.runner.runs[-1][0].configuration == {"url": "https://new.example"}
    table.delete(function)
    _until(lambda: table.runner.forgotten == [function.arn] * 2)


def test_a_change_of_something_else_ends_nothing(table: Table, pool_id: str) -> None:
    function = table.put(_echo)
    _invoke(table, pool_id, function.arn)
    other = table.put(_echo)
    _invoke(table, pool_id, other.arn)
    table.delete(other)
    _until(lambda: table.runner.forgotten == [other.arn])


def test_a_change_on_another_node_is_in_force_after_a_poll(table: Table, resources: Resources) -> None:
    elsewhere = Snapshots(resources.database, resources.keyring)
    heard: list[None] = []
    resources.database._listeners.remove(elsewhere.forget)
    elsewhere.listen_to_functions(lambda: heard.append(None))
    elsewhere.poll()
    function = table.put(_echo)
    assert function.arn in elsewhere.functions()
    table.delete(function)
    assert function.arn in elsewhere.functions(), "kept in memory"
    elsewhere.poll()
    assert function.arn not in elsewhere.functions()
    assert len(heard) == 1


def test_a_call_costs_no_statement(resources: Resources, pool_id: str) -> None:
    lane = FairThreads("only-of-this-test", 2, 2, waiting_per_pool=2)
    statements: list[str] = []

    def note(*told: Any) -> None:
        if threading.current_thread().name.startswith((here, "only-of-this-test")):
            statements.append(told[2])

    here = threading.current_thread().name
    with function_table(resources, lane) as table:
        function = table.put(_echo)
        resources.snapshots.poll()  # that the pool was made is heard of now, not between the calls
        event.listen(resources.database.engine, "before_cursor_execute", note)
        try:
            _invoke(table, pool_id, function.arn)
            assert statements, "the function and its pool were read"
            statements.clear()
            _invoke(table, pool_id, function.arn)
        finally:
            event.remove(resources.database.engine, "before_cursor_execute", note)
    assert statements == []


def test_closing_ends_what_runners_keep(resources: Resources, pool_id: str) -> None:
    with function_table(resources) as table:
        _invoke(table, pool_id, table.put(_echo).arn)
    assert table.runner.is_closed
    with pytest.raises(FunctionUnavailableError, match=CLOSED):
        _invoke(table, pool_id, table.put(_echo).arn)


def test_who_waits_for_a_function_is_let_go_when_the_server_stops(resources: Resources, pool_id: str) -> None:
    lane = FairThreads("functions-of-test", 1, 8, waiting_per_pool=4)
    with (
        function_table(resources, lane, CallLimits(of_try=20, queued=20)) as table,
        ThreadPoolExecutor(2) as callers,
    ):
        hanging = Hanging(20)
        function = table.put(hanging)
        runs = callers.submit(_timed, table, pool_id, function.arn)
        assert hanging.entered.acquire(timeout=5)
        waits = callers.submit(_timed, table, pool_id, function.arn)
        _until(lambda: len(table.table._awaited) == 2)
        table.table.end_calls()
        assert [each.result(10)[0] for each in (runs, waits)] == [CLOSED, CLOSED]
        assert _timed(table, pool_id, function.arn)[0] == CLOSED, "and nobody else is let in"
        assert not table.runner.is_closed
        hanging.released.set()
        _until(lambda: len(table.recorded(function)) == 2)
    assert sorted(call.outcome for call in table.recorded(function)) == ["answered", "unavailable"]


# ---- records and numbers


def test_calls_are_counted_by_kind_and_outcome(table: Table, pool_id: str) -> None:
    def counted(outcome: str) -> float:
        kind = "none" if outcome == "refused" else "webhook"
        labels = f'{{kind="{kind}",outcome="{outcome}"}} '
        text = metrics.exposition().decode()
        found = re.search(re.escape(f"poolhouse_function_seconds_count{labels}") + r"(\S+)", text)
        return float(found[1]) if found else 0.0

    bodies: dict[str, Body] = {
        "answered": _echo,
        "failed": _Failing(FunctionError("no"), 1),
        "unavailable": _Failing(FunctionUnavailableError("away"), 3),
    }
    before = {outcome: counted(outcome) for outcome in (*bodies, "refused")}
    for body in bodies.values():
        with suppress(FunctionError, FunctionUnavailableError):
            _invoke(table, pool_id, table.put(body).arn)
    with suppress(FunctionUnavailableError):
        _invoke(table, pool_id, "arn:aws:lambda:us-east-1:123456789012:function:none")
    assert {outcome: counted(outcome) - number for outcome, number in before.items()} == dict.fromkeys(before, 1)


def test_a_call_is_recorded_with_its_payload_sealed(table: Table, resources: Resources, pool_id: str) -> None:
    function = table.put(_echo)
    _invoke(table, pool_id, function.arn, "request-7")
    (call,) = table.recorded(function)
    assert (call.pool_id, call.kind, call.source, call.request_id) == (
        pool_id,
        "webhook",
        "PreSignUp_SignUp",
        "request-7",
    )
    assert (call.at, call.outcome, call.tries) == (resources.clock(), "answered", 1)
    assert 0 <= call.milliseconds < 5_000
    assert call.details == {
        "log": f"log of {function.name}",
        "error": "",
        "event": EVENT,
        "answer": {**EVENT, "response": {"autoConfirmUser": True}},
    }
    (sealed,) = sealed_rows(resources, function)
    assert b"Hunter" not in sealed
    assert b"log of" not in sealed


def test_payloads_are_kept_in_dev_alone(resources: Resources, pool_id: str) -> None:
    with function_table(resources, keeps_payloads=False) as table:
        function = table.put(_echo)
        _invoke(table, pool_id, function.arn)
        (call,) = table.recorded(function)
        assert call.details == {"log": f"log of {function.name}", "error": ""}


def test_records_are_bounded(table: Table, pool_id: str) -> None:
    function = table.put(lambda _: Output(json.dumps("x" * 100_000).encode(), log="y" * 9_000 + "end"))
    _invoke(table, pool_id, function.arn)
    (call,) = table.recorded(function)
    assert call.details["answer"] is None
    assert len(call.details["log"]) == 4_096
    assert call.details["log"].endswith("end")


def test_a_pool_that_was_purged_leaves_no_record(table: Table, resources: Resources) -> None:
    function = table.put(_echo)
    lost = function_calls.FunctionCall(
        function.account_id, function.name, "webhook", "us-east-1_Purged000", "", "", 0, 0, "answered", 1, {}
    )
    table.calls.note(lost)
    assert table.recorded(function) == []


def test_old_records_go(table: Table, resources: Resources, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    function, now = table.put(_echo), resources.clock()
    monkeypatch.setattr(records, "KEPT_PER_FUNCTION", 3)
    for age in (0, 1, 2, 3, 4, 8 * 24 * 3_600_000):
        table.calls.note(_call(function, now - age))
    assert len(table.recorded(function)) == 6
    expire_rows(make.work())
    assert [call.at for call in table.recorded(function)] == [now, now - 1, now - 2]


class _OnlyRead:
    """A database that nobody may write to."""

    def __init__(self, database: Database) -> None:
        self.read = database.read


def test_where_no_record_is_too_many_nothing_is_written(table: Table, resources: Resources, make: Factory) -> None:
    function = table.put(_echo)
    table.calls.note(_call(function, resources.clock()))
    assert len(table.recorded(function)) == 1
    only_read = dataclasses.replace(resources, database=_OnlyRead(resources.database))  # type: ignore[arg-type]
    assert records.drop_old_calls(dataclasses.replace(make.work(), resources=only_read)) == 0


def _call(function: Function, at: int) -> function_calls.FunctionCall:
    return function_calls.FunctionCall(
        function.account_id, function.name, "webhook", SERVER, "", "", at, 0, "answered", 1, {}
    )


def _until(condition: Any) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
