"""Functions that run elsewhere, behind a URL (verified by standardwebhooks) and behind Lambda's API; the command line; and who
may call a function."""

import base64
import json
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from conformance.clients.conftest import PASSWORD, REMOTE_FUNCTION, Pool, Pools
from conformance.clients.handlers import FUNCTIONS, Handlers
from conformance.clients.receivers import Post, Receiver, Reply, receiver
from conformance.dev_server import DevServer

pytestmark = pytest.mark.clients

_REMOTE_ARN = f"{REMOTE_FUNCTION}:live"


@pytest.fixture
def elsewhere() -> Iterator[Receiver]:
    """What runs functions elsewhere; a test says how it answers."""
    with receiver(lambda _post: Reply(b"", 404)) as running:
        yield running


@pytest.fixture(scope="module")
def poolhouse(server: DevServer) -> Any:
    """The operator's boto3 client of our own service."""
    return server.boto("poolhouse")


def test_a_webhook_confirms_who_signs_up(poolhouse: Any, pools: Pools, operator: Any, elsewhere: Receiver) -> None:
    made = poolhouse.put_function(
        FunctionName=_name("hook"), Webhook={"Url": f"{elsewhere.url}/events"}, AllUserPools=True
    )
    name = made["Function"]["FunctionName"]
    pool = pools.make(LambdaConfig={"PreSignUp": made["Function"]["FunctionArn"]})

    def verified(secret: str) -> Callable[[Post], Reply]:
        """A receiver as the library's documentation has it."""

        def answer(post: Post) -> Reply:
            try:
                event = Webhook(secret).verify(post.body, dict(post.headers))
            except WebhookVerificationError:
                return Reply(b'{"errorMessage": "bad signature"}', 400)
            event["response"]["autoConfirmUser"] = True
            return Reply(json.dumps(event).encode())

        return answer

    first = made["WebhookSecret"]
    elsewhere.answer = verified(first)
    assert _sign_up(operator, pool)["UserConfirmed"] is True
    assert elsewhere.posts[0].path == "/events"

    # While the secret is being replaced both verify, then only the new one.
    second = poolhouse.rotate_function_secret(FunctionName=name)["WebhookSecret"]
    for secret in (first, second):
        elsewhere.answer = verified(secret)
        assert _sign_up(operator, pool)["UserConfirmed"] is True
    poolhouse.retire_function_secret(FunctionName=name)
    assert _sign_up(operator, pool)["UserConfirmed"] is True
    elsewhere.answer = verified(first)
    with pytest.raises(operator.exceptions.UserLambdaValidationException, match="bad signature"):
        _sign_up(operator, pool)


def test_a_webhook_that_fails_is_tried_three_times(
    poolhouse: Any, pools: Pools, operator: Any, elsewhere: Receiver
) -> None:
    arn = poolhouse.put_function(FunctionName=_name("hook"), Webhook={"Url": elsewhere.url}, AllUserPools=True)[
        "Function"
    ]["FunctionArn"]
    pool = pools.make(LambdaConfig={"PreSignUp": arn})
    elsewhere.answer = lambda _post: Reply(b"", 503)
    with pytest.raises(operator.exceptions.UnexpectedLambdaException) as refused:
        _sign_up(operator, pool)
    # Users hear nothing of where it runs; the operator does.
    told = "PreSignUp invocation failed due to error the function did not answer."
    assert refused.value.response["Error"]["Message"] == told
    (call,) = Handlers(poolhouse, "python").wait_for_calls(arn)
    assert call["ErrorMessage"] == "the webhook answered HTTP 503 without JSON"
    # A receiver sees by the id that they are one call.
    assert [len(elsewhere.posts), len({post.headers["webhook-id"] for post in elsewhere.posts})] == [3, 1]


def test_a_function_at_lambda(poolhouse: Any, pools: Pools, operator: Any, elsewhere: Receiver) -> None:
    arn = poolhouse.put_function(
        FunctionName=_name("remote"),
        Lambda={
            "Arn": _REMOTE_ARN,
            "Region": "eu-central-1",
            "EndpointUrl": elsewhere.url,
            "AccessKeyId": "AKIDEXAMPLE",
            "SecretAccessKey": "secret-of-another-account",
        },
        AllUserPools=True,
    )["Function"]["FunctionArn"]
    pool = pools.make(LambdaConfig={"PreSignUp": arn})
    elsewhere.answer = _lambda
    assert _sign_up(operator, pool)["UserConfirmed"] is True
    with pytest.raises(operator.exceptions.UserLambdaValidationException) as refused:
        _sign_up(operator, pool, "nobody@example.net")
    assert refused.value.response["Error"]["Message"] == "PreSignUp failed with error Not from there."
    invoked = elsewhere.posts[0]
    assert invoked.path == f"/2015-03-31/functions/{_REMOTE_ARN.replace(':', '%3A')}/invocations"
    assert "Credential=AKIDEXAMPLE/" in invoked.headers["authorization"]
    assert "/eu-central-1/lambda/aws4_request" in invoked.headers["authorization"]


def test_no_function_at_lambda_but_those_that_the_server_names(poolhouse: Any, elsewhere: Receiver) -> None:
    given = {"EndpointUrl": elsewhere.url, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "secret"}
    for arn in (REMOTE_FUNCTION, f"{REMOTE_FUNCTION}-2:live"):
        with pytest.raises(poolhouse.exceptions.InvalidParameterException, match="POOLHOUSE_LAMBDA_ALLOW"):
            poolhouse.put_function(FunctionName=_name("remote"), Lambda={"Arn": arn, **given}, AllUserPools=True)
    with pytest.raises(poolhouse.exceptions.InvalidParameterException, match="are for AWS itself"):
        poolhouse.put_function(
            FunctionName=_name("remote"),
            Lambda={"Arn": _REMOTE_ARN, "EndpointUrl": elsewhere.url, "MachineCredentials": True},
            AllUserPools=True,
        )
    assert elsewhere.posts == []


def test_the_command_line_adds_a_function_tries_it_and_shows_its_log(
    server: DevServer, pools: Pools, operator: Any
) -> None:
    name = _name("notes")
    folder = FUNCTIONS / "python"
    arn = _poolhouse(server, folder, "add", name, "--handler", "post_authentication.py:handler", "--all-pools").strip()
    tried = _poolhouse(server, folder, "test", name, "--source", "PostAuthentication_Authentication")
    assert tried.startswith("ANSWERED in ")
    assert '"userName": "jane"' in tried
    assert "jane has signed in by" in tried

    pool = pools.make(LambdaConfig={"PostAuthentication": arn})
    username = pools.make_user(pool)
    operator.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": PASSWORD},
    )
    Handlers(server.boto("poolhouse"), "python").wait_for_calls(arn, 2)
    logged = _poolhouse(server, folder, "logs", name)
    assert f"{username} has signed in by {pool.client_id}" in logged


def test_a_pool_calls_no_function_that_is_not_for_it(
    server: DevServer, pools: Pools, operator: Any, elsewhere: Receiver
) -> None:
    handlers = Handlers(server.boto("poolhouse"), "python")
    other = pools.make()
    arn = handlers.add("pre_sign_up.handler", {"OUR_DOMAINS": "example.com"}, (other.pool_id,))
    for named in (arn, "arn:aws:lambda:us-east-1:123456789012:function:nobody-has-this"):
        pool = pools.make(LambdaConfig={"PreSignUp": named})
        with pytest.raises(operator.exceptions.UnexpectedLambdaException, match="PreSignUp invocation failed"):
            _sign_up(operator, pool)
    operator.update_user_pool(UserPoolId=other.pool_id, LambdaConfig={"PreSignUp": arn})
    assert _sign_up(operator, other)["UserConfirmed"] is True
    assert len(handlers.wait_for_calls(arn)) == 1


def _lambda(post: Post) -> Reply:
    """Lambda's answers to Invoke: a payload, or the error of a function in the form of its Python runtime."""
    event = json.loads(post.body)
    log = {"X-Amz-Executed-Version": "7", "X-Amz-Log-Result": base64.b64encode(b"START\nEND\n").decode()}
    if event["request"]["userAttributes"]["email"].endswith("@example.net"):
        error = {"errorMessage": "Not from there", "errorType": "ValueError", "stackTrace": []}
        return Reply(json.dumps(error).encode(), headers={**log, "X-Amz-Function-Error": "Unhandled"})
    event["response"]["autoConfirmUser"] = True
    return Reply(json.dumps(event).encode(), headers=log)


def _name(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(4)}"


def _sign_up(operator: Any, pool: Pool, email: str = "somebody@example.com") -> dict[str, Any]:
    answer: dict[str, Any] = operator.sign_up(
        ClientId=pool.client_id,
        Username=_name("user"),
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": email}],
    )
    return answer


def _poolhouse(server: DevServer, folder: Path, *arguments: str) -> str:
    """What `poolhouse functions` prints, run in a folder."""
    program = Path(sys.executable).with_name("poolhouse")
    done = subprocess.run(
        [program, "functions", *arguments, "--data", server.folder],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(server.folder)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
