"""What a PreTokenGeneration function changes of tokens, in each version, at the doors that give tokens."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.core import authorization_codes
from app.kit.slow import pause
from tests.aws.refusals import refused
from tests.conftest import Clock
from tests.factories import MadeUser, claims_of
from tests.functions import FakeFunctions
from tests.oauth.relying_party import OAuth, Party, Verifier, answer_of
from tests.triggers import Event, Triggers, failing

SIGN_IN, HOSTED, REFRESH, MACHINE = (
    f"TokenGeneration_{name}" for name in ("Authentication", "HostedAuth", "RefreshTokens", "ClientCredentials")
)
API_SCOPE = "aws.cognito.signin.user.admin"
UNRECOGNIZABLE = ("InvalidLambdaResponseException", "Unrecognizable lambda output")
ROLES = [f"arn:aws:iam::123456789012:role/{name}" for name in ("low", "high", "other")]
FIXED = [
    "acr",
    "amr",
    "at_hash",
    "auth_time",
    "azp",
    "client_id",
    "cognito:username",
    "device_key",
    "event_id",
    "exp",
    "iat",
    "identities",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "origin_jti",
    "sub",
    "token_use",
    "username",
    "version",
    "cognito:anything",
    "cognito:groups",
    "cognito:roles",
    "scope",
    "dev:custom:x",
]


class Scene:
    """A pool with a pre-token function, a client of each kind, and a user in two groups with roles."""

    def __init__(self, oauth: OAuth, operator: Any, functions: FakeFunctions, user: MadeUser, app: Party) -> None:
        self.oauth, self.operator, self.functions = oauth, operator, functions
        self.user, self.app = user, app
        self.triggers = Triggers(functions, ())
        for name, role, precedence in (("staff", ROLES[0], 5), ("admin", ROLES[1], 1)):
            operator.create_group(UserPoolId=oauth.pool_id, GroupName=name, RoleArn=role, Precedence=precedence)
            operator.admin_add_user_to_group(UserPoolId=oauth.pool_id, Username=user.username, GroupName=name)

    def use(self, version: str) -> "Scene":
        self.triggers = Triggers(self.functions, (), version)
        self.operator.update_user_pool(UserPoolId=self.oauth.pool_id, LambdaConfig=self.triggers.config)
        return self

    def answer(self, response: Any, *sources: str) -> None:
        self.triggers.answers = dict.fromkeys(sources or (SIGN_IN, HOSTED, REFRESH, MACHINE), response)

    def sign_in(self) -> dict[str, Any]:
        """The claims of both tokens of a sign-in by the API, and the refresh token."""
        return _claims(self.oauth.make.tokens(self.app.client_id, self.user))

    def exchange(self, party: Party, scope: str = "openid") -> dict[str, Any]:
        """The token response for a code."""
        pkce = Verifier()
        code = self.oauth.code(party, self.user, pkce, scope=scope)
        form = {"grant_type": "authorization_code", "code": code, "client_id": party.client_id}
        response = self.oauth.post(
            "/oauth2/token",
            {**form, "redirect_uri": "https://app.example/callback?tenant=7", "code_verifier": pkce.verifier},
        )
        answer: dict[str, Any] = response.json()
        return answer


def _claims(tokens: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": claims_of(tokens["IdToken"]),
        "access": claims_of(tokens["AccessToken"]),
        "refresh": tokens.get("RefreshToken"),
    }


def first(**details: Any) -> dict[str, Any]:
    """An answer of version 1."""
    return {"claimsOverrideDetails": details}


def later(**details: Any) -> dict[str, Any]:
    """An answer of version 2 or 3."""
    return {"claimsAndScopeOverrideDetails": details}


@pytest.fixture
def scene(oauth: OAuth, operator: Any, functions: FakeFunctions, user: MadeUser, app: Party) -> Scene:
    return Scene(oauth, operator, functions, user, app)


class TestVersionOne:
    def test_is_told_of_user_and_groups(self, scene: Scene) -> None:
        scene.use("V1_0").sign_in()
        (event,) = scene.triggers.calls
        assert event["version"] == "1"
        assert event["request"]["groupConfiguration"] == {
            "groupsToOverride": ["admin", "staff"],
            "iamRolesToOverride": [ROLES[1], ROLES[0]],
            "preferredRole": ROLES[1],
        }
        assert "scopes" not in event["request"]
        assert event["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"
        assert event["request"]["userAttributes"]["custom:level"] == "7"
        assert event["response"] == {"claimsOverrideDetails": None}

    def test_adds_overrides_and_suppresses(self, scene: Scene) -> None:
        scene.use("V1_0").answer(
            first(
                claimsToAddOrOverride={"plan": "gold", "name": "Countess", "limit": 5, "vip": True, "none": None},
                claimsToSuppress=["email", "plan", "unknown"],
            )
        )
        claims = scene.sign_in()
        assert (claims["id"]["name"], claims["id"]["limit"], claims["id"]["vip"]) == ("Countess", "5", "true")
        # "If your function both suppresses and replaces a claim value, then Amazon Cognito suppresses the claim."
        assert claims["id"].keys().isdisjoint({"email", "plan", "none"})
        assert claims["access"].keys().isdisjoint({"name", "limit", "vip"})

    def test_gives_attributes_their_form(self, scene: Scene) -> None:
        scene.use("V1_0").answer(
            first(claimsToAddOrOverride={"email_verified": "false", "updated_at": "1800000000", "address": "2 Way"})
        )
        claims = scene.sign_in()["id"]
        assert claims["email_verified"] is False
        assert claims["updated_at"] == 1_800_000_000
        assert claims["address"] == {"formatted": "2 Way"}

    def test_regroups_both_tokens(self, scene: Scene) -> None:
        groups = {"groupsToOverride": ["new"], "iamRolesToOverride": [ROLES[2]], "preferredRole": ROLES[2]}
        scene.use("V1_0").answer(first(groupOverrideDetails=groups))
        claims = scene.sign_in()
        assert claims["id"]["cognito:groups"] == claims["access"]["cognito:groups"] == ["new"]
        assert claims["id"]["cognito:roles"] == [ROLES[2]]
        assert claims["id"]["cognito:preferred_role"] == ROLES[2]
        assert "cognito:roles" not in claims["access"]

    @pytest.mark.parametrize("nothing", [None, {}])
    def test_takes_all_groups_away(self, scene: Scene, nothing: Any) -> None:
        scene.use("V1_0").answer(first(groupOverrideDetails=nothing))
        claims = scene.sign_in()
        names = {"cognito:groups", "cognito:roles", "cognito:preferred_role"}
        assert names.isdisjoint(claims["id"].keys() | claims["access"].keys())

    def test_leaves_groups_that_it_does_not_name(self, scene: Scene) -> None:
        scene.use("V1_0").answer(first(claimsToAddOrOverride={"plan": "gold"}))
        claims = scene.sign_in()
        assert claims["id"]["cognito:groups"] == claims["access"]["cognito:groups"] == ["admin", "staff"]
        assert claims["id"]["cognito:preferred_role"] == ROLES[1]

    def test_suppressing_groups_takes_the_roles_along(self, scene: Scene) -> None:
        scene.use("V1_0").answer(first(claimsToSuppress=["cognito:groups"]))
        claims = scene.sign_in()
        assert claims["id"].keys().isdisjoint({"cognito:groups", "cognito:roles", "cognito:preferred_role"})
        assert claims["access"]["cognito:groups"] == ["admin", "staff"]

    def test_a_time_of_more_digits_than_numbers_have_stays_text(self, scene: Scene) -> None:
        for digits in (16, 5_000):
            scene.use("V1_0").answer(first(claimsToAddOrOverride={"updated_at": "9" * digits}))
            assert scene.sign_in()["id"]["updated_at"] == "9" * digits

    @pytest.mark.parametrize("answer", [{}, first(), {"claimsOverrideDetails": None}, later(idTokenGeneration={})])
    def test_may_say_nothing(self, scene: Scene, answer: Any) -> None:
        before = scene.sign_in()
        scene.use("V1_0").answer(answer)
        after = scene.sign_in()
        assert after["id"].keys() == before["id"].keys()
        assert after["access"].keys() == before["access"].keys()

    @pytest.mark.parametrize(
        "details",
        [
            {"claimsToAddOrOverride": {"roles": ["a"]}},
            {"claimsToAddOrOverride": {"role": {"a": 1}}},
            {"claimsToAddOrOverride": ["a"]},
            {"claimsToSuppress": "email"},
            {"claimsToSuppress": [1]},
            {"groupOverrideDetails": ["a"]},
            {"groupOverrideDetails": {"groupsToOverride": "a"}},
            {"groupOverrideDetails": {"preferredRole": ["a"]}},
            {"claimsToAddOrOverride": {"long": "x" * 10_000}},
            {"claimsToAddOrOverride": {"email_verified": "perhaps"}},
            {"groupOverrideDetails": {"groupsToOverride": [f"{number:0100}" for number in range(100)]}},
            {"groupOverrideDetails": {"iamRolesToOverride": [f"{number:0100}" for number in range(100)]}},
        ],
    )
    def test_what_cannot_be_read(self, scene: Scene, details: Any) -> None:
        scene.use("V1_0").answer(first(**details))
        assert refused(scene.sign_in) == UNRECOGNIZABLE


class TestVersionTwo:
    def test_is_told_of_scopes(self, scene: Scene) -> None:
        scene.use("V2_0").sign_in()
        (event,) = scene.triggers.calls
        assert (event["version"], event["request"]["scopes"]) == ("2", [API_SCOPE])
        assert event["response"] == {"claimsAndScopeOverrideDetails": None}

    def test_values_of_every_kind(self, scene: Scene) -> None:
        values = {
            "text": "a",
            "number": 2**63 - 1,
            "fraction": 1.5,
            "truth": False,
            "list": ["a", 1, True],
            "object": {"a": {"b": [1, {"c": "d"}]}},
        }
        part = {"claimsToAddOrOverride": {**values, "nothing": None}}
        scene.use("V2_0").answer(later(idTokenGeneration=part, accessTokenGeneration=part))
        claims = scene.sign_in()
        for token in ("id", "access"):
            assert {name: claims[token][name] for name in values} == values
            assert "nothing" not in claims[token]

    def test_each_token_by_itself(self, scene: Scene) -> None:
        scene.use("V2_0").answer(
            later(
                idTokenGeneration={"claimsToAddOrOverride": {"only_id": 1}, "claimsToSuppress": ["name"]},
                accessTokenGeneration={"claimsToAddOrOverride": {"email": "x@example.com"}},
            )
        )
        claims = scene.sign_in()
        assert claims["id"]["only_id"] == 1
        assert "name" not in claims["id"]
        assert claims["id"]["email"] == "ada@example.com"
        assert claims["access"]["email"] == "x@example.com"
        assert "only_id" not in claims["access"]

    def test_scopes(self, scene: Scene) -> None:
        scopes = {"scopesToAdd": ["openid", "orders/any", "openid"], "scopesToSuppress": [API_SCOPE, "none"]}
        scene.use("V2_0").answer(later(accessTokenGeneration=scopes))
        tokens = scene.oauth.make.tokens(scene.app.client_id, scene.user)
        assert claims_of(tokens["AccessToken"])["scope"] == "openid orders/any"
        error = refused(scene.operator.get_user, AccessToken=tokens["AccessToken"])
        assert error == ("NotAuthorizedException", "Access Token does not have required scopes")
        userinfo = scene.oauth.http.get(
            f"/{scene.oauth.pool_id}/oauth2/userInfo", headers={"Authorization": f"Bearer {tokens['AccessToken']}"}
        )
        assert userinfo.json()["sub"] == scene.user.sub

    def test_no_scope_at_all(self, scene: Scene) -> None:
        scene.use("V2_0").answer(later(accessTokenGeneration={"scopesToSuppress": [API_SCOPE]}))
        assert "scope" not in scene.sign_in()["access"]

    @pytest.mark.parametrize("version", ["V1_0", "V2_0", "V3_0"])
    def test_what_nobody_may_change(self, scene: Scene, version: str) -> None:
        before = scene.sign_in()
        part = {"claimsToAddOrOverride": dict.fromkeys((*FIXED, "aud"), "forged"), "claimsToSuppress": FIXED}
        part["claimsToSuppress"] = [name for name in FIXED if name != "cognito:groups"]
        answer = first(**part) if version == "V1_0" else later(idTokenGeneration=part, accessTokenGeneration=part)
        scene.use(version).answer(answer)
        after = scene.sign_in()
        for token in ("id", "access"):
            assert after[token].keys() == before[token].keys()
            assert "forged" not in str(after[token])
            kept = after[token].keys() - {"jti", "event_id", "origin_jti", "at_hash"}
            assert {name: after[token][name] for name in kept} == {name: before[token][name] for name in kept}

    def test_the_audience_may_be_the_client(self, scene: Scene) -> None:
        part = {"claimsToAddOrOverride": {"aud": scene.app.client_id}}
        scene.use("V2_0").answer(later(accessTokenGeneration=part))
        assert scene.sign_in()["access"]["aud"] == scene.app.client_id

    @pytest.mark.parametrize(
        "details",
        [
            {"idTokenGeneration": []},
            {"accessTokenGeneration": "x"},
            {"accessTokenGeneration": {"scopesToAdd": ["two words"]}},
            {"accessTokenGeneration": {"scopesToAdd": [""]}},
            {"accessTokenGeneration": {"scopesToAdd": ['a"b']}},
            {"accessTokenGeneration": {"scopesToAdd": "openid"}},
            {"accessTokenGeneration": {"scopesToSuppress": [1]}},
            {"accessTokenGeneration": {"scopesToAdd": [f"{number:0100}" for number in range(100)]}},
            {"accessTokenGeneration": {"claimsToAddOrOverride": {"long": "x" * 10_000}}},
            {"accessTokenGeneration": {"claimsToAddOrOverride": {"large": 2**64}}},
            {
                "idTokenGeneration": {"claimsToAddOrOverride": {"long": "x" * 6_000}},
                "groupOverrideDetails": {"groupsToOverride": ["g" * 6_000]},
            },
            {"idTokenGeneration": {"claimsToAddOrOverride": {"address": {"street": "x"}}}},
            {"idTokenGeneration": {"claimsToAddOrOverride": {"email_verified": ["true"]}}},
        ],
    )
    def test_what_cannot_be_read(self, scene: Scene, details: Any) -> None:
        scene.use("V2_0").answer(later(**details))
        assert refused(scene.sign_in) == UNRECOGNIZABLE

    def test_a_refresh_asks_again(self, scene: Scene) -> None:
        scene.use("V2_0").answer(later(accessTokenGeneration={"scopesToAdd": ["orders/first"]}), SIGN_IN)
        token = scene.sign_in()["refresh"]
        scene.answer(later(accessTokenGeneration={"claimsToAddOrOverride": {"again": True}}), REFRESH)
        again = scene.operator.get_tokens_from_refresh_token(ClientId=scene.app.client_id, RefreshToken=token)
        claims = claims_of(again["AuthenticationResult"]["AccessToken"])
        assert (claims["again"], claims["scope"]) == (True, API_SCOPE)
        assert scene.triggers.taken() == [SIGN_IN, REFRESH]


class TestOAuth:
    def test_a_code(self, scene: Scene) -> None:
        scene.use("V2_0").answer(
            later(
                idTokenGeneration={"claimsToAddOrOverride": {"plan": "gold"}, "claimsToSuppress": ["email"]},
                accessTokenGeneration={"scopesToAdd": ["orders/write"], "scopesToSuppress": ["openid"]},
            )
        )
        answer = scene.exchange(scene.app, "openid email")
        assert scene.triggers.requests(HOSTED)[0]["scopes"] == ["openid", "email"]
        assert answer["scope"] == claims_of(answer["access_token"])["scope"] == "email orders/write"
        identity = claims_of(answer["id_token"])
        assert identity["plan"] == "gold"
        assert "email" not in identity
        refreshed = scene.oauth.post(
            "/oauth2/token",
            {
                "grant_type": "refresh_token",
                "refresh_token": answer["refresh_token"],
                "client_id": scene.app.client_id,
            },
        ).json()
        assert scene.triggers.requests(REFRESH)[0]["scopes"] == ["openid", "email"]
        assert refreshed["scope"] == "email orders/write"
        assert scene.triggers.taken() == [HOSTED, REFRESH]

    def test_strict_clients_have_no_roles(self, scene: Scene, set_client: Callable[..., None]) -> None:
        strict = scene.oauth.client()
        set_client(strict, Profile="oidc")
        groups = {"groupsToOverride": ["new"], "iamRolesToOverride": [ROLES[2]], "preferredRole": ROLES[2]}
        scene.use("V1_0").answer(first(groupOverrideDetails=groups, claimsToAddOrOverride={"plan": "gold"}))
        identity = claims_of(scene.exchange(strict)["id_token"])
        assert (identity["cognito:groups"], identity["plan"]) == (["new"], "gold")
        assert identity.keys().isdisjoint({"cognito:roles", "cognito:preferred_role"})

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (failing("no room"), "access_denied"),
            (later(idTokenGeneration=[]), "server_error"),
        ],
    )
    def test_a_function_that_fails(self, scene: Scene, answer: Any, error: str) -> None:
        scene.use("V2_0").answer(answer)
        pkce = Verifier()
        code = scene.oauth.code(scene.app, scene.user, pkce)
        for _ in range(2):
            told = scene.oauth.redeem(scene.app, code, pkce).json()
            assert told["error"] == error
            assert "access_token" not in told
        # The code is as it was, and good once.
        scene.triggers.answers.clear()
        tokens = scene.oauth.redeem(scene.app, code, pkce).json()
        assert scene.oauth.userinfo(tokens["access_token"]).status_code == 200
        assert scene.oauth.redeem(scene.app, code, pkce).json()["error"] == "invalid_grant"
        assert scene.oauth.userinfo(tokens["access_token"]).status_code == 401

    def test_a_code_that_two_redeem_while_the_function_runs(self, scene: Scene) -> None:
        here: list[Event] = []

        def wait_for_both(event: Event) -> Any:
            here.append(event)
            for _ in range(1_000):
                if len(here) == 2:
                    return event["response"]
                pause(0.01)
            raise ValueError("alone")

        scene.use("V2_0").answer(wait_for_both)
        pkce = Verifier()
        code = scene.oauth.code(scene.app, scene.user, pkce)
        with ThreadPoolExecutor(2) as threads:
            tried = list(threads.map(lambda _: scene.oauth.redeem(scene.app, code, pkce), range(2)))
        assert sorted(response.status_code for response in tried) == [200, 400]
        won, lost = sorted((response.json() for response in tried), key=lambda answer: "error" in answer)
        assert lost["error"] == "invalid_grant"
        assert scene.oauth.userinfo(won["access_token"]).status_code == 401

    def test_a_code_whose_session_ends_while_the_function_runs(self, scene: Scene, clock: Clock) -> None:
        pkce = Verifier()
        session_id = scene.oauth.sign_in(scene.user)
        code = answer_of(scene.oauth.authorize(scene.app, **pkce.parameters))["code"]

        def end_session(event: Event) -> Any:
            clock.advance(seconds=1)
            work = scene.oauth.make.work()
            with work.write() as db:
                authorization_codes.end_codes(db, scene.oauth.pool_id, scene.user.sub, [session_id], work.now)
            return event["response"]

        scene.use("V2_0").answer(end_session)
        assert scene.oauth.redeem(scene.app, code, pkce).json()["error"] == "invalid_grant"

    def test_a_rotating_refresh_token_is_good_again_after_a_function_that_failed(self, scene: Scene) -> None:
        rotating = scene.oauth.client(
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
            RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
        )
        first = scene.exchange(rotating)["refresh_token"]
        scene.use("V2_0").answer(failing("no room"), REFRESH)
        for _ in range(2):
            assert scene.oauth.refresh(rotating, first).json()["error"] == "access_denied"
        scene.triggers.answers.clear()
        second = scene.oauth.refresh(rotating, first).json()["refresh_token"]
        assert scene.oauth.refresh(rotating, second).status_code == 200


class TestMachines:
    def token(self, scene: Scene, service: Party, **form: str) -> dict[str, Any]:
        response = scene.oauth.post("/oauth2/token", {"grant_type": "client_credentials", **form}, service.basic)
        answer: dict[str, Any] = response.json()
        return answer

    def test_version_three(self, scene: Scene, service: Party) -> None:
        part = {"claimsToAddOrOverride": {"plan": "gold", "sub": "x"}, "scopesToAdd": ["more"]}
        part["scopesToSuppress"] = ["orders/write"]
        scene.use("V3_0").answer(later(accessTokenGeneration=part))
        answer = self.token(scene, service, aws_client_metadata=json.dumps({"environment": "dev"}))
        claims = claims_of(answer["access_token"])
        assert (claims["plan"], claims["sub"]) == ("gold", service.client_id)
        assert answer["scope"] == claims["scope"] == "orders/read more"
        (event,) = scene.triggers.calls
        assert (event["version"], event["userName"]) == ("3", "ClientCredentials")
        assert event["callerContext"]["clientId"] == service.client_id
        assert event["request"] == {
            "userAttributes": {},
            "groupConfiguration": None,
            "scopes": ["orders/read", "orders/write"],
            "clientMetadata": {"environment": "dev"},
        }

    def test_by_the_api(self, scene: Scene) -> None:
        service = scene.oauth.service(ExplicitAuthFlows=["ALLOW_CLIENT_TOKEN_AUTH"])
        scene.use("V3_0").answer(later(accessTokenGeneration={"claimsToAddOrOverride": {"plan": "gold"}}))
        result = scene.operator.get_client_token(
            ClientId=service.client_id, Secret=service.secret, ClientMetadata={"environment": "dev"}
        )
        assert claims_of(result["ClientAuthenticationResult"]["AccessToken"])["plan"] == "gold"
        assert scene.triggers.requests(MACHINE)[0]["clientMetadata"] == {"environment": "dev"}
        scene.answer(failing("no room"))
        error = refused(scene.operator.get_client_token, ClientId=service.client_id, Secret=service.secret)
        assert error == ("UserLambdaValidationException", "PreTokenGeneration failed with error no room.")

    @pytest.mark.parametrize("version", ["V1_0", "V2_0"])
    def test_older_versions_are_not_asked(self, scene: Scene, service: Party, version: str) -> None:
        scene.use(version)
        assert self.token(scene, service)["access_token"]
        assert scene.triggers.taken() == []

    @pytest.mark.parametrize("text", ["{", "[]", '{"a": 1}', "null", '"x"'])
    def test_metadata_that_cannot_be_read(self, scene: Scene, service: Party, text: str) -> None:
        assert self.token(scene, service, aws_client_metadata=text)["error"] == "invalid_request"


def test_no_function_costs_no_call(functions: FakeFunctions, oauth: OAuth, service: Party) -> None:
    before = len(functions.calls)
    response = oauth.post("/oauth2/token", {"grant_type": "client_credentials"}, service.basic)
    assert response.status_code == 200
    assert len(functions.calls) == before
