"""Functions over the wire: put, shown without secrets, tried, recorded, replayed; who may, and what only the command line may."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import select

from app.db.tables.audit import AuditEvent
from app.db.tables.functions import Function as FunctionRow
from app.flows.work import Resources
from app.gateways.functions import FunctionError, FunctionUnavailableError, Output
from app.web.aws.shapes import HIDDEN
from tests.aws.refusals import refusal, refused
from tests.conftest import ROOT_KEY
from tests.factories import Factory
from tests.in_process import InProcessServer
from tests.runners import Table, function_table

WEBHOOK = {"Url": "https://hooks.example/pre-sign-up"}
ARN = "arn:aws:lambda:eu-west-1:210987654321:function:at-aws"
INVOKER = {"AccessKeyId": "AKIAINVOKES", "SecretAccessKey": "hunter2-hunter2"}


@pytest.fixture
def table(resources: Resources) -> Iterator[Table]:
    """Of a server that may invoke one function elsewhere."""
    settings = resources.settings.model_copy(update={"lambda_allow": ARN})
    with function_table(dataclasses.replace(resources, settings=settings)) as made:
        yield made


@pytest.fixture
def serving(resources: Resources, table: Table) -> Iterator[InProcessServer]:
    """A server whose functions are run by the test."""
    running = InProcessServer(dataclasses.replace(resources, function_table=table.table, functions=table.table))
    yield running
    running.close()


@pytest.fixture
def ours(serving: InProcessServer) -> Any:
    return serving.boto_client("poolhouse", ROOT_KEY)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A handler on this machine."""
    file = tmp_path / "greet.py"
    file.write_text("def handler(event, context):\n    return event\n", encoding="ascii")
    return file


def _name() -> str:
    return f"f-{uuid4().hex}"


def _put(ours: Any, table: Table, body: Callable[[Any], Any] = lambda event: event, **members: Any) -> str:
    """The name of a new webhook that the test answers for."""
    name = _name()
    table.runner.bodies[name] = body
    ours.put_function(**{"FunctionName": name, "Webhook": WEBHOOK, "AllUserPools": True, **members})
    return name


# ---- putting


def test_a_webhook_is_put_and_its_secret_shown_once(ours: Any, resources: Resources) -> None:
    name = _name()
    answer = ours.put_function(FunctionName=name, Webhook=WEBHOOK, AllUserPools=True)
    assert answer["WebhookSecret"].startswith("whsec_")
    function = answer["Function"]
    created = function.pop("CreationDate")
    assert function.pop("LastModifiedDate") == created
    assert function == {
        "FunctionName": name,
        "FunctionArn": f"arn:aws:lambda:us-east-1:123456789012:function:{name}",
        "Kind": "WEBHOOK",
        "Webhook": {**WEBHOOK, "SecretCount": 1},
        "UserPoolIds": [],
        "AllUserPools": True,
        "Status": "ENABLED",
    }
    again = ours.put_function(FunctionName=name, Webhook={"Url": "https://hooks.example/other"})
    assert "WebhookSecret" not in again
    assert again["Function"]["Webhook"] == {"Url": "https://hooks.example/other", "SecretCount": 1}
    with resources.database.read() as db:
        sealed = db.execute(select(FunctionRow.sealed_configuration).where(FunctionRow.name == name)).scalar_one()
    assert b"hooks.example" not in sealed
    assert b"whsec" not in sealed


def test_urls_that_may_hold_a_token_are_sealed_and_not_in_the_audit_trail(ours: Any, resources: Resources) -> None:
    url = "https://hooks.example/hook?token=hunter2-hunter2"
    hooked, invoked = _name(), _name()
    ours.put_function(FunctionName=hooked, Webhook={"Url": url}, AllUserPools=True)
    ours.put_function(FunctionName=invoked, Lambda={"Arn": ARN, **INVOKER, "EndpointUrl": url}, AllUserPools=True)
    with resources.database.read() as db:
        events = db.execute(select(AuditEvent.details).where(AuditEvent.kind == "PutFunction")).scalars().all()
    details = {event["FunctionName"]: event for event in events}
    assert details[hooked]["Webhook"] == {"Url": HIDDEN}
    assert details[invoked]["Lambda"]["EndpointUrl"] == HIDDEN
    assert "hunter2" not in json.dumps([details[hooked], details[invoked]])
    assert ours.describe_function(FunctionName=hooked)["Function"]["Webhook"]["Url"] == url


def test_a_local_function_never_shows_its_environment(ours: Any, resources: Resources, code: Path) -> None:
    name = _name()
    local = {"Code": str(code), "Handler": "handler", "Environment": {"API_KEY": "hunter2-hunter2"}, "MemorySize": 128}
    ours.put_function(FunctionName=name, Local=local, AllUserPools=True)
    shown = ours.describe_function(FunctionName=name)["Function"]
    assert shown["Kind"] == "LOCAL"
    assert shown["Local"] == {
        "Code": str(code),
        "Handler": "greet.handler",
        "Runtime": "python",
        "EnvironmentNames": ["API_KEY"],
        "MemorySize": 128,
        "Concurrency": 2,
    }
    with resources.database.read() as db:
        events = db.execute(select(AuditEvent.details).where(AuditEvent.kind == "PutFunction")).scalars().all()
    (put,) = [event for event in events if event.get("FunctionName") == name]
    assert put["Local"]["Environment"] == HIDDEN
    assert "hunter2" not in json.dumps(events)


def test_a_lambda_is_put_and_its_key_kept_to_itself(ours: Any, resources: Resources) -> None:
    name = _name()
    given = {"Arn": ARN, **INVOKER, "SessionToken": "hunter3"}
    answer = ours.put_function(FunctionName=name, Lambda=given, AllUserPools=True)
    assert "hunter" not in json.dumps(answer, default=str)
    shown = ours.describe_function(FunctionName=name)["Function"]
    assert shown["Lambda"] == {"Arn": ARN, "Region": "eu-west-1", "AccessKeyId": "AKIAINVOKES"}
    configuration = resources.snapshots.functions()[shown["FunctionArn"]].configuration
    assert configuration["secret_access_key"] == "hunter2-hunter2"


def test_an_entry_point_is_put_in_dev(ours: Any) -> None:
    name = _name()
    ours.put_function(FunctionName=name, EntryPoint={"Name": "shop.triggers:sign_up"}, AllUserPools=True)
    shown = ours.describe_function(FunctionName=name)["Function"]
    assert (shown["Kind"], shown["EntryPoint"]) == ("ENTRY_POINT", {"Name": "shop.triggers:sign_up"})


def test_what_is_left_out_stays(ours: Any, make: Factory) -> None:
    name, pool_id = _name(), make.pool()
    ours.put_function(FunctionName=name, Webhook=WEBHOOK, UserPoolIds=[pool_id])
    ours.put_function(FunctionName=name, Status="DISABLED")
    shown = ours.describe_function(FunctionName=name)["Function"]
    assert (shown["Status"], shown["UserPoolIds"], shown["AllUserPools"]) == ("DISABLED", [pool_id], False)
    ours.put_function(FunctionName=name, AllUserPools=True, Status="ENABLED")
    shown = ours.describe_function(FunctionName=name)["Function"]
    assert (shown["Status"], shown["AllUserPools"], shown["Webhook"]["Url"]) == ("ENABLED", True, WEBHOOK["Url"])
    ours.put_function(FunctionName=name, UserPoolIds=[pool_id])
    assert ours.describe_function(FunctionName=name)["Function"]["AllUserPools"] is False


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"Webhook": WEBHOOK}, "needs the user pools that may call it"),
        ({"AllUserPools": True}, "needs to be told how it is run"),
        ({"Webhook": WEBHOOK, "UserPoolIds": []}, "needs the user pools that may call it"),
        ({"Webhook": WEBHOOK, "AllUserPools": True, "EntryPoint": {"Name": "a:b"}}, "give one of them"),
        ({"Webhook": WEBHOOK, "AllUserPools": True, "UserPoolIds": ["us-east-1_x"]}, "not both"),
        ({"Webhook": {"Url": "ftp://hooks.example"}, "AllUserPools": True}, "url "),
        ({"Webhook": {"Url": "https://10.1.2.3/"}, "AllUserPools": True}, "url "),
        ({"Local": {"Code": "/no/such/file.py", "Handler": "f"}, "AllUserPools": True}, "does not exist"),
        (
            {"Lambda": {"Arn": "arn:aws:lambda:eu-west-1:1:function:x"}, "AllUserPools": True},
            "ARN of a Lambda function",
        ),
        ({"Lambda": {"Arn": ARN}, "AllUserPools": True}, "needs access_key_id and secret_access_key"),
        ({"Lambda": {"Arn": f"{ARN}-2", **INVOKER}, "AllUserPools": True}, "POOLHOUSE_LAMBDA_ALLOW does not name it"),
        ({"Lambda": {"Arn": f"{ARN}-2", "MachineCredentials": True}, "AllUserPools": True}, "does not name it"),
        (
            {
                "Lambda": {"Arn": ARN, "MachineCredentials": True, "EndpointUrl": "https://x.example"},
                "AllUserPools": True,
            },
            "machine_credentials are for AWS itself",
        ),
        ({"EntryPoint": {"Name": "a b:c"}, "AllUserPools": True}, "entryPoint.name"),
    ],
)
def test_what_cannot_be_put_is_refused(ours: Any, members: dict[str, Any], text: str) -> None:
    name = _name()
    code, message = refused(ours.put_function, FunctionName=name, **members)
    assert code == "InvalidParameterException"
    assert text in message
    assert refused(ours.describe_function, FunctionName=name)[0] == "ResourceNotFoundException"


def test_pools_must_be_there(ours: Any) -> None:
    answer = refused(ours.put_function, FunctionName=_name(), Webhook=WEBHOOK, UserPoolIds=["us-east-1_NoSuchPl"])
    assert answer == ("ResourceNotFoundException", "User pool us-east-1_NoSuchPl does not exist.")


def test_functions_are_listed_in_pages(ours: Any, table: Table) -> None:
    made = {_put(ours, table) for _ in range(3)}
    pages = [ours.list_functions(MaxResults=2)]
    while "NextToken" in pages[-1]:
        pages.append(ours.list_functions(MaxResults=2, NextToken=pages[-1]["NextToken"]))
    names = [function["FunctionName"] for page in pages for function in page["Functions"]]
    assert made <= set(names)
    assert names == sorted(names)
    assert len(names) == len(set(names))


def test_a_deleted_function_is_gone(ours: Any, table: Table) -> None:
    name = _put(ours, table)
    ours.delete_function(FunctionName=name)
    for call in (ours.describe_function, ours.delete_function, ours.rotate_function_secret):
        assert refused(call, FunctionName=name) == ("ResourceNotFoundException", f"Function {name} does not exist.")


# ---- the secret of a webhook


def _secrets(resources: Resources, name: str) -> list[str]:
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    return list(resources.snapshots.functions()[arn].configuration["secrets"])


def test_a_secret_is_rotated(ours: Any, resources: Resources) -> None:
    name = _name()
    first = ours.put_function(FunctionName=name, Webhook=WEBHOOK, AllUserPools=True)["WebhookSecret"]
    second = ours.rotate_function_secret(FunctionName=name)["WebhookSecret"]
    assert second != first
    assert _secrets(resources, name) == [second, first], "both sign"
    assert ours.describe_function(FunctionName=name)["Function"]["Webhook"]["SecretCount"] == 2
    code, message = refused(ours.rotate_function_secret, FunctionName=name)
    assert (code, "retire the old one" in message) == ("InvalidParameterException", True)
    ours.put_function(FunctionName=name, Webhook={"Url": "https://hooks.example/moved"})
    assert _secrets(resources, name) == [second, first]
    ours.retire_function_secret(FunctionName=name)
    assert _secrets(resources, name) == [second]
    assert refused(ours.retire_function_secret, FunctionName=name)[0] == "InvalidParameterException"


def test_what_is_no_webhook_has_no_secret(ours: Any, code: Path) -> None:
    name = _name()
    ours.put_function(FunctionName=name, Local={"Code": str(code), "Handler": "handler"}, AllUserPools=True)
    for call in (ours.rotate_function_secret, ours.retire_function_secret):
        assert refused(call, FunctionName=name)[0] == "InvalidParameterException"


# ---- trying, records, replay


def test_a_sample_event_is_tried(ours: Any, table: Table, make: Factory) -> None:
    name, pool_id = _put(ours, table, lambda event: {**event, "response": {"autoConfirmUser": True}}), make.pool()
    result = ours.test_function(FunctionName=name, TriggerSource="PreSignUp_SignUp", UserPoolId=pool_id)["Result"]
    answer = json.loads(result.pop("Answer"))
    assert (answer["triggerSource"], answer["userPoolId"]) == ("PreSignUp_SignUp", pool_id)
    assert answer["response"] == {"autoConfirmUser": True}
    assert result.pop("CallId")
    assert result.pop("Milliseconds") >= 0
    assert result == {"Outcome": "ANSWERED", "Log": f"log of {name}", "Tries": 1}


def test_an_event_of_ones_own_is_tried(ours: Any, table: Table) -> None:
    name = _put(ours, table)
    result = ours.test_function(FunctionName=name, Event='{"a": [1]}')["Result"]
    assert json.loads(result["Answer"]) == {"a": [1]}


def _raising(error: Exception) -> Callable[[Any], Any]:
    def body(_: Any) -> Any:
        raise error

    return body


def test_a_failure_is_shown(ours: Any, table: Table) -> None:
    failing = _put(ours, table, _raising(FunctionError("Not allowed", log="saw it")))
    result = ours.test_function(FunctionName=failing, TriggerSource="PreSignUp_SignUp")["Result"]
    assert (result["Outcome"], result["ErrorMessage"], result["Log"]) == ("FAILED", "Not allowed", "saw it")
    assert "Answer" not in result
    away = _put(ours, table, _raising(FunctionUnavailableError("away")))
    result = ours.test_function(FunctionName=away, TriggerSource="PreSignUp_SignUp")["Result"]
    assert (result["Outcome"], result["ErrorMessage"], result["Tries"]) == ("UNAVAILABLE", "away", 3)


def test_a_caller_of_the_api_hears_nothing_of_where_a_function_runs(
    ours: Any, serving: InProcessServer, table: Table
) -> None:
    name = _put(ours, table, _raising(FunctionUnavailableError("hooks.internal: not connected")))
    arn = ours.describe_function(FunctionName=name)["Function"]["FunctionArn"]
    idp = serving.boto_client("cognito-idp", ROOT_KEY)
    pool_id = idp.create_user_pool(PoolName="p", LambdaConfig={"PreSignUp": arn})["UserPool"]["Id"]
    client = idp.create_user_pool_client(UserPoolId=pool_id, ClientName="c")["UserPoolClient"]
    with structlog.testing.capture_logs() as lines:
        answer = refused(idp.sign_up, ClientId=client["ClientId"], Username="ana", Password="Correct-Horse-7")
    text = "PreSignUp invocation failed due to error the function did not answer."
    assert answer == ("UnexpectedLambdaException", text)
    table.calls.flush()
    (call,) = ours.list_function_calls(FunctionName=name)["Calls"]
    assert call["ErrorMessage"] == "hooks.internal: not connected"
    (told,) = [line for line in lines if line["event"] == "function_unavailable"]
    assert (told["arn"], told["pool_id"], told["call_id"]) == (arn, pool_id, call["CallId"])
    assert (told["reason"], told["tries"]) == ("hooks.internal: not connected", 3)


def test_what_cannot_be_tried_is_refused(ours: Any, table: Table, make: Factory) -> None:
    name, pool_id = _put(ours, table, UserPoolIds=[make.pool()], AllUserPools=False), make.pool()
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "TriggerSource or an Event"),
        ({"TriggerSource": "PreSignUp_SignUp", "Event": "{}"}, "TriggerSource or an Event"),
        ({"TriggerSource": "PreSignUp_Nonsense"}, "no trigger source"),
        ({"Event": "[1]"}, "JSON object"),
        ({"Event": "not json"}, "JSON object"),
        ({"TriggerSource": "PreSignUp_SignUp", "UserPoolId": pool_id}, "may not be called by this pool"),
    ]
    for members, text in cases:
        code, message = refused(ours.test_function, FunctionName=name, **members)
        assert (code, text in message) == ("InvalidParameterException", True), message
    ours.put_function(FunctionName=name, Status="DISABLED")
    assert "disabled" in refused(ours.test_function, FunctionName=name, Event="{}")[1]
    assert table.runner.runs == []


def test_calls_are_listed_newest_first_and_replayed(ours: Any, table: Table, clock: Any, make: Factory) -> None:
    name, pool_id = _put(ours, table), make.pool()
    for source in ("PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp", "CustomMessage_SignUp"):
        clock.advance(seconds=1)
        ours.test_function(FunctionName=name, TriggerSource=source, UserPoolId=pool_id)
    table.calls.flush()
    pages = [ours.list_function_calls(FunctionName=name, MaxResults=2)]
    pages.append(ours.list_function_calls(FunctionName=name, MaxResults=2, NextToken=pages[0]["NextToken"]))
    assert "NextToken" not in pages[1]
    calls = [call for page in pages for call in page["Calls"]]
    assert [call["TriggerSource"] for call in calls] == [
        "CustomMessage_SignUp",
        "PostConfirmation_ConfirmSignUp",
        "PreSignUp_SignUp",
    ]
    oldest = calls[-1]
    assert (oldest["UserPoolId"], oldest["Outcome"], oldest["IsReplayable"]) == (pool_id, "ANSWERED", True)
    assert (oldest["FunctionName"], oldest["Kind"], oldest["Log"]) == (name, "WEBHOOK", f"log of {name}")
    assert "Event" not in oldest
    result = ours.replay_function_call(CallId=oldest["CallId"])["Result"]
    assert result["Outcome"] == "ANSWERED"
    assert result["CallId"] != oldest["CallId"]
    first, *_, last = table.runner.runs
    assert last[1] == first[1]


def test_a_call_without_its_event_is_not_replayed(resources: Resources) -> None:
    with function_table(resources, keeps_payloads=False) as table:
        running = InProcessServer(dataclasses.replace(resources, function_table=table.table))
        try:
            ours = running.boto_client("poolhouse", ROOT_KEY)
            result = ours.test_function(FunctionName=_put(ours, table), TriggerSource="PreSignUp_SignUp")["Result"]
            table.calls.flush()
            code, message = refused(ours.replay_function_call, CallId=result["CallId"])
            assert (code, "without its event" in message) == ("InvalidParameterException", True)
            assert refused(ours.replay_function_call, CallId="no-such-call")[0] == "ResourceNotFoundException"
        finally:
            running.close()


# ---- who may


def _key(ours: Any, serving: InProcessServer, *actions: str, resource: str) -> Any:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]}
    key = ours.create_access_key(UserName="functions", PolicyDocument=json.dumps(policy))["AccessKey"]
    return serving.boto_client("poolhouse", (key["AccessKeyId"], key["SecretAccessKey"]))


def test_policies_name_functions(ours: Any, serving: InProcessServer, table: Table, make: Factory) -> None:
    mine, other, pool_id = _put(ours, table), _put(ours, table), make.pool()
    arn = f"arn:aws:poolhouse:us-east-1:123456789012:function/{mine}"
    limited = _key(ours, serving, "poolhouse:TestFunction", "poolhouse:DescribeFunction", resource=arn)
    assert limited.describe_function(FunctionName=mine)["Function"]["FunctionName"] == mine
    limited.test_function(FunctionName=mine, TriggerSource="PreSignUp_SignUp", UserPoolId=pool_id)
    for call in (
        lambda: limited.describe_function(FunctionName=other),
        lambda: limited.test_function(FunctionName=other, Event="{}", UserPoolId=pool_id),
        lambda: limited.put_function(FunctionName=mine, AllUserPools=True),
        lambda: limited.delete_function(FunctionName=mine),
        limited.list_functions,
        lambda: limited.list_function_calls(FunctionName=mine),
        lambda: limited.replay_function_call(CallId="x"),
        lambda: limited.rotate_function_secret(FunctionName=mine),
    ):
        assert refused(call)[0] == "AccessDeniedException"


def test_json_that_is_nested_too_deeply(ours: Any, table: Table) -> None:
    deep = "[" * 300 + "]" * 300
    name = _put(ours, table, lambda _: Output(deep.encode()))
    assert refused(ours.test_function, FunctionName=name, Event=f'{{"a": {deep}}}')[0] == "InvalidParameterException"
    assert json.loads(ours.test_function(FunctionName=name, Event="{}")["Result"]["Answer"]) == deep


def test_no_event_keeps_calls_from_being_recorded(ours: Any, table: Table, clock: Any) -> None:
    name = _put(ours, table)
    for source in ("one\u0000two", "PreSignUp_SignUp"):
        clock.advance(seconds=1)
        ours.test_function(FunctionName=name, Event=json.dumps({"triggerSource": source}))
    table.table.calls.flush()
    calls = ours.list_function_calls(FunctionName=name)["Calls"]
    assert [call.get("TriggerSource") for call in calls] == ["PreSignUp_SignUp", None]


def test_rights_over_pools_give_none_over_functions(
    ours: Any, serving: InProcessServer, table: Table, make: Factory
) -> None:
    name, pool_id = _put(ours, table), make.pool()
    pools = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/*"
    key = _key(ours, serving, "*", resource=pools)
    assert refused(key.test_function, FunctionName=name, Event="{}", UserPoolId=pool_id)[0] == "AccessDeniedException"


def test_a_function_of_another_account_is_not_there(ours: Any, table: Table) -> None:
    function = table.put(lambda event: event, account_id="210987654321")
    assert refused(ours.describe_function, FunctionName=function.name)[0] == "ResourceNotFoundException"
    assert refused(ours.test_function, FunctionName=function.name, Event="{}")[0] == "ResourceNotFoundException"


def test_what_is_of_the_servers_machine_is_not_put_over_the_wire(
    ours: Any, resources: Resources, table: Table, code: Path
) -> None:
    local = {"Code": str(code), "Handler": "handler"}
    by_the_machine = {"Arn": ARN, "MachineCredentials": True}
    kept, other = _name(), _name()
    ours.put_function(FunctionName=kept, Local=local, AllUserPools=True)
    ours.put_function(FunctionName=other, Lambda=by_the_machine, AllUserPools=True)
    settings = resources.settings.model_copy(update={"mode": "serve"})
    running = InProcessServer(dataclasses.replace(resources, settings=settings, function_table=table.table))
    try:
        production = running.boto_client("poolhouse", ROOT_KEY)
        for members in (
            {"FunctionName": _name(), "Local": local, "AllUserPools": True},
            {"FunctionName": kept, "AllUserPools": True},
            {"FunctionName": _name(), "Lambda": by_the_machine, "AllUserPools": True},
            {"FunctionName": other, "AllUserPools": True},
        ):
            code_, message, status = refusal(production.put_function, **members)
            assert (code_, status) == ("NotAuthorizedException", 400)
            assert "poolhouse functions add" in message
        answer = refused(
            production.put_function, FunctionName=_name(), EntryPoint={"Name": "os:system"}, AllUserPools=True
        )
        assert answer[0] == "InvalidParameterException"
        production.put_function(FunctionName=_name(), Webhook=WEBHOOK, AllUserPools=True)
        production.put_function(FunctionName=other, Lambda={"Arn": ARN, **INVOKER})
        production.delete_function(FunctionName=kept)
    finally:
        running.close()
