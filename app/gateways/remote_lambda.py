"""Functions that run elsewhere: AWS Lambda itself, or what answers as it does under a URL, by the operation Invoke.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import re
import threading
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

import orjson
from botocore.exceptions import BotoCoreError, ClientError

from app.gateways.aws_clients import AwsCredentials, limited_to, make_client, send_through
from app.gateways.functions import FunctionError, FunctionSpec, FunctionUnavailableError, Output
from app.gateways.outbound import Outbound, OutboundError

# A client takes 0.4 MB.
_MOST_CLIENTS = 32
_MOST_MESSAGE = 2_048
_MEMBERS = frozenset(
    {
        "region",
        "endpoint_url",
        "function_arn",
        "access_key_id",
        "secret_access_key",
        "session_token",
        "machine_credentials",
    }
)
_TEXTS = _MEMBERS - {"machine_credentials"}
_REGION = re.compile(r"[a-z]{2,8}(-[a-z]{2,12}){1,3}-\d{1,2}")
_ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:(\$LATEST|[A-Za-z0-9_-]{1,128}))?"
)
# botocore's parser takes it that an error has the form of AWS's.
_PARSER_ERRORS = (AttributeError, RecursionError, TypeError, ValueError)
_KEY = re.compile(r"[!-~]{1,4096}")


def check_lambda(outbound: Outbound, configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a remote function, checked; raises ValueError with a text for the operator, without secrets.

    - `region`: where it runs.
    - `function_arn`: the function to invoke, with a version or alias if one is wanted; the row's own ARN if absent.
    - `endpoint_url`: what answers as Lambda in place of AWS. https, unless the operator allows more.
    - `access_key_id`, `secret_access_key`, `session_token`: who invokes it. Or `machine_credentials`, true: the machine
      that the server runs on, if it may (see RemoteLambdaRunner).
    """
    unknown = set(configuration) - _MEMBERS
    if unknown:
        raise ValueError(f"a remote function knows no {', '.join(sorted(unknown))}")
    given = {name: value for name, value in configuration.items() if value is not None}
    for name in sorted(_TEXTS & set(given)):
        if not isinstance(given[name], str):
            raise ValueError(f"{name} must be a text")
    if not _REGION.fullmatch(given.get("region", "")):
        raise ValueError("a remote function needs region, as in eu-central-1")
    if "function_arn" in given and not _ARN.fullmatch(given["function_arn"]):
        raise ValueError("function_arn must be the ARN of a Lambda function")
    if "endpoint_url" in given:
        try:
            outbound.check_url(given["endpoint_url"])
        except ValueError as error:
            raise ValueError(f"endpoint_url {error}") from None
    _check_credentials(given)
    return given


def _check_credentials(given: Mapping[str, Any]) -> None:
    keys = [name for name in ("access_key_id", "secret_access_key", "session_token") if name in given]
    is_machine = given.get("machine_credentials", False)
    if not isinstance(is_machine, bool):
        raise ValueError("machine_credentials must be true or false")
    if is_machine and keys:
        raise ValueError("either an access key or machine_credentials")
    if not is_machine and keys[:2] != ["access_key_id", "secret_access_key"]:
        raise ValueError("a remote function needs access_key_id and secret_access_key, or machine_credentials")
    for name in keys:
        if not _KEY.fullmatch(given[name]):
            raise ValueError(f"{name} is none")


class RemoteLambdaRunner:
    """Runs functions of the kind "lambda". Connections belong to `outbound`, whose owner closes it.

    `machine_arns` are the functions that may be invoked with the machine's own credentials: ARNs, or the beginning of
    some with `*` behind it. They are the operator's to name, since these credentials may open far more than functions.
    """

    def __init__(self, outbound: Outbound, machine_arns: Collection[str] = ()) -> None:
        self._outbound = outbound
        self._machine_arns = frozenset(machine_arns)
        self._lock = threading.Lock()
        # The revision of each function and its client, those used last at the end.
        self._clients: OrderedDict[str, tuple[str, Any]] = OrderedDict()

    def run(self, spec: FunctionSpec, payload: bytes, request_id: str, seconds: float) -> Output:  # noqa: ARG002 - Lambda gives its own
        """Invokes the function and gives what it returned; raises FunctionError, FunctionUnavailableError.

        The first call of a function takes longer by what its client costs, and by getting credentials of the machine.
        """
        try:
            configuration = check_lambda(self._outbound, spec.configuration)
        except ValueError as error:
            raise FunctionUnavailableError(str(error)) from None
        arn = configuration.get("function_arn", spec.arn)
        if configuration.get("machine_credentials") and not self._is_for_machine(arn):
            raise FunctionUnavailableError("the machine's credentials are not for this function")
        try:
            with limited_to(seconds):
                answer = self._client(spec, configuration).invoke(FunctionName=arn, Payload=payload, LogType="Tail")
            return _output(answer)
        except ClientError as error:
            raise FunctionUnavailableError(f"Lambda: {error.response['Error'].get('Code')}") from None
        except OutboundError as error:
            raise FunctionUnavailableError(error.text) from None
        except (BotoCoreError, *_PARSER_ERRORS) as error:
            # Their texts may hold what was sent.
            raise FunctionUnavailableError(f"Lambda: {type(error).__name__}") from None

    def forget(self, arn: str) -> None:
        """Ends the function's client, which holds its credentials."""
        with self._lock:
            self._clients.pop(arn, None)

    def close(self) -> None:
        """Ends all clients."""
        with self._lock:
            self._clients.clear()

    def _is_for_machine(self, arn: str) -> bool:
        return any(
            arn.startswith(allowed[:-1]) if allowed.endswith("*") else arn == allowed for allowed in self._machine_arns
        )

    def _client(self, spec: FunctionSpec, configuration: Mapping[str, Any]) -> Any:
        with self._lock:
            revision, client = self._clients.get(spec.arn, ("", None))
        if client is None or revision != spec.revision:
            client = self._make(configuration)
        with self._lock:
            self._clients[spec.arn] = spec.revision, client
            self._clients.move_to_end(spec.arn)
            if len(self._clients) > _MOST_CLIENTS:
                self._clients.popitem(last=False)
        return client

    def _make(self, configuration: Mapping[str, Any]) -> Any:
        credentials = None
        if not configuration.get("machine_credentials"):
            credentials = AwsCredentials(
                configuration["access_key_id"],
                configuration["secret_access_key"],
                configuration.get("session_token", ""),
            )
        client = make_client(
            "lambda",
            configuration["region"],
            endpoint_url=configuration.get("endpoint_url"),
            credentials=credentials,
        )
        send_through(client, self._outbound)
        return client


def _output(answer: Mapping[str, Any]) -> Output:
    payload: bytes = answer["Payload"].read()
    log = ""
    with suppress(ValueError):
        log = b64decode(answer.get("LogResult", "")).decode("utf-8", "replace")
    if answer.get("FunctionError"):
        raise FunctionError(_error_message(payload), log)
    return Output(payload, log)


def _error_message(payload: bytes) -> str:
    """The message of what the function raised; a function that was ended by Lambda has one too."""
    try:
        error = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return ""
    message = error.get("errorMessage") if isinstance(error, dict) else None
    return message[:_MOST_MESSAGE] if isinstance(message, str) else ""
