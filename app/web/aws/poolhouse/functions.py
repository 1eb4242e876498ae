# ruff: noqa: PT028 - `test_function` is an operation, not a test
"""Functions that user pools name in their LambdaConfig: put, shown without what is secret of them, tried, replayed."""

from collections.abc import Mapping
from typing import Any

import orjson

from app.core import function_calls, functions
from app.core.function_calls import FunctionCall
from app.core.functions import Function
from app.flows import configure_function, try_function
from app.flows.configure_function import FunctionChange
from app.flows.run_function import Answer
from app.flows.work import Work
from app.kit.errors import InvalidParameterException
from app.web.aws.listing import list_page
from app.web.aws.registry import poolhouse

Members = dict[str, Any]
# The member that says how a function is run, by kind; and our names of what is in them.
_KINDS = {"local": "Local", "webhook": "Webhook", "lambda": "Lambda", "entry_point": "EntryPoint"}
_NAMES = {
    "Code": "code",
    "Handler": "handler",
    "Runtime": "runtime",
    "Environment": "environment",
    "MemorySize": "memory_mb",
    "Concurrency": "concurrency",
    "Python": "python",
    "Node": "node",
    "NodeClient": "node_client",
    "Url": "url",
    "Arn": "function_arn",
    "Region": "region",
    "EndpointUrl": "endpoint_url",
    "AccessKeyId": "access_key_id",
    "SecretAccessKey": "secret_access_key",
    "SessionToken": "session_token",
    "MachineCredentials": "machine_credentials",
    "Name": "entry_point",
    "Folder": "folder",
}
_HIDDEN = frozenset({"environment", "secrets", "secret_access_key", "session_token"})


@poolhouse.operation("PutFunction", rest="how")
def put_function(
    work: Work,
    function_name: str,
    how: Members,
    user_pool_ids: list[str] | None = None,
    all_user_pools: bool | None = None,
    status: str | None = None,
) -> Members:
    """Answers with the secret of a new webhook, which is shown only here."""
    kind, configuration = _how(how)
    change = FunctionChange(
        kind, configuration, all_user_pools, user_pool_ids, None if status is None else status == "ENABLED"
    )
    function, secret = configure_function.put_function(work, function_name, change)
    return {"Function": _shown(function), **({"WebhookSecret": secret} if secret else {})}


@poolhouse.operation("DescribeFunction")
def describe_function(work: Work, function_name: str) -> Members:
    """Without the values of its environment and its secrets."""
    with work.read() as db:
        function = functions.get_function(db, work.keyring, work.caller.account_id, function_name)
    return {"Function": _shown(function)}


@poolhouse.operation("ListFunctions")
def list_functions(work: Work, max_results: int | None = None, next_token: str | None = None) -> Members:
    """Those of the caller's account, by name."""
    account_id = work.caller.account_id

    def load(after: str | None, count: int) -> list[Function]:
        with work.read() as db:
            return functions.list_functions(db, work.keyring, account_id, after=after, limit=count)

    scope = ("", "ListFunctions", account_id)
    found, token = list_page(work, scope, next_token, max_results, load, lambda function: function.name)
    return {"Functions": [_shown(function) for function in found], "NextToken": token}


@poolhouse.operation("DeleteFunction")
def delete_function(work: Work, function_name: str) -> None:
    """In force on every node within a second."""
    configure_function.delete_function(work, function_name)


@poolhouse.operation("RotateFunctionSecret")
def rotate_function_secret(work: Work, function_name: str) -> Members:
    """Answers with the new secret, which is shown only here."""
    return {"WebhookSecret": configure_function.rotate_secret(work, function_name)}


@poolhouse.operation("RetireFunctionSecret")
def retire_function_secret(work: Work, function_name: str) -> None:
    """From now on the newer secret signs alone."""
    configure_function.retire_secret(work, function_name)


@poolhouse.operation("TestFunction")
def test_function(
    work: Work,
    function_name: str,
    trigger_source: str | None = None,
    event_version: str | None = None,
    event: str | None = None,
    user_pool_id: str | None = None,
) -> Members:
    """With a sample event of a source, or with an event that is given."""
    if (trigger_source is None) == (event is None):
        raise InvalidParameterException("Give a TriggerSource or an Event.")
    if event is not None:
        answer = try_function.try_with_event(work, function_name, event, user_pool_id or "")
    else:
        answer = try_function.try_with_sample(
            work, function_name, trigger_source or "", event_version or "", user_pool_id or ""
        )
    return {"Result": _result(answer)}


@poolhouse.operation("ListFunctionCalls")
def list_function_calls(
    work: Work, function_name: str, max_results: int | None = None, next_token: str | None = None
) -> Members:
    """Newest first; of a function that is gone too."""
    account_id = work.caller.account_id

    def load(after: str | None, count: int) -> list[FunctionCall]:
        at, _, call_id = (after or "").partition("|")
        position = (int(at), call_id) if after else None
        with work.read() as db:
            return function_calls.list_calls(db, work.keyring, account_id, function_name, after=position, limit=count)

    scope = ("", "ListFunctionCalls", account_id, function_name)
    found, token = list_page(work, scope, next_token, max_results, load, lambda call: f"{call.at}|{call.call_id}")
    return {"Calls": [_call(call) for call in found], "NextToken": token}


@poolhouse.operation("ReplayFunctionCall")
def replay_function_call(work: Work, call_id: str) -> Members:
    """The function as it is now, with the event that it had then."""
    return {"Result": _result(try_function.replay(work, call_id))}


def _how(members: Members) -> tuple[str | None, Members | None]:
    """The kind and what its runner reads, from the one member that says how a function is run; None without one."""
    given = [(kind, members[member]) for kind, member in _KINDS.items() if member in members]
    if not given:
        return None, None
    if len(given) > 1:
        raise InvalidParameterException("A function is Local, a Webhook, a Lambda or an EntryPoint: give one of them.")
    kind, members = given[0]
    configuration = {_NAMES[name]: value for name, value in members.items()}
    if kind == "lambda" and "region" not in configuration:
        configuration["region"] = [*members["Arn"].split(":"), "", "", "", ""][3]
    return kind, configuration


def _shown(function: Function) -> Members:
    """FunctionType."""
    return {
        "FunctionName": function.name,
        "FunctionArn": function.arn,
        "Kind": function.kind.upper(),
        _KINDS[function.kind]: _configuration(function.configuration),
        "UserPoolIds": list(function.pool_ids),
        "AllUserPools": function.is_for_all_pools,
        "Status": "ENABLED" if function.is_enabled else "DISABLED",
        "CreationDate": function.created_at,
        "LastModifiedDate": function.updated_at,
    }


def _configuration(configuration: Mapping[str, Any]) -> Members:
    """What may be shown of a configuration: of variables their names, of secrets their number."""
    shown = {
        name: configuration[ours] for name, ours in _NAMES.items() if ours in configuration and ours not in _HIDDEN
    }
    if "environment" in configuration:
        shown["EnvironmentNames"] = sorted(configuration["environment"])
    if "secrets" in configuration:
        shown["SecretCount"] = len(configuration["secrets"])
    return shown


def _result(answer: Answer) -> Members:
    """FunctionResultType."""
    return {
        "CallId": answer.call_id,
        "Outcome": answer.outcome.upper(),
        "Answer": orjson.dumps(answer.value).decode() if answer.outcome == "answered" else None,
        "ErrorMessage": answer.error or None,
        "Log": answer.log,
        "Tries": answer.tries,
        "Milliseconds": answer.milliseconds,
    }


def _call(call: FunctionCall) -> Members:
    """FunctionCallType."""
    return {
        "CallId": call.call_id,
        "FunctionName": call.name,
        "Kind": call.kind.upper(),
        "UserPoolId": call.pool_id or None,
        "TriggerSource": call.source or None,
        "RequestId": call.request_id,
        "Date": call.at,
        "Milliseconds": call.milliseconds,
        "Tries": call.tries,
        "Outcome": call.outcome.upper(),
        "ErrorMessage": call.details.get("error") or None,
        "Log": call.details.get("log"),
        "IsReplayable": call.details.get("event") is not None,
    }
