"""Functions that run elsewhere: AWS Lambda itself, or what answers as it does under a URL, by the operation Invoke.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

Which functions may be invoked at all is the server's operator's to say, whoever has put the row and with whatever
credentials: POOLHOUSE_LAMBDA_ALLOW, ARNs or the beginning of some with `*` behind it. None are until it names some.
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
_ALLOWED = re.compile(r"[A-Za-z0-9:_$-]*\*")
_REGION = re.compile(r"[a-z]{2,8}(-[a-z]{2,12}){1,3}-\d{1,2}")
_ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:(\$LATEST|[A-Za-z0-9_-]{1,128}))?"
)
# botocore's parser takes it that an error has the form of AWS's.
_PARSER_ERRORS = (AttributeError, RecursionError, TypeError, ValueError)
_KEY = re.compile(r"[!-~]{1,4096}")


def check_allowed(allowed: Collection[str]) -> None:
    """That each entry of POOLHOUSE_LAMBDA_ALLOW can name a function; raises ValueError."""
    for entry in allowed:
        if not _ARN.fullmatch(entry) and not _ALLOWED.fullmatch(entry):
            raise ValueError(
                f"{entry} is neither the ARN of a Lambda function nor the beginning of one with * behind it"
            )


def check_lambda(outbound: Outbound, allowed: Collection[str], configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a remote function, checked; raises ValueError with a text for the operator, without secrets.

    - `region`: where it runs.
    - `function_arn`: the function to invoke, with a version or alias if one is wanted; `allowed` must name it.
    - `endpoint_url`: what answers as Lambda in place of AWS. https, unless the operator allows more.
    - `access_key_id`, `secret_access_key`, `session_token`: who invokes it. Or `machine_credentials`, true: the machine
      that the server runs on. They go to AWS alone: at another endpoint, whoever has it could use what they sign.
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
    _check_arn(allowed, given.get("function_arn", ""))
    if "endpoint_url" in given:
        try:
            outbound.check_url(given["endpoint_url"])
        except ValueError as error:
            raise ValueError(f"endpoint_url {error}") from None
    _check_credentials(given)
    return given


def _check_arn(allowed: Collection[str], arn: str) -> None:
    if not _ARN.fullmatch(arn):
        raise ValueError("function_arn must be the ARN of a Lambda function")
    if not any(arn.startswith(entry[:-1]) if entry.endswith("*") else arn == entry for entry in allowed):
        raise ValueError(f"this server may not invoke {arn}: POOLHOUSE_LAMBDA_ALLOW does not name it")


def _check_credentials(given: Mapping[str, Any]) -> None:
    keys = [name for name in ("access_key_id", "secret_access_key", "session_token") if name in given]
    is_machine = given.get("machine_credentials", False)
    if not isinstance(is_machine, bool):
        raise ValueError("machine_credentials must be true or false")
    if is_machine and keys:
        raise ValueError("either an access key or machine_credentials")
    if is_machine and "endpoint_url" in given:
        raise ValueError("machine_credentials are for AWS itself: with endpoint_url give an access key")
    if not is_machine and keys[:2] != ["access_key_id", "secret_access_key"]:
        raise ValueError("a remote function needs access_key_id and secret_access_key, or machine_credentials")
    for name in keys:
        if not _KEY.fullmatch(given[name]):
            raise ValueError(f"{name} is none")


class RemoteLambdaRunner:
    """Runs functions of the kind "lambda" that `allowed` names. Connections belong to `outbound`, whose owner closes it."""

    def __init__(self, outbound: Outbound, allowed: Collection[str]) -> None:
        self._outbound = outbound
        self._allowed = tuple(allowed)
        self._lock = threading.Lock()
        # The revision of each function and its client, those used last at the end.
        self._clients: OrderedDict[str, tuple[str, Any]] = OrderedDict()

    def run(self, spec: FunctionSpec, payload: bytes, request_id: str, seconds: float) -> Output:  # noqa: ARG002 - Lambda gives its own
        """Invokes the function and gives what it returned; raises FunctionError, FunctionUnavailableError.

        The first call of a function takes longer by what its client costs, and by getting credentials of the machine.
        """
        try:
            # Once more: the list may have changed since the row was put.
            configuration = check_lambda(self._outbound, self._allowed, spec.configuration)
        except ValueError as error:
            raise FunctionUnavailableError(str(error)) from None
        try:
            with limited_to(seconds):
                return _output(self._invoke(spec, configuration, payload))
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

    def _invoke(self, spec: FunctionSpec, configuration: Mapping[str, Any], payload: bytes) -> Any:
        client = self._client(spec, configuration)
        return client.invoke(FunctionName=configuration["function_arn"], Payload=payload, LogType="Tail")

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
