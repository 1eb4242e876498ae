"""Webhooks as functions, against a server that verifies what it gets with the library of Standard Webhooks."""

import json
import socket
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.gateways.addresses import THIS_MACHINE, parse_allowed
from app.gateways.functions import FunctionError, FunctionSpec, FunctionUnavailableError, Runner
from app.gateways.outbound import Outbound
from app.gateways.webhook_functions import WebhookRunner, check_webhook, new_webhook_secret
from tests.gateways.peers import Answer, Received, drip, hang, http_peer, issue_certificate, raw_peer, say
from tests.ports import free_port
from tests.timing import within
from tests.tls import Authority

EVENT: dict[str, Any] = {"version": "1", "triggerSource": "PreSignUp_SignUp", "userName": "ana é", "response": {}}
PAYLOAD = json.dumps(EVENT, ensure_ascii=False).encode()
SECRET = new_webhook_secret()


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    made = Outbound(parse_allowed(THIS_MACHINE))
    yield made
    made.close()


@pytest.fixture
def runner(outbound: Outbound) -> Runner:
    return WebhookRunner(outbound)


def _spec(url: str, *secrets: str) -> FunctionSpec:
    configuration = {"url": url, "secrets": list(secrets or (SECRET,))}
    return FunctionSpec("arn:aws:lambda:us-east-1:123456789012:function:hook", "hook", "webhook", "1", configuration)


def _verifying(secret: str = SECRET) -> Callable[[Received], Answer]:
    """A handler as its author writes it."""

    def answer(request: Received) -> Answer:
        try:
            event = Webhook(secret).verify(request.body, dict(request.headers))
        except WebhookVerificationError as error:
            return Answer.of({"message": str(error)}, 401)
        return Answer.of({**event, "response": {"autoConfirmUser": True}})

    return answer


def test_a_webhook_answers_the_event_that_it_has_verified(runner: Runner) -> None:
    with http_peer(_verifying()) as peer:
        url = f"http://localhost:{peer.port}/hooks?pool=1"
        output = runner.run(_spec(url), PAYLOAD, "request-1", 5)
    assert json.loads(output.payload) == {**EVENT, "response": {"autoConfirmUser": True}}
    (request,) = peer.received
    assert (request.method, request.path, request.body) == ("POST", "/hooks?pool=1", PAYLOAD)
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == "request-1"
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 5


def test_over_tls(tmp_path: Path) -> None:
    authority = Authority()
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    outbound = Outbound(parse_allowed("localhost"), tmp_path / "ca.pem")
    with http_peer(_verifying(), issue_certificate(authority, "localhost", tmp_path)) as peer:
        output = WebhookRunner(outbound).run(_spec(f"https://localhost:{peer.port}/"), PAYLOAD, "request-1", 5)
    assert json.loads(output.payload)["response"] == {"autoConfirmUser": True}
    outbound.close()


def test_while_secrets_change_either_is_enough(runner: Runner) -> None:
    new, old, other = (new_webhook_secret() for _ in range(3))
    for secret in (new, old):
        with http_peer(_verifying(secret)) as peer:
            assert runner.run(_spec(f"http://localhost:{peer.port}/", new, old), PAYLOAD, "request-1", 5).payload
            assert peer.received[0].headers["webhook-signature"].count("v1,") == 2
    with http_peer(_verifying(other)) as peer, pytest.raises(FunctionUnavailableError, match="HTTP 401"):
        runner.run(_spec(f"http://localhost:{peer.port}/", new, old), PAYLOAD, "request-1", 5)


def test_a_retry_has_the_same_id(runner: Runner) -> None:
    with http_peer(_verifying()) as peer:
        for request_id in ("request-1", "request-1", "request-2"):
            runner.run(_spec(f"http://localhost:{peer.port}/"), PAYLOAD, request_id, 5)
    assert [request.headers["webhook-id"] for request in peer.received] == ["request-1", "request-1", "request-2"]


@pytest.mark.parametrize("status", [400, 403, 422, 499])
def test_its_own_error(runner: Runner, status: int) -> None:
    answer = Answer.of({"errorMessage": "only @example.com, é", "errorType": "E"}, status)
    with http_peer(lambda _: answer) as peer, pytest.raises(FunctionError) as caught:
        runner.run(_spec(f"http://localhost:{peer.port}/"), PAYLOAD, "request-1", 5)
    assert caught.value.text == "only @example.com, é"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Answer(200, b"no JSON"), "the webhook answered HTTP 200 without JSON"),
        (Answer(200, b'{"a": 1'), "the webhook answered HTTP 200 without JSON"),
        (Answer(200, b"[" * 100_000), "the webhook answered HTTP 200 without JSON"),
        (Answer(200, b"\xff"), "the webhook answered HTTP 200 without JSON"),
        (Answer(204, b""), "the webhook answered HTTP 204 without JSON"),
        (Answer(302, b"{}", {"Location": "http://localhost/"}), "the webhook answered HTTP 302"),
        (Answer.of({"errorMessage": "hello"}, 500), "the webhook answered HTTP 500"),
        (Answer.of({"errorMessage": "hello"}, 302), "the webhook answered HTTP 302"),
        (Answer.of({"errorMessage": {"a": 1}}, 400), "the webhook answered HTTP 400"),
        (Answer.of({"message": "hello"}, 400), "the webhook answered HTTP 400"),
        (Answer.of(["errorMessage"], 400), "the webhook answered HTTP 400"),
        (Answer(404, b"<html>"), "the webhook answered HTTP 404 without JSON"),
        (Answer(200, b'"' + b"x" * 6_291_456 + b'"'), "localhost: the answer is too long"),
    ],
)
def test_whatever_else_it_answers_is_no_answer(runner: Runner, answer: Answer, text: str) -> None:
    with http_peer(lambda _: answer) as peer, pytest.raises(FunctionUnavailableError) as caught:
        runner.run(_spec(f"http://localhost:{peer.port}/"), PAYLOAD, "request-1", 5)
    assert caught.value.text == text


def test_an_answer_may_have_six_megabytes(runner: Runner) -> None:
    body = b'"' + b"x" * 6_291_454 + b'"'
    with http_peer(lambda _: Answer(200, body)) as peer:
        assert runner.run(_spec(f"http://localhost:{peer.port}/"), PAYLOAD, "request-1", 5).payload == body


@pytest.mark.parametrize(
    "behave",
    [
        pytest.param(hang, id="hangs"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n\r\n{"), id="drips"),
    ],
)
def test_it_has_its_time_and_no_more(runner: Runner, behave: Callable[[socket.socket], None]) -> None:
    late = pytest.raises(FunctionUnavailableError, match="localhost: no answer in time")
    with raw_peer(behave) as peer, within(1), late:
        runner.run(_spec(f"http://localhost:{peer.port}/"), PAYLOAD, "request-1", 0.5)


def test_it_hangs_up(runner: Runner) -> None:
    with raw_peer(say(b"")) as peer, pytest.raises(FunctionUnavailableError, match="RemoteProtocolError"):
        runner.run(_spec(f"http://localhost:{peer.port}/"), PAYLOAD, "request-1", 5)


def test_it_is_not_there(runner: Runner) -> None:
    with pytest.raises(FunctionUnavailableError, match="localhost: not connected"):
        runner.run(_spec(f"http://localhost:{free_port()}/secret?secret"), PAYLOAD, "request-1", 5)


def test_an_address_inside_is_not_called() -> None:
    with http_peer(_verifying()) as peer:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(FunctionUnavailableError, match="public address"):
                WebhookRunner(Outbound()).run(_spec(f"https://{host}:{peer.port}/"), PAYLOAD, "request-1", 5)
    assert peer.received == []


def test_a_checked_configuration() -> None:
    configuration = {"url": "https://hooks.example.com/a?b", "secrets": (SECRET, new_webhook_secret())}
    assert check_webhook(Outbound(), configuration) == {**configuration, "secrets": list(configuration["secrets"])}


@pytest.mark.parametrize(
    ("configuration", "text"),
    [
        ({}, "a webhook needs url"),
        ({"url": 5}, "a webhook needs url"),
        ({"url": "http://hooks.example.com/", "secrets": [SECRET]}, "url must be an https URL"),
        ({"url": "https://10.0.0.1/", "secrets": [SECRET]}, "url is not at a public address"),
        ({"url": "https://u:p@hooks.example.com/", "secrets": [SECRET]}, "url must not hold a user name or password"),
        ({"url": "https://hooks.example.com/"}, "secrets must be a list of texts"),
        ({"url": "https://hooks.example.com/", "secrets": SECRET}, "secrets must be a list of texts"),
        ({"url": "https://hooks.example.com/", "secrets": [b"x"]}, "secrets must be a list of texts"),
        ({"url": "https://hooks.example.com/", "secrets": []}, "secrets: one, or two while they change"),
        ({"url": "https://hooks.example.com/", "secrets": [SECRET] * 3}, "secrets: one, or two while they change"),
        (
            {"url": "https://hooks.example.com/", "secrets": [SECRET, "whsec_hush!"]},
            "secrets: each must be whsec_ and base64",
        ),
        (
            {"url": "https://hooks.example.com/", "secrets": ["whsec_" + b64encode(b"x" * 23).decode()]},
            "secrets: each must have 24 to 64 bytes",
        ),
        ({"url": "https://hooks.example.com/", "secrets": [SECRET], "secret": "x"}, "a webhook knows no secret"),
    ],
)
def test_a_configuration_that_is_refused(configuration: Mapping[str, Any], text: str) -> None:
    with pytest.raises(ValueError) as caught:
        check_webhook(Outbound(), configuration)
    assert str(caught.value) == text


def test_new_secrets_differ_and_are_long_enough() -> None:
    secrets = {new_webhook_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(secret.startswith("whsec_") and len(secret) == 50 for secret in secrets)
