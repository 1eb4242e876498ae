"""The main requests, each prepared so that the measured run does nothing but send it."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3

from app.core.keys import NEXT_MS
from app.flows.rotate_keys import advance_rotations
from app.flows.work import Work
from bench.browser import CALLBACK, VERIFIER, Browser
from bench.load import request_bytes, run
from bench.probe import Probe
from bench.server import ROOT_KEY, Deployment, Server
from bench.srp_client import SrpClient

PASSWORD = "Correct-Horse-7"
RELYING_PARTY = "bench.test"
_FORM = {"Host": "127.0.0.1", "Content-Type": "application/x-www-form-urlencoded"}
_SCOPE = "api/read"


@dataclass(frozen=True, slots=True)
class Subject:
    """What the scenarios act on: one pool, its clients, some of its users."""

    pool_id: str
    m2m: tuple[str, str]
    m2m_es256: tuple[str, str]
    client_id: str
    rotating_client_id: str
    usernames: tuple[str, ...]
    # Those whom the scenario with a second factor gives one.
    second_factor_usernames: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named request: `measure` prepares it and sends it `count` times through the probe, `each` HTTP requests a time.

    With `is_hashing` most of its work is password hashes.
    """

    name: str
    count: int
    measure: Callable[[Probe, int], None]
    each: int = 1
    is_hashing: bool = False


# Everybody is in it.
GROUP = "everybody"


def prepare(deployed: Deployment, server: Server, users: int) -> Subject:
    """Makes the pool, clients and users through the API."""
    api = server.boto()
    pool_id = api.create_user_pool(
        PoolName="bench",
        AutoVerifiedAttributes=["email"],
        UserPoolTier="PLUS",
        UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"},
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
    )["UserPool"]["Id"]
    api.set_user_pool_mfa_config(
        UserPoolId=pool_id,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
        WebAuthnConfiguration={"RelyingPartyId": RELYING_PARTY, "UserVerification": "preferred"},
    )
    api.create_resource_server(
        UserPoolId=pool_id, Identifier="api", Name="api", Scopes=[{"ScopeName": "read", "ScopeDescription": "read"}]
    )
    m2m, m2m_es256 = _m2m_client(api, pool_id), _m2m_client(api, pool_id)
    _own_service(server).update_client_settings(UserPoolId=pool_id, ClientId=m2m_es256[0], SigningAlgorithm="ES256")
    _end_publication(deployed)
    usernames = tuple(f"bench-{number}" for number in range(users))
    second_factor_usernames = tuple(f"bench-totp-{number}" for number in range(users))
    api.create_group(UserPoolId=pool_id, GroupName=GROUP)
    for username in (*usernames, *second_factor_usernames):
        make_user(api, pool_id, username)
        api.admin_add_user_to_group(UserPoolId=pool_id, Username=username, GroupName=GROUP)
    return Subject(
        pool_id,
        m2m,
        m2m_es256,
        public_client(api, pool_id),
        public_client(api, pool_id, RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}),
        usernames,
        second_factor_usernames,
    )


def _end_publication(deployed: Deployment) -> None:
    """Has new keys sign at once, as a job does once they have been published for long enough."""
    with deployed.resources() as resources:
        advance_rotations(Work(resources, resources.clock() + NEXT_MS, "bench"))


def make_user(api: Any, pool_id: str, username: str) -> None:
    """A confirmed user with a password."""
    api.admin_create_user(
        UserPoolId=pool_id,
        Username=username,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": f"{username}@example.com"}],
    )
    api.admin_set_user_password(UserPoolId=pool_id, Username=username, Password=PASSWORD, Permanent=True)


def _m2m_client(api: Any, pool_id: str) -> tuple[str, str]:
    made = api.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="m2m",
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=[_SCOPE],
    )["UserPoolClient"]
    return made["ClientId"], made["ClientSecret"]


def public_client(api: Any, pool_id: str, **options: Any) -> str:
    """The id of an app client for the code grant and every password flow."""
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH"]
    made = api.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="app",
        ExplicitAuthFlows=flows if options else [*flows, "ALLOW_REFRESH_TOKEN_AUTH"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email", "profile"],
        CallbackURLs=[CALLBACK],
        **options,
    )["UserPoolClient"]
    return str(made["ClientId"])


def _own_service(server: Server) -> Any:
    session = boto3.session.Session()
    session._loader.search_paths.append(str(Path(__file__).parent.parent / "app/web/aws/models"))
    return session.client(
        "poolhouse",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        aws_access_key_id=ROOT_KEY[0],
        aws_secret_access_key=ROOT_KEY[1],
    )


def scenarios(subject: Subject) -> list[Scenario]:
    """All of them, cheapest first."""
    return [
        Scenario("discovery", 4_000, _discovery(subject)),
        Scenario("client_credentials RS256", 4_000, _client_credentials(subject, subject.m2m)),
        Scenario("client_credentials ES256", 4_000, _client_credentials(subject, subject.m2m_es256)),
        Scenario("userInfo", 2_000, _user_info(subject)),
        Scenario("refresh", 1_500, _refresh(subject)),
        Scenario("refresh, rotating", 800, _refresh_rotating(subject)),
        Scenario("code exchange", 800, _code_exchange(subject)),
        Scenario("InitiateAuth password", 200, _password(subject), is_hashing=True),
        Scenario("InitiateAuth SRP and answer", 400, _srp(subject), each=2),
    ]


def _token_request(subject: Subject, form: dict[str, str], basic: tuple[str, str] | None = None) -> bytes:
    headers = dict(_FORM)
    if basic:
        headers["Authorization"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
    return request_bytes("POST", f"/{subject.pool_id}/oauth2/token", headers, urlencode(form).encode())


def aws_request(operation: str, members: dict[str, Any]) -> bytes:
    """A request of an operation that needs no signature."""
    headers = {
        "Host": "127.0.0.1",
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
    }
    return request_bytes("POST", "/", headers, json.dumps(members).encode())


def _discovery(subject: Subject) -> Callable[[Probe, int], None]:
    request = request_bytes("GET", f"/{subject.pool_id}/.well-known/openid-configuration", {"Host": "127.0.0.1"})
    return lambda probe, count: _repeat(probe, [request], count)


def _client_credentials(subject: Subject, client: tuple[str, str]) -> Callable[[Probe, int], None]:
    request = _token_request(subject, {"grant_type": "client_credentials", "scope": _SCOPE}, client)
    return lambda probe, count: _repeat(probe, [request], count)


def _repeat(probe: Probe, requests: list[bytes], count: int) -> None:
    run(probe.server.port, (requests * 50)[:50])
    probe.send([requests[number % len(requests)] for number in range(count)])


def _sign_in(server: Server, subject: Subject, client_id: str, count: int) -> list[dict[str, Any]]:
    """AuthenticationResults of `count` password sign-ins, made through the API."""
    requests = [_password_request(subject, client_id, number) for number in range(count)]
    return [json.loads(reply)["AuthenticationResult"] for reply in run(server.port, requests, connections=4)[1]]


def _password_request(subject: Subject, client_id: str, number: int) -> bytes:
    username = subject.usernames[number % len(subject.usernames)]
    parameters = {"USERNAME": username, "PASSWORD": PASSWORD}
    return aws_request(
        "InitiateAuth", {"ClientId": client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}
    )


def _password(subject: Subject) -> Callable[[Probe, int], None]:
    def measure(probe: Probe, count: int) -> None:
        requests = [_password_request(subject, subject.client_id, number) for number in range(count)]
        probe.send(requests, connections=4)

    return measure


def _refresh_request(subject: Subject, client_id: str, token: str) -> bytes:
    return _token_request(subject, {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": token})


def _refresh(subject: Subject) -> Callable[[Probe, int], None]:
    def measure(probe: Probe, count: int) -> None:
        results = _sign_in(probe.server, subject, subject.client_id, 50)
        requests = [_refresh_request(subject, subject.client_id, result["RefreshToken"]) for result in results]
        _repeat(probe, requests, count)

    return measure


def _refresh_rotating(subject: Subject) -> Callable[[Probe, int], None]:
    """Rounds over 100 families: each round sends every family's newest token once."""
    client_id = subject.rotating_client_id

    def measure(probe: Probe, count: int) -> None:
        tokens = [result["RefreshToken"] for result in _sign_in(probe.server, subject, client_id, 100)]
        for _ in range(max(1, count // len(tokens))):
            replies = probe.send([_refresh_request(subject, client_id, token) for token in tokens])
            tokens = [json.loads(reply)["refresh_token"] for reply in replies]

    return measure


def _browser(server: Server, subject: Subject) -> Browser:
    browser = Browser(server, subject.pool_id, subject.client_id)
    browser.sign_in(subject.usernames[0], PASSWORD)
    return browser


def _exchange_request(subject: Subject, code: str) -> bytes:
    form = {
        "grant_type": "authorization_code",
        "client_id": subject.client_id,
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    return _token_request(subject, form)


def _user_info(subject: Subject) -> Callable[[Probe, int], None]:
    def measure(probe: Probe, count: int) -> None:
        exchange = _exchange_request(subject, _browser(probe.server, subject).authorize())
        token = json.loads(run(probe.server.port, [exchange], connections=1)[1][0])["access_token"]
        headers = {"Host": "127.0.0.1", "Authorization": f"Bearer {token}"}
        _repeat(probe, [request_bytes("GET", f"/{subject.pool_id}/oauth2/userInfo", headers)], count)

    return measure


def _code_exchange(subject: Subject) -> Callable[[Probe, int], None]:
    def measure(probe: Probe, count: int) -> None:
        browser = _browser(probe.server, subject)
        probe.send([_exchange_request(subject, browser.authorize()) for _ in range(count)])

    return measure


def _srp(subject: Subject) -> Callable[[Probe, int], None]:
    srp = SrpClient(subject.pool_id)

    def measure(probe: Probe, count: int) -> None:
        names = [subject.usernames[number % len(subject.usernames)] for number in range(count)]
        replies = probe.send([_srp_start(subject, srp, name) for name in names], connections=4)
        challenges = [json.loads(reply)["ChallengeParameters"] for reply in replies]
        probe.send([_srp_answer(subject, srp, challenge) for challenge in challenges], connections=4)

    return measure


def _srp_start(subject: Subject, srp: SrpClient, username: str) -> bytes:
    parameters = {"USERNAME": username, "SRP_A": srp.public_value}
    return aws_request(
        "InitiateAuth", {"ClientId": subject.client_id, "AuthFlow": "USER_SRP_AUTH", "AuthParameters": parameters}
    )


def _srp_answer(subject: Subject, srp: SrpClient, challenge: dict[str, str]) -> bytes:
    return aws_request(
        "RespondToAuthChallenge",
        {
            "ClientId": subject.client_id,
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeResponses": srp.answer(challenge, PASSWORD),
        },
    )
