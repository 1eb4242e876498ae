"""The registry: what stops the process from starting, and what it reads off the service models."""

import re
from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

import pytest

from app.flows.work import Work
from app.kit.errors import (
    InternalErrorException,
    InvalidParameterException,
    NotImplementedException,
    UnknownOperationException,
)
from app.web.aws.corrections import CORRECTIONS, Correction
from app.web.aws.errors import render
from app.web.aws.model import load_model
from app.web.aws.registry import Operation, RegistryError, Service, Targets, load_targets, status_of


def admin_enable_user(work: Work, user_pool_id: str, username: str) -> None: ...


def declared(name: str, function: Callable[..., Any], service: str = "cognito-idp") -> Operation:
    table = Service(service)
    table.operation(name)(function)
    return table.operations[name]


def fake(name: str, *arguments: str) -> Callable[..., Any]:
    """A function with that name and signature; `x=` has a default, `**x` takes any keyword."""

    def function(*_arguments: object, **_members: object) -> None: ...

    function.__name__ = name
    function.__signature__ = Signature([_parameter(argument) for argument in arguments])  # type: ignore[attr-defined]
    return function


def _parameter(argument: str) -> Parameter:
    if argument.startswith("**"):
        return Parameter(argument[2:], Parameter.VAR_KEYWORD)
    default = None if argument.endswith("=") else Parameter.empty
    return Parameter(argument.rstrip("="), Parameter.KEYWORD_ONLY, default=default)


def test_a_fitting_function_becomes_an_operation() -> None:
    operation = declared("AdminEnableUser", admin_enable_user)
    assert (operation.service, operation.action, operation.auth) == (
        "cognito-idp",
        "cognito-idp:AdminEnableUser",
        "sigv4",
    )
    assert operation.is_change
    assert {"UserNotFoundException", "InternalErrorException"} <= operation.errors
    members = operation.check({"UserPoolId": "us-east-1_abc", "Username": "zoe", "Extra": 1})
    assert operation.arguments(members) == {"user_pool_id": "us-east-1_abc", "username": "zoe"}


@pytest.mark.parametrize(
    ("operation", "function", "text"),
    [
        ("AdminEnableUsers", admin_enable_user, "has no operation AdminEnableUsers"),
        ("AdminDisableUser", admin_enable_user, "must be a function named admin_disable_user"),
        ("ListUserPools", fake("list_user_pools", "db", "max_results"), "first argument must be named work"),
        ("ListUserPools", fake("list_user_pools"), "first argument must be named work"),
        ("ListUserPools", fake("list_user_pools", "work"), "without an argument: MaxResults"),
        ("ListUserPools", fake("list_user_pools", "work", "max_results", "limit="), "limit is no member"),
        ("ListUserPools", fake("list_user_pools", "work", "max_results", "next_token"), "needs a default"),
        ("ListUserPools", fake("list_user_pools", "work", "**members"), "must be an ordinary one"),
    ],
)
def test_what_does_not_fit_the_model_stops_the_process(operation: str, function: Callable[..., Any], text: str) -> None:
    with pytest.raises(RegistryError, match=text):
        declared(operation, function)


def test_an_operation_is_declared_once() -> None:
    service = Service("cognito-idp")
    service.operation("AdminEnableUser")(admin_enable_user)
    with pytest.raises(RegistryError, match="declared twice"):
        service.operation("AdminEnableUser")(admin_enable_user)


def test_members_that_a_function_does_not_take_are_listed_and_left_out() -> None:
    operation = declared("ListUserPools", fake("list_user_pools", "work", "max_results"))
    assert operation.ignored == {"NextToken"}
    assert operation.arguments({"MaxResults": 1, "NextToken": "x"}) == {"max_results": 1}


def test_one_argument_may_take_the_rest_of_the_members() -> None:
    table = Service("cognito-idp")
    table.operation("ListUserPools", rest="given")(fake("list_user_pools", "work", "max_results", "given"))
    operation = table.operations["ListUserPools"]
    assert operation.ignored == frozenset()
    assert operation.arguments({"MaxResults": 1, "NextToken": "x"}) == {"max_results": 1, "given": {"NextToken": "x"}}
    assert operation.arguments({"MaxResults": 1}) == {"max_results": 1, "given": {}}
    with pytest.raises(RegistryError, match="no argument given for the rest"):
        Service("cognito-idp").operation("ListUserPools", rest="given")(fake("list_user_pools", "work", "max_results"))


def test_which_operations_need_a_signature() -> None:
    def auth(name: str, function: Callable[..., Any]) -> str:
        return declared(name, function).auth

    assert auth("GetUser", fake("get_user", "work", "access_token")) == "none"
    assert auth("GetClientToken", fake("get_client_token", "work", "client_id", "secret")) == "none"
    exchange = fake("get_derived_token", "work", "client_id", "subject_token", "subject_token_type")
    assert auth("GetDerivedToken", exchange) == "either"


def test_reads_and_sign_ins_are_no_changes() -> None:
    assert not declared("ListUserPools", fake("list_user_pools", "work", "max_results")).is_change
    assert not declared("InitiateAuth", fake("initiate_auth", "work", "auth_flow", "client_id")).is_change
    assert declared("DeleteUser", fake("delete_user", "work", "access_token")).is_change


def test_no_read_of_the_model_is_a_change() -> None:
    """That what begins with Get, List or Describe changes nothing is AWS's own rule, for operators' operations too."""
    operations = {name: found for service in load_targets().services for name, found in service.operations.items()}
    reads = {name for name in operations if re.match(r"(Admin)?(Get|List|Describe)", name)}
    assert {"AdminGetUser", "AdminListGroupsForUser", "AdminListDevices", "AdminGetDevice"} < reads
    assert {"AdminListUserAuthEvents", "AdminListUserSessions", "AdminGetUserAuthFactors"} < reads
    assert [name for name in reads if operations[name].is_change] == []
    assert operations["AdminDeleteUser"].is_change


def test_targets_are_found_by_name() -> None:
    service = Service("cognito-idp")
    service.operation("AdminEnableUser")(admin_enable_user)
    targets = Targets((service,))
    prefix = "AWSCognitoIdentityProviderService."
    assert targets.find(prefix + "AdminEnableUser").name == "AdminEnableUser"
    with pytest.raises(NotImplementedException, match="AdminDisableUser is not built yet"):
        targets.find(prefix + "AdminDisableUser")
    for unknown in (None, "", "AdminEnableUser", prefix, prefix + "adminenableuser", prefix + "Nothing"):
        with pytest.raises(UnknownOperationException):
            targets.find(unknown)


def test_every_declared_operation_fits_its_model() -> None:
    targets = load_targets()
    assert [service.name for service in targets.services] == ["cognito-idp", "poolhouse", "cognito-identity"]
    for service in targets.services:
        assert set(service.unbuilt()) | set(service.operations) == set(service.model["operations"])


@pytest.mark.parametrize("service", ["cognito-idp", "cognito-identity", "cognito-sync", "sts", "poolhouse"])
def test_every_operation_of_the_models_can_be_compiled(service: str) -> None:
    table = Service(service)
    for operation in table.model["operations"].values():
        if "input" in operation:
            table._shapes.input_check(operation["input"]["shape"])
        table._shapes.output_cut(operation.get("output", {}).get("shape"))


@pytest.mark.parametrize("correction", CORRECTIONS, ids=lambda correction: correction.subject)
def test_corrections_are_still_needed_and_work(correction: Correction) -> None:
    model = load_model(correction.service)
    assert correction.is_needed(model), f"the model has caught up: remove the correction of {correction.subject}"
    correction.apply(model)
    assert not correction.is_needed(model)


def test_an_unknown_service_is_refused() -> None:
    with pytest.raises(LookupError, match="cognito-idq"):
        load_model("cognito-idq")


def test_models_do_not_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "cognito-idp" / "2999-01-01").mkdir(parents=True)
    (tmp_path / "cognito-idp" / "2999-01-01" / "service-2.json").write_text("{}")
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert load_model("cognito-idp")["metadata"]["uid"] == "cognito-idp-2016-04-18"


def test_statuses_come_from_the_model() -> None:
    operation = declared("AdminEnableUser", admin_enable_user)
    assert status_of(InvalidParameterException("x"), operation) == 400
    assert status_of(InternalErrorException(), operation) == 500
    assert status_of(NotImplementedException("x"), None) == 501
    assert status_of(InternalErrorException(), None) == 500
    sync = Service("cognito-sync")
    assert sync._error_statuses(sync.model["operations"]["ListRecords"])["TooManyRequestsException"] == 429


def test_errors_are_rendered_as_aws_does() -> None:
    response = render(InvalidParameterException("No such thing.", reasonCode="X"), None, "request-1")
    assert response.status_code == 400
    assert bytes(response.body) == b'{"__type":"InvalidParameterException","message":"No such thing.","reasonCode":"X"}'
    assert response.headers["content-type"] == "application/x-amz-json-1.1"
    assert response.headers["x-amzn-requestid"] == "request-1"
    assert response.headers["x-amzn-errortype"] == "InvalidParameterException:"
    assert response.headers["x-amzn-errormessage"] == "No such thing."


@pytest.mark.parametrize("text", ["two\nlines", "Zoë", "x" * 2_000, "", "tab\there"])
def test_texts_that_do_not_fit_a_header_stay_in_the_body(text: str) -> None:
    response = render(InvalidParameterException(text), None, "request-1")
    assert "x-amzn-errormessage" not in response.headers
