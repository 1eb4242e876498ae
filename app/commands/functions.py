"""`poolhouse functions`: what runs the code that pools name in their LambdaConfig, tried and looked after."""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.commands.calling import call
from app.commands.refusal import Refusal

# But for tabs and ends of lines. What a handler prints may be what a stranger has typed, and a terminal obeys some of it.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Given:
    """How a function is to be run, as the command line says it: one of the first four."""

    handler: str | None = None
    webhook: str | None = None
    lambda_arn: str | None = None
    entry_point: str | None = None
    runtime: str | None = None
    environment: Sequence[str] = ()
    memory: int | None = None
    concurrency: int | None = None
    region: str | None = None
    endpoint_url: str | None = None
    access_key_id: str | None = None


def add(data: Path | None, name: str, given: Given, pools: Sequence[str], *, for_all_pools: bool) -> str:
    """Makes a function, or changes what is named of one that is there; shows its ARN, and a new webhook's secret."""
    members: dict[str, Any] = _how(given)
    if pools or for_all_pools:
        members |= {"UserPoolIds": list(pools), "AllUserPools": for_all_pools}
    answer = call(data, "PutFunction", FunctionName=name, **members)
    lines = [answer["Function"]["FunctionArn"]]
    if "WebhookSecret" in answer:
        lines.append(f"secret, shown only now: {answer['WebhookSecret']}")
    return "\n".join(lines)


def list_all(data: Path | None) -> str:
    """One line for each function."""
    lines = [f"{'FUNCTION':<30}{'KIND':<13}{'STATUS':<10}{'POOLS':<28}RUNS"]
    for function in _pages(data, "ListFunctions", "Functions"):
        pools = "all" if function["AllUserPools"] else ", ".join(function["UserPoolIds"]) or "none"
        name, kind = function["FunctionName"], function["Kind"]
        lines.append(f"{name:<30}{kind:<13}{function['Status']:<10}{pools:<28}{_runs(function)}")
    return "\n".join(lines)


def show(data: Path | None, name: str) -> str:
    """All that may be shown of a function."""
    function = call(data, "DescribeFunction", FunctionName=name)["Function"]
    dates = {member: _second(function[member]) for member in ("CreationDate", "LastModifiedDate")}
    return json.dumps({**function, **dates}, indent=2)


def remove(data: Path | None, name: str) -> str:
    """Removes a function."""
    call(data, "DeleteFunction", FunctionName=name)
    return f"{name} is removed."


def switch(data: Path | None, name: str, *, is_on: bool) -> str:
    """Lets pools call a function, or not."""
    call(data, "DescribeFunction", FunctionName=name)
    call(data, "PutFunction", FunctionName=name, Status="ENABLED" if is_on else "DISABLED")
    return f"{name} is {'enabled' if is_on else 'disabled'}."


def rotate_secret(data: Path | None, name: str) -> str:
    """Makes a webhook's next secret, shown only now."""
    secret = call(data, "RotateFunctionSecret", FunctionName=name)["WebhookSecret"]
    return f"secret, shown only now: {secret}\nThe old one signs beside it until `poolhouse functions retire-secret {name}`."


def retire_secret(data: Path | None, name: str) -> str:
    """Ends the older of a webhook's two secrets."""
    call(data, "RetireFunctionSecret", FunctionName=name)
    return f"The older secret of {name} signs no more."


def test(
    data: Path | None, name: str, source: str | None, event: Path | None, pool_id: str | None, version: str | None
) -> tuple[str, bool]:
    """Calls a function; what became of it, and whether it answered."""
    members: dict[str, Any] = {"TriggerSource": source, "UserPoolId": pool_id, "EventVersion": version}
    if event is not None:
        try:
            members["Event"] = event.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise Refusal(f"{event} cannot be read") from None
    given = {member: value for member, value in members.items() if value is not None}
    return _result(call(data, "TestFunction", FunctionName=name, **given)["Result"])


def replay(data: Path | None, call_id: str) -> tuple[str, bool]:
    """Calls a function again with the event of a recorded call; as `test`."""
    return _result(call(data, "ReplayFunctionCall", CallId=call_id)["Result"])


def logs(data: Path | None, name: str, number: int) -> str:
    """The last calls of a function, the newest at the end, each with what it printed."""
    found: list[dict[str, Any]] = []
    for entry in _pages(data, "ListFunctionCalls", "Calls", FunctionName=name):
        found.append(entry)
        if len(found) == number:
            break
    return "\n".join(_logged(entry) for entry in reversed(found)) or f"{name} was not called in the last seven days."


def _how(given: Given) -> dict[str, Any]:
    """The member of PutFunction that says how a function is run; none if nothing does."""
    values = {
        "Local": given.handler,
        "Webhook": given.webhook,
        "Lambda": given.lambda_arn,
        "EntryPoint": given.entry_point,
    }
    chosen = [member for member, value in values.items() if value is not None]
    if len(chosen) > 1:
        raise Refusal("a function has a --handler, a --webhook, a --lambda or an --entry-point: give one of them")
    _check_options(given, chosen[0] if chosen else "")
    match chosen:
        case ["Local"]:
            return {"Local": _local(given)}
        case ["Webhook"]:
            return {"Webhook": {"Url": given.webhook}}
        case ["Lambda"]:
            return {"Lambda": _remote(given)}
        case ["EntryPoint"]:
            return {"EntryPoint": _entry_point(str(given.entry_point))}
        case _:
            return {}


def _check_options(given: Given, chosen: str) -> None:
    """That no option is given that would be ignored."""
    local = ("--runtime", given.runtime), ("--env", given.environment), ("--memory", given.memory)
    remote = (
        ("--region", given.region),
        ("--endpoint-url", given.endpoint_url),
        ("--access-key-id", given.access_key_id),
    )
    useless = [
        option for option, value in (*local, ("--concurrency", given.concurrency)) if value and chosen != "Local"
    ]
    useless += [option for option, value in remote if value and chosen != "Lambda"]
    if useless:
        raise Refusal(f"{useless[0]} goes with {'--lambda' if useless[0] in dict(remote) else '--handler'}")


def _local(given: Given) -> dict[str, Any]:
    path, colon, handler = str(given.handler).rpartition(":")
    if not colon or not path or not handler:
        raise Refusal("a handler is written PATH:function, the path of a file or folder: ./pre_sign_up.py:handler")
    members = {
        "Code": str(Path(path).absolute()),
        "Handler": handler,
        "Runtime": given.runtime,
        "Environment": _environment(given.environment, os.environ) or None,
        "MemorySize": given.memory,
        "Concurrency": given.concurrency,
    }
    return {member: value for member, value in members.items() if value is not None}


def _entry_point(name: str) -> dict[str, str]:
    """With the folder where the command runs, if the module is there."""
    module = name.partition(":")[0].partition(".")[0]
    is_here = module and (Path(f"{module}.py").is_file() or Path(module).is_dir())
    return {"Name": name, "Folder": str(Path.cwd())} if is_here else {"Name": name}


def _environment(given: Sequence[str], environ: Mapping[str, str]) -> dict[str, str]:
    """`K=V`, or `K` alone for the value that it has here: that one is in no list of processes and no history."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals and name not in environ:
            raise Refusal(f"--env {name}: there is no such variable here; or write {name}=value")
        found[name] = value if equals else environ[name]
    return found


def _remote(given: Given) -> dict[str, Any]:
    """With a key, its secret from the environment, as AWS's tools have it; without one, with the machine's own."""
    members: dict[str, Any] = {"Arn": given.lambda_arn, "Region": given.region, "EndpointUrl": given.endpoint_url}
    if given.access_key_id:
        if not os.environ.get("AWS_SECRET_ACCESS_KEY"):
            raise Refusal("--access-key-id needs its secret in the variable AWS_SECRET_ACCESS_KEY")
        members |= {"AccessKeyId": given.access_key_id, "SecretAccessKey": os.environ["AWS_SECRET_ACCESS_KEY"]}
        members["SessionToken"] = os.environ.get("AWS_SESSION_TOKEN") or None
    else:
        members["MachineCredentials"] = True
    return {member: value for member, value in members.items() if value is not None}


def _pages(data: Path | None, operation: str, member: str, **members: Any) -> Iterator[dict[str, Any]]:
    """Every entry of a list."""
    token = None
    while True:
        answer = call(data, operation, **members, **({"NextToken": token} if token else {}))
        yield from answer[member]
        token = answer.get("NextToken")
        if not token:
            return


def _runs(function: dict[str, Any]) -> str:
    """What a function is, in short."""
    local = function.get("Local")
    if local:
        return f"{local['Code']}:{local['Handler']}"
    for member, name in (("Webhook", "Url"), ("Lambda", "Arn"), ("EntryPoint", "Name")):
        if member in function:
            return str(function[member][name])
    return ""


def _result(result: dict[str, Any]) -> tuple[str, bool]:
    tries = "" if result["Tries"] == 1 else f", {result['Tries']} tries"
    parts = [f"{result['Outcome']} in {result['Milliseconds']} ms{tries} (call {result['CallId']})"]
    if result.get("ErrorMessage"):
        parts.append(_harmless(result["ErrorMessage"]))
    if result.get("Answer"):
        parts.append(json.dumps(json.loads(result["Answer"]), indent=2))
    if result.get("Log"):
        parts += ["--- log", _harmless(result["Log"])]
    return "\n".join(parts), result["Outcome"] == "ANSWERED"


def _logged(entry: dict[str, Any]) -> str:
    """A call: when, what for, what became of it; and what it printed."""
    head = (
        f"{_second(entry['Date'])} {entry['Outcome']:<12}{entry['Milliseconds']:>6} ms  {entry.get('TriggerSource', '-')}"
        f"  {entry.get('UserPoolId', '-')}  call {entry['CallId']}"
    )
    printed = [_harmless(entry[member]) for member in ("ErrorMessage", "Log") if entry.get(member)]
    return "\n".join([head, *(f"    {line}" for text in printed for line in text.splitlines())])


def _harmless(printed: str) -> str:
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", printed.rstrip())


def _second(epoch_seconds: float) -> str:
    return datetime.fromtimestamp(epoch_seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
