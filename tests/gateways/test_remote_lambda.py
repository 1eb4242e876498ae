"""Remote functions by real boto3, against a server that answers as Lambda does and checks signatures as AWS does."""

import hashlib
import hmac
import json
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest

from app.gateways.addresses import THIS_MACHINE, parse_allowed
from app.gateways.aws_clients import AwsCredentials, make_client
from app.gateways.functions import FunctionError, FunctionSpec, FunctionUnavailableError
from app.gateways.outbound import Outbound, Reply
from app.gateways.remote_lambda import RemoteLambdaRunner, check_allowed, check_lambda
from tests.gateways.peers import Answer, Received, drip, hang, http_peer, raw_peer, say
from tests.ports import free_port
from tests.timing import within

ARN = "arn:aws:lambda:us-east-1:123456789012:function:pre-sign-up"
# Such functions may be invoked.
ALLOWED = ("arn:aws:lambda:*",)
KEYS = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": "very/secret+key"}
EVENT = {"triggerSource": "PreSignUp_SignUp", "userName": "ana é", "response": {}}
PAYLOAD = json.dumps(EVENT, ensure_ascii=False).encode()


@pytest.fixture(autouse=True)
def _no_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The machine has no credentials, and asks nobody for them."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    made = Outbound(parse_allowed(THIS_MACHINE))
    yield made
    made.close()


@pytest.fixture
def runner(outbound: Outbound) -> Iterator[RemoteLambdaRunner]:
    made = RemoteLambdaRunner(outbound, ALLOWED)
    yield made
    made.close()


def _spec(port: int, revision: str = "1", arn: str = ARN, **members: Any) -> FunctionSpec:
    configuration = {"region": "us-east-1", "endpoint_url": f"http://localhost:{port}", "function_arn": ARN}
    configuration |= {**KEYS, **members}
    return FunctionSpec(arn, "pre-sign-up", "lambda", revision, configuration)


def _signature(request: Received, secret: str) -> str:
    """The signature that AWS would compute (Signature Version 4) of what has arrived."""
    scope, signed = _authorization(request)["Credential"].split("/", 1)[1], _authorization(request)["SignedHeaders"]
    canonical = "\n".join(
        [
            request.method,
            quote(request.path, safe="/-_.~"),
            "",
            *(f"{name}:{request.headers[name]}" for name in signed.split(";")),
            "",
            signed,
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    text = f"AWS4-HMAC-SHA256\n{request.headers['x-amz-date']}\n{scope}\n{digest}"
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def _authorization(request: Received) -> dict[str, str]:
    kind, _, members = request.headers["authorization"].partition(" ")
    assert kind == "AWS4-HMAC-SHA256"
    return dict(member.split("=", 1) for member in members.split(", "))


def _answer(value: Any, **headers: str) -> Answer:
    return Answer(200, json.dumps(value).encode(), {"X-Amz-Executed-Version": "$LATEST", **headers})


def _confirm(request: Received) -> Answer:
    return _answer({**json.loads(request.body), "response": {"autoConfirmUser": True}})


def _error(status: int, code: str) -> Answer:
    return Answer(status, b'{"Message": "no"}', {"x-amzn-ErrorType": code, "Content-Type": "application/json"})


def test_a_function_is_invoked(runner: RemoteLambdaRunner) -> None:
    log = "START RequestId: 1\nhello é\nEND\n"
    tail = {"X-Amz-Log-Result": b64encode(log.encode()).decode()}
    with http_peer(lambda request: _answer(json.loads(request.body), **tail)) as peer:
        output = runner.run(_spec(peer.port), PAYLOAD, "request-1", 5)
    assert json.loads(output.payload) == EVENT
    assert output.log == log
    (request,) = peer.received
    assert (request.method, request.body) == ("POST", PAYLOAD)
    assert unquote(request.path) == f"/2015-03-31/functions/{ARN}/invocations"
    assert request.headers["x-amz-log-type"] == "Tail"
    assert request.headers.get("x-amz-invocation-type", "RequestResponse") == "RequestResponse"


def test_the_call_is_signed(runner: RemoteLambdaRunner) -> None:
    with http_peer(_confirm) as peer:
        runner.run(_spec(peer.port, session_token="a/token=="), PAYLOAD, "request-1", 5)
    (request,) = peer.received
    authorization = _authorization(request)
    day = request.headers["x-amz-date"][:8]
    assert authorization["Credential"] == f"AKIAEXAMPLE/{day}/us-east-1/lambda/aws4_request"
    assert {"host", "x-amz-date", "x-amz-security-token"} <= set(authorization["SignedHeaders"].split(";"))
    assert authorization["Signature"] == _signature(request, "very/secret+key")
    assert request.headers["x-amz-security-token"] == "a/token=="


def test_another_function_than_the_row_is_named_after(runner: RemoteLambdaRunner) -> None:
    other = "arn:aws:lambda:eu-central-1:210987654321:function:theirs:live"
    with http_peer(_confirm) as peer:
        runner.run(_spec(peer.port, function_arn=other, region="eu-central-1"), PAYLOAD, "request-1", 5)
    assert unquote(peer.received[0].path) == f"/2015-03-31/functions/{other}/invocations"
    assert "/eu-central-1/lambda/" in peer.received[0].headers["authorization"]


@pytest.mark.parametrize("kind", ["Handled", "Unhandled"])
def test_its_own_error(runner: RemoteLambdaRunner, kind: str) -> None:
    error = {"errorMessage": "only @example.com, é", "errorType": "Error", "trace": []}
    headers = {"X-Amz-Function-Error": kind, "X-Amz-Log-Result": b64encode(b"oh no").decode()}
    with http_peer(lambda _: _answer(error, **headers)) as peer, pytest.raises(FunctionError) as caught:
        runner.run(_spec(peer.port), PAYLOAD, "request-1", 5)
    assert (caught.value.text, caught.value.log) == ("only @example.com, é", "oh no")


@pytest.mark.parametrize("error", [{}, {"errorMessage": None}, {"errorMessage": 5}, [], "text"])
def test_an_error_without_a_message(runner: RemoteLambdaRunner, error: Any) -> None:
    answer = _answer(error, **{"X-Amz-Function-Error": "Unhandled"})
    with http_peer(lambda _: answer) as peer, pytest.raises(FunctionError) as caught:
        runner.run(_spec(peer.port), PAYLOAD, "request-1", 5)
    assert caught.value.text == ""


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (_error(429, "TooManyRequestsException"), "Lambda: TooManyRequestsException"),
        (_error(403, "AccessDeniedException"), "Lambda: AccessDeniedException"),
        (_error(404, "ResourceNotFoundException"), "Lambda: ResourceNotFoundException"),
        (_error(502, "EC2ThrottledException"), "Lambda: EC2ThrottledException"),
        (_error(500, "ServiceException"), "Lambda: ServiceException"),
        (Answer(503, b"<html>busy</html>"), "Lambda: 503"),
        (Answer(302, b"", {"Location": "http://localhost/"}), "Lambda: 302"),
        (Answer(200, b"x" * 6_357_000), "localhost: the answer is too long"),
    ],
)
def test_what_is_no_answer_of_the_function(runner: RemoteLambdaRunner, answer: Answer, text: str) -> None:
    with http_peer(lambda _: answer) as peer, pytest.raises(FunctionUnavailableError) as caught:
        runner.run(_spec(peer.port), PAYLOAD, "request-1", 5)
    assert caught.value.text == text
    # Whether there is another try is the caller's to say.
    assert len(peer.received) == 1


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"5",
        b'"text"',
        b"null",
        b"{",
        b"\xff",
        pytest.param(b"[" * 100_000, id="deep"),
        b'{"__type": 5, "code": []}',
    ],
)
def test_a_peer_that_only_looks_like_lambda(runner: RemoteLambdaRunner, status: int, body: bytes) -> None:
    with http_peer(lambda _: Answer(status, body, {"X-Amz-Log-Result": "no base64!"})) as peer:
        if status == 200:
            assert runner.run(_spec(peer.port), PAYLOAD, "request-1", 5).payload == body
            return
        with pytest.raises(FunctionUnavailableError, match="Lambda: "):
            runner.run(_spec(peer.port), PAYLOAD, "request-1", 5)


@pytest.mark.parametrize(
    "behave",
    [
        pytest.param(hang, id="hangs"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX: y"), id="drips a head"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n\r\n{"), id="drips a body"),
    ],
)
def test_it_has_its_time_and_no_more(runner: RemoteLambdaRunner, behave: Callable[[socket.socket], None]) -> None:
    make_client("lambda", "us-east-1", credentials=AwsCredentials("a", "b"))  # the first one takes its time
    with raw_peer(behave) as peer:
        with within(1.5), pytest.raises(FunctionUnavailableError, match="localhost: no answer in time"):
            runner.run(_spec(peer.port), PAYLOAD, "request-1", 0.5)
        assert peer.connections == 1


def test_it_hangs_up(runner: RemoteLambdaRunner) -> None:
    with raw_peer(say(b"")) as peer, pytest.raises(FunctionUnavailableError, match="localhost: RemoteProtocolError"):
        runner.run(_spec(peer.port), PAYLOAD, "request-1", 5)


def test_it_is_not_there(runner: RemoteLambdaRunner) -> None:
    with pytest.raises(FunctionUnavailableError, match="localhost: not connected"):
        runner.run(_spec(free_port()), PAYLOAD, "request-1", 5)


def test_an_address_inside_is_not_called() -> None:
    with http_peer(_confirm) as peer:
        spec = _spec(peer.port, endpoint_url=f"https://localhost:{peer.port}")
        with pytest.raises(FunctionUnavailableError, match="localhost: is not at a public address"):
            RemoteLambdaRunner(Outbound(), ALLOWED).run(spec, PAYLOAD, "request-1", 5)
        assert peer.received == []


def test_many_at_a_time_and_one_connection_after_another(runner: RemoteLambdaRunner) -> None:
    with http_peer(_confirm) as peer:
        spec = _spec(peer.port)
        with ThreadPoolExecutor(8) as threads:
            names = [f"user{number}" for number in range(40)]
            payloads = [json.dumps({"userName": name}).encode() for name in names]
            outputs = threads.map(lambda payload: runner.run(spec, payload, "request-1", 10), payloads)
            assert [json.loads(output.payload)["userName"] for output in outputs] == names
        assert len({request.connection for request in peer.received}) <= 8


def test_a_new_revision_signs_anew(runner: RemoteLambdaRunner) -> None:
    with http_peer(_confirm) as peer:
        runner.run(_spec(peer.port), PAYLOAD, "request-1", 5)
        (client,) = [client for _, client in runner._clients.values()]
        runner.run(_spec(peer.port), PAYLOAD, "request-1", 5)
        assert [made for _, made in runner._clients.values()] == [client]
        runner.run(_spec(peer.port, "2", access_key_id="AKIAOTHER"), PAYLOAD, "request-1", 5)
    assert [_authorization(request)["Credential"][:10] for request in peer.received] == [
        "AKIAEXAMPL", "AKIAEXAMPL", "AKIAOTHER/"
    ]  # fmt: skip
    assert len(runner._clients) == 1
    runner.forget(ARN)
    assert not runner._clients


def test_few_clients_are_kept(runner: RemoteLambdaRunner) -> None:
    with http_peer(_confirm) as peer:
        for number in range(34):
            runner.run(_spec(peer.port, arn=f"{ARN}-{number}"), PAYLOAD, "request-1", 5)
    assert list(runner._clients) == [f"{ARN}-{number}" for number in range(2, 34)]
    runner.close()
    assert not runner._clients


# ---- what the environment says


class Asked(list[str]):
    """The names that were looked up; nobody knows them."""

    def __call__(self, host: Any, *_: Any, **__: Any) -> list[Any]:
        self.append(host.decode() if isinstance(host, bytes) else str(host))
        raise socket.gaierror(-2, "Name or service not known")


def test_endpoints_and_proxies_of_the_environment_are_not_used(
    runner: RemoteLambdaRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked()
    with http_peer(_confirm) as peer:
        for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{peer.port}")
        monkeypatch.setattr(socket, "getaddrinfo", asked)
        with pytest.raises(FunctionUnavailableError, match=r"lambda\.us-east-1\.amazonaws\.com: name not found"):
            runner.run(_spec(peer.port, endpoint_url=None), PAYLOAD, "request-1", 5)
        assert peer.received == []
    assert asked == ["lambda.us-east-1.amazonaws.com"]


def test_a_client_without_a_guard_does_not_use_them_either(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked()
    with http_peer(_confirm) as peer:
        for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SNS", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{peer.port}")
        client = make_client("sns", "eu-central-1", credentials=AwsCredentials("a", "b"))
        monkeypatch.setattr(socket, "getaddrinfo", asked)
        with pytest.raises(Exception, match="Could not connect"):
            client.publish(PhoneNumber="+4915112345678", Message="hello")
        assert peer.received == []
    assert asked == ["sns.eu-central-1.amazonaws.com"]


def test_credentials_of_a_role_are_not_asked_for_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a token of the cluster")
    asked = Asked()
    with http_peer(_confirm) as peer:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{peer.port}")
        monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/poolhouse")
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        client = make_client("sns", "us-east-1")
        monkeypatch.setattr(socket, "getaddrinfo", asked)
        with pytest.raises(Exception, match="Could not connect"):
            client.publish(PhoneNumber="+4915112345678", Message="hello")
        assert peer.received == []
    assert {name.split(".")[0] for name in asked} == {"sts"}


def test_a_profile_of_the_environment_does_not_matter(
    runner: RemoteLambdaRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with http_peer(_confirm) as peer:
        assert runner.run(_spec(peer.port), PAYLOAD, "request-1", 5).payload


@pytest.mark.parametrize(
    ("allowed", "may"),
    [
        ((), False),
        ((ARN,), True),
        ((ARN + "-2",), False),
        ((ARN[:-1],), False),
        ((ARN + ":live",), False),
        (("arn:aws:lambda:us-east-1:123456789012:function:pre-*",), True),
        (("*",), True),
        (("arn:aws:lambda:us-east-1:210987654321:function:*", "arn:aws:lambda:us-east-1:123456789012:function:pre"), False),
    ],
)  # fmt: skip
def test_a_function_has_to_be_on_the_list(outbound: Outbound, allowed: tuple[str, ...], *, may: bool) -> None:
    with http_peer(_confirm) as peer:
        spec = _spec(peer.port)
        if may:
            assert check_lambda(outbound, allowed, spec.configuration) == spec.configuration
            assert RemoteLambdaRunner(outbound, allowed).run(spec, PAYLOAD, "request-1", 5).payload
            return
        text = f"this server may not invoke {ARN}: POOLHOUSE_LAMBDA_ALLOW does not name it"
        with pytest.raises(ValueError, match=text):
            check_lambda(outbound, allowed, spec.configuration)
        # A row of before the list was changed.
        with pytest.raises(FunctionUnavailableError, match=text):
            RemoteLambdaRunner(outbound, allowed).run(spec, PAYLOAD, "request-1", 5)
        assert peer.received == []


def test_what_counts_is_the_function_that_is_invoked(outbound: Outbound) -> None:
    with http_peer(_confirm) as peer:
        spec = _spec(peer.port, function_arn=f"{ARN}-of-others")
        with pytest.raises(FunctionUnavailableError, match=r"may not invoke .*-of-others"):
            RemoteLambdaRunner(outbound, [ARN]).run(spec, PAYLOAD, "request-1", 5)
        assert peer.received == []


@pytest.mark.parametrize("entry", [ARN, f"{ARN}:live", "arn:aws-cn:lambda:*", "*"])
def test_an_entry_of_the_list(entry: str) -> None:
    check_allowed([entry])


@pytest.mark.parametrize("entry", ["pre-sign-up", "arn:aws:lambda:*:123456789012:function:x", f"{ARN}:a:b", "arn:aws:s3:::x"])  # fmt: skip
def test_an_entry_that_names_no_function_is_told(entry: str) -> None:
    with pytest.raises(ValueError, match="neither the ARN of a Lambda function nor the beginning of one"):
        check_allowed([ARN, entry])


class _Aws(Outbound):
    """What answers at AWS's own addresses; notes what it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Received] = []

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, seconds: float, max_bytes: int
    ) -> Reply:
        assert (0 < seconds <= 5, max_bytes > 0) == (True, True)
        parts = urlsplit(url)
        given = {name.lower(): value for name, value in headers.items()}
        self.sent.append(Received(method, parts.path, {**given, "host": parts.netloc}, body, ("", 0)))
        return Reply(200, {"content-type": "application/json"}, body)


@pytest.fixture
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAMACHINE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-machine")


def _with_the_machines(**members: Any) -> FunctionSpec:
    configuration = {"region": "eu-west-1", "function_arn": ARN, "machine_credentials": True, **members}
    return FunctionSpec(ARN, "pre-sign-up", "lambda", "1", configuration)


@pytest.mark.usefixtures("_machine")
def test_the_machines_credentials_go_to_aws() -> None:
    aws = _Aws()
    RemoteLambdaRunner(aws, [ARN]).run(_with_the_machines(), PAYLOAD, "request-1", 5)
    (request,) = aws.sent
    assert request.headers["host"] == "lambda.eu-west-1.amazonaws.com"
    assert _authorization(request)["Credential"].startswith("AKIAMACHINE/")
    assert _authorization(request)["Signature"] == _signature(request, "secret-of-the-machine")


@pytest.mark.usefixtures("_machine")
def test_the_machines_credentials_go_nowhere_else(outbound: Outbound) -> None:
    with http_peer(_confirm) as peer:
        spec = _with_the_machines(endpoint_url=f"http://localhost:{peer.port}")
        with pytest.raises(FunctionUnavailableError, match="are for AWS itself"):
            RemoteLambdaRunner(outbound, [ARN]).run(spec, PAYLOAD, "request-1", 5)
        assert peer.received == []


def test_a_machine_without_credentials() -> None:
    aws = _Aws()
    with pytest.raises(FunctionUnavailableError, match="Lambda: NoCredentialsError"):
        RemoteLambdaRunner(aws, [ARN]).run(_with_the_machines(), PAYLOAD, "request-1", 5)
    assert aws.sent == []


def test_boto3_is_imported_when_it_is_needed() -> None:
    program = "import sys, app.gateways.remote_lambda; print('boto3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_credentials_do_not_show() -> None:
    assert "hush" not in repr(AwsCredentials("AKIAEXAMPLE", "hush", "hush"))


# ---- configurations


@pytest.mark.parametrize(
    "configuration",
    [
        {"region": "us-east-1", "function_arn": ARN, **KEYS, "endpoint_url": "https://lambda.example.com"},
        {"region": "us-gov-west-1", **KEYS, "session_token": "a", "function_arn": ARN + ":$LATEST"},
        {"region": "eusc-de-east-1", "function_arn": ARN, "machine_credentials": True},
    ],
)
def test_a_checked_configuration(configuration: Mapping[str, Any]) -> None:
    assert check_lambda(Outbound(), ALLOWED, {**configuration}) == configuration


@pytest.mark.parametrize(
    ("configuration", "text"),
    [
        ({}, "needs region"),
        ({**KEYS, "region": 5}, "region must be a text"),
        ({**KEYS, "region": "evil.example/"}, "needs region"),
        ({**KEYS, "region": "us-east-1", "function_arn": None}, "function_arn must be the ARN"),
        ({**KEYS, "region": "us-east-1", "function_arn": "arn:aws:s3:::x"}, "function_arn must be the ARN"),
        ({**KEYS, "region": "us-east-1", "function_arn": "../../x"}, "function_arn must be the ARN"),
        ({**KEYS, "region": "us-east-1", "endpoint_url": "http://example.com"}, "endpoint_url must be an https URL"),
        ({**KEYS, "region": "us-east-1", "endpoint_url": "https://10.0.0.1"}, "endpoint_url is not at a public address"),
        ({"region": "us-east-1"}, "access_key_id and secret_access_key, or machine_credentials"),
        ({"region": "us-east-1", "machine_credentials": False}, "access_key_id and secret_access_key, or machine"),
        ({"region": "us-east-1", "access_key_id": "AKIAEXAMPLE"}, "access_key_id and secret_access_key, or machine"),
        ({"region": "us-east-1", "secret_access_key": "x", "session_token": "x"}, "access_key_id and secret_access_key"),
        ({**KEYS, "region": "us-east-1", "machine_credentials": True}, "either an access key or machine_credentials"),
        ({"region": "us-east-1", "machine_credentials": "yes"}, "machine_credentials must be true or false"),
        ({"region": "us-east-1", "machine_credentials": True, "endpoint_url": "https://lambda.example.com"}, "for AWS itself"),
        ({**KEYS, "region": "us-east-1", "secret_access_key": "hush\nhush"}, "secret_access_key is none"),
        ({**KEYS, "region": "us-east-1", "session_token": ""}, "session_token is none"),
        ({**KEYS, "region": "us-east-1", "secret_key": "hush"}, "a remote function knows no secret_key"),
    ],
)  # fmt: skip
def test_a_configuration_that_is_refused(configuration: Mapping[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text) as caught:
        check_lambda(Outbound(), ALLOWED, {"function_arn": ARN, **configuration})
    assert "hush" not in str(caught.value)
