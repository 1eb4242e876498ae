"""Which function answers which operation, checked when the process starts.

An operation is one function in one file: named as the operation in snake_case, its arguments named as input members.
Everything else about it (validation, authorisation, errors, what is secret) is read off the service model.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeVar

from botocore import xform_name

from app.kit.errors import (
    AppError,
    InternalErrorException,
    NotImplementedException,
    ServiceUnavailableException,
    UnknownOperationException,
)
from app.web.aws.corrections import NO_AUTH, apply_corrections
from app.web.aws.model import load_model
from app.web.aws.shapes import Shapes

Answer = Mapping[str, Any] | None
Function = TypeVar("Function", bound=Callable[..., Answer])
Auth = Literal["none", "sigv4", "either"]

_READS = ("Get", "List", "Describe")
# Sign-ins change nothing that an administrator set; flows record them as the events they are.
_SIGN_INS = frozenset(
    {
        "InitiateAuth",
        "RespondToAuthChallenge",
        "AdminInitiateAuth",
        "AdminRespondToAuthChallenge",
    }
)


class RegistryError(Exception):
    """An operation's function does not fit the service model: the process must not start."""


@dataclass(frozen=True, slots=True)
class Operation:
    """All that a door needs to run one operation, precomputed.

    `auth`: "none" ignores any signature, "sigv4" needs one, "either" works with and without. `parameters` pairs the
    input members that the function takes with its argument names; `rest` is the argument that takes all others as they
    are on the wire, if there is one, and `ignored` are those the function does not take at all. `statuses`
    holds the HTTP status of each modelled error, `errors` their codes. `service` is also the name in credential scopes.
    """

    service: str
    name: str
    function: Callable[..., Answer]
    auth: Auth
    is_change: bool
    errors: frozenset[str]
    statuses: Mapping[str, int]
    parameters: tuple[tuple[str, str], ...]
    rest: str | None
    ignored: frozenset[str]
    check: Callable[[Mapping[str, Any]], dict[str, Any]]
    cut: Callable[[Answer], bytes]
    redact: Callable[[Mapping[str, Any]], dict[str, Any]]

    @property
    def action(self) -> str:
        """The operation as IAM policies name it."""
        return f"{self.service}:{self.name}"

    def arguments(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """The function's keyword arguments from checked input members."""
        arguments = {parameter: members[member] for member, parameter in self.parameters if member in members}
        if self.rest is not None:
            named = {member for member, _ in self.parameters}
            arguments[self.rest] = {member: value for member, value in members.items() if member not in named}
        return arguments


class Service:
    """One AWS service model and the functions declared for its operations."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.operations: dict[str, Operation] = {}

    @cached_property
    def model(self) -> dict[str, Any]:
        """The service model with `corrections` applied."""
        return apply_corrections(self.name, load_model(self.name))

    @cached_property
    def _shapes(self) -> Shapes:
        return Shapes(self.model["shapes"])

    def operation(self, name: str, *, rest: str | None = None) -> Callable[[Function], Function]:
        """Declares a function as the operation `name`; raises RegistryError when it does not fit the model.

        `rest` names an argument that takes every member without one of its own, AWS-shaped: what replaces a whole
        configuration is one value, not thirty arguments.
        """

        def declare(function: Function) -> Function:
            if name in self.operations:
                raise RegistryError(f"{self.name} {name} is declared twice: {_place(function)}")
            self.operations[name] = self._compile(name, function, rest)
            return function

        return declare

    def target(self, name: str) -> str:
        """The X-Amz-Target of an operation."""
        return f"{self.model['metadata']['targetPrefix']}.{name}"

    def unbuilt(self) -> tuple[str, ...]:
        """The model's operations that no function answers."""
        return tuple(sorted(set(self.model["operations"]) - set(self.operations)))

    def _compile(self, name: str, function: Callable[..., Answer], rest: str | None) -> Operation:
        operation = self.model["operations"].get(name)
        if operation is None:
            raise RegistryError(f"{self.name} has no operation {name}: {_place(function)}")
        input_name = operation["input"]["shape"]
        members = self.model["shapes"][input_name]["members"]
        parameters = self._parameters(name, function, input_name, rest)
        statuses = self._error_statuses(operation)
        return Operation(
            service=self.name,
            name=name,
            function=function,
            auth=_auth_of(operation),
            is_change=not name.removeprefix("Admin").startswith(_READS) and name not in _SIGN_INS,
            errors=frozenset(statuses),
            statuses=statuses,
            parameters=parameters,
            rest=rest,
            ignored=frozenset(() if rest else members) - {member for member, _ in parameters},
            check=self._shapes.input_check(input_name),
            cut=self._shapes.output_cut(operation.get("output", {}).get("shape")),
            redact=self._shapes.redaction(input_name),
        )

    def _parameters(
        self, name: str, function: Callable[..., Answer], input_name: str, rest: str | None
    ) -> tuple[tuple[str, str], ...]:
        if function.__name__ != xform_name(name):
            raise RegistryError(f"{name} must be a function named {xform_name(name)}: {_place(function)}")
        taken = list(inspect.signature(function).parameters.values())
        if not taken or taken[0].name != "work":
            raise RegistryError(f"the first argument must be named work: {_place(function)}")
        others = [parameter for parameter in taken[1:] if parameter.name != rest]
        if rest is not None and len(others) == len(taken) - 1:
            raise RegistryError(f"there is no argument {rest} for the rest of the members: {_place(function)}")
        shape = self.model["shapes"][input_name]
        members = {xform_name(member): member for member in shape["members"]}
        for parameter in others:
            self._check_parameter(parameter, members, shape.get("required", ()), _place(function))
        names = {parameter.name for parameter in others}
        missing = [member for member in shape.get("required", ()) if xform_name(member) not in names]
        if missing:
            raise RegistryError(f"required members without an argument: {', '.join(missing)}: {_place(function)}")
        return tuple((members[parameter.name], parameter.name) for parameter in others)

    @staticmethod
    def _check_parameter(
        parameter: inspect.Parameter, members: Mapping[str, str], required: list[str], place: str
    ) -> None:
        if parameter.kind not in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY):
            raise RegistryError(f"argument {parameter.name} must be an ordinary one: {place}")
        member = members.get(parameter.name)
        if member is None:
            raise RegistryError(f"argument {parameter.name} is no member of the input shape: {place}")
        if member not in required and parameter.default is inspect.Parameter.empty:
            raise RegistryError(f"argument {parameter.name} is optional in the model and needs a default: {place}")

    def _error_statuses(self, operation: Mapping[str, Any]) -> dict[str, int]:
        return {
            reference["shape"]: _status_of(self.model["shapes"][reference["shape"]])
            for reference in operation.get("errors", ())
        }


class Targets:
    """Every operation of some services by its X-Amz-Target, built or not."""

    def __init__(self, services: tuple[Service, ...]) -> None:
        self.services = services
        self._operations = {
            service.target(name): operation for service in services for name, operation in service.operations.items()
        }
        self._unbuilt = {service.target(name): name for service in services for name in service.unbuilt()}

    def find(self, target: str | None) -> Operation:
        """The operation; raises NotImplementedException for an unbuilt and UnknownOperationException for no operation."""
        operation = self._operations.get(target or "")
        if operation is not None:
            return operation
        if target in self._unbuilt:
            raise NotImplementedException(f"{self._unbuilt[target]} is not built yet.")
        raise UnknownOperationException("The X-Amz-Target header names no operation of this endpoint.")


cognito_idp = Service("cognito-idp")
# None of its operations is built.
cognito_identity = Service("cognito-identity")
poolhouse = Service("poolhouse")


def load(*packages: str) -> None:
    """Imports every module of the packages, so that each operation declares itself; raises RegistryError."""
    for package in packages:
        root = importlib.import_module(package)
        for module in pkgutil.walk_packages(root.__path__, prefix=f"{package}."):
            importlib.import_module(module.name)


def load_targets() -> Targets:
    """Walks the operation packages and gives the table that the endpoint looks operations up in."""
    load("app.web.aws.cognito_idp", "app.web.aws.poolhouse")
    return Targets((cognito_idp, poolhouse, cognito_identity))


def status_of(error: AppError, operation: Operation | None) -> int:
    """The HTTP status of an error: the model's, 501 for what is not built, 503 and 500 for our own fault, else 400."""
    if operation is not None and error.code in operation.statuses:
        return operation.statuses[error.code]
    if isinstance(error, NotImplementedException):
        return 501
    if isinstance(error, ServiceUnavailableException):
        return 503
    return 500 if isinstance(error, InternalErrorException) else 400


def _auth_of(operation: Mapping[str, Any]) -> Auth:
    schemes = operation.get("auth") or ()
    if operation.get("authtype") == "none" or tuple(schemes) == (NO_AUTH,):
        return "none"
    return "either" if NO_AUTH in schemes else "sigv4"


def _status_of(shape: Mapping[str, Any]) -> int:
    status = shape.get("error", {}).get("httpStatusCode")
    return int(status) if status else 500 if shape.get("fault") else 400


def _place(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"
