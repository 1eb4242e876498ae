"""Functions that are webhooks: the event is POSTed, signed by Standard Webhooks (https://www.standardwebhooks.com).

What a webhook answers is the function's answer: 2xx with JSON. Its own error is a 4xx with `{"errorMessage": "..."}`, the
form in which Lambda gives one. With anything else it has not run.
"""

import os
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from app.gateways.functions import FunctionError, FunctionSpec, FunctionUnavailableError, Output
from app.gateways.message_webhook import make_signer
from app.gateways.outbound import Outbound, OutboundError, Reply

# As much as Lambda lets a function answer.
MOST_ANSWER_BYTES = 6 * 1_024 * 1_024
_MOST_MESSAGE = 2_048
_MEMBERS = frozenset({"url", "secrets"})


def new_webhook_secret() -> str:
    """A secret of 32 random bytes in the form that libraries of Standard Webhooks take."""
    return "whsec_" + b64encode(os.urandom(32)).decode("ascii")


def check_webhook(outbound: Outbound, configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a webhook, checked; raises ValueError with a text for the operator, which repeats no secret.

    - `url`: where events go. https, unless the operator allows more.
    - `secrets`: one `whsec_...`, or two while a receiver changes from the second to the first: both then sign.
    """
    unknown = set(configuration) - _MEMBERS
    if unknown:
        raise ValueError(f"a webhook knows no {', '.join(sorted(unknown))}")
    url, secrets = configuration.get("url"), configuration.get("secrets")
    if not isinstance(url, str):
        raise ValueError("a webhook needs url")
    if not isinstance(secrets, list | tuple) or not all(isinstance(each, str) for each in secrets):
        raise ValueError("secrets must be a list of texts")
    if len(secrets) not in (1, 2):
        raise ValueError("secrets: one, or two while they change")
    try:
        outbound.check_url(url)
    except ValueError as error:
        raise ValueError(f"url {error}") from None
    for secret in secrets:
        try:
            make_signer(secret)
        except ValueError as error:
            raise ValueError(f"secrets: each {error}") from None
    return {"url": url, "secrets": list(secrets)}


class WebhookRunner:
    """Runs functions of the kind "webhook". Connections belong to `outbound`, whose owner closes it."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    def run(self, spec: FunctionSpec, payload: bytes, request_id: str, seconds: float) -> Output:
        """POSTs the event and gives what the webhook answers; raises FunctionError, FunctionUnavailableError.

        `request_id` is the webhook-id: a receiver that has answered it before may answer the same without doing it again.
        """
        try:
            configuration = check_webhook(self._outbound, spec.configuration)
        except ValueError as error:
            raise FunctionUnavailableError(str(error)) from None
        headers = _signed(configuration["secrets"], request_id, payload)
        try:
            reply = self._outbound.send("POST", configuration["url"], headers, payload, seconds, MOST_ANSWER_BYTES)
        except OutboundError as error:
            raise FunctionUnavailableError(error.text) from None
        return _output(reply)

    def forget(self, arn: str) -> None:
        """Nothing is kept for a webhook."""

    def close(self) -> None:
        """Nothing is kept here."""


def _signed(secrets: list[str], message_id: str, payload: bytes) -> dict[str, str]:
    now = datetime.now(UTC)
    signatures = [make_signer(secret).sign(message_id, now, payload.decode()) for secret in secrets]
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _output(reply: Reply) -> Output:
    try:
        answer = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        raise FunctionUnavailableError(f"the webhook answered HTTP {reply.status} without JSON") from None
    if 200 <= reply.status < 300:
        return Output(reply.body)
    message = answer.get("errorMessage") if isinstance(answer, dict) else None
    if 400 <= reply.status < 500 and isinstance(message, str):
        raise FunctionError(message[:_MOST_MESSAGE])
    raise FunctionUnavailableError(f"the webhook answered HTTP {reply.status}")
