"""npm amazon-cognito-identity-js, the browser SDK that most Cognito apps carry, in Node.js: every public method of its users
and user pools, those for devices in test_cognito_identity_devices.py."""

import json
import re
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from conformance.clients.conftest import HERE, PASSWORD, Pool, Pools
from conformance.clients.receivers import new_phone_number
from conformance.dev_server import DevServer

pytestmark = pytest.mark.clients

RunNode = Callable[[str, dict[str, Any]], dict[str, Any]]
SMS = {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}}
# The library's type declarations, as an editor shows them.
_DECLARATIONS = HERE / "node_modules" / "amazon-cognito-identity-js" / "index.d.ts"


@pytest.mark.parametrize("name", ["CognitoUser", "CognitoUserPool"])
def test_every_public_method_is_called(name: str) -> None:
    declared = _DECLARATIONS.read_text(encoding="utf-8").partition(f"export class {name} ")[2].partition("\n\t}")[0]
    methods = set(re.findall(r"^\t\tpublic (\w+)\(", declared, re.MULTILINE))
    scripts = "".join(
        path.read_text(encoding="utf-8") for path in [*HERE.glob("cognito_*.mjs"), HERE / "user_pool.mjs"]
    )
    assert len(methods) >= 5
    assert methods - set(re.findall(r"\.(\w+)\(", scripts)) == set()


def test_a_person_from_sign_up_to_the_end(run_node: RunNode, pool: Pool, server: DevServer) -> None:
    username = f"zoë-{secrets.token_hex(4)}"
    email, new_email = (f"{secrets.token_hex(4)}@example.com" for _ in range(2))
    told = run_node(
        "cognito_identity.mjs",
        {
            **_given(pool, username),
            "email": email,
            "newEmail": new_email,
            "passwords": {"first": PASSWORD, "second": "Second-Horse-8", "third": "Third-Horse-9"},
        },
    )

    sign_up = told["signUp"]
    assert sign_up["isConfirmedAtOnce"] is False
    assert sign_up["delivery"] == sign_up["again"] == _by_mail(email)
    assert sign_up["early"]["code"] == "UserNotConfirmedException"
    assert sign_up["wrong"]["code"] == "CodeMismatchException"
    assert sign_up["confirmed"] == "SUCCESS"

    session = told["session"]
    assert session["wrong"]["code"] == "NotAuthorizedException"
    assert session["wrong"]["message"] == "Incorrect username or password."
    assert session["isValid"] is True
    assert session["flow"] == "USER_SRP_AUTH"
    assert session["username"] == username
    assert session["idClaims"]["sub"] == sign_up["sub"]
    assert session["idClaims"]["cognito:username"] == username
    assert session["idClaims"]["iss"] == f"{server.facts.endpoint}/{pool.pool_id}"
    assert session["accessClaims"]["client_id"] == pool.client_id
    assert session["attributes"] == {"sub": sign_up["sub"], "email": email, "email_verified": "true"}
    assert session["isRefreshedTokenNew"] is True
    assert session["refreshedIdClaims"]["auth_time"] == session["idClaims"]["auth_time"]
    assert session["refreshedIdClaims"]["origin_jti"] == session["idClaims"]["origin_jti"]
    assert session["changed"] == "SUCCESS"

    later = told["later"]
    assert (later["username"], later["isSame"]) == (username, True)
    assert later["pool"] == [pool.pool_id, pool.pool_id.partition("_")[2], pool.client_id]

    attributes = told["attributes"]
    assert attributes["updated"] == {
        "result": "SUCCESS",
        "sent": {"CodeDeliveryDetailsList": [_by_mail(new_email)]},
    }
    assert {attributes[step] for step in ("asked", "verified", "deleted")} == {"SUCCESS"}
    assert attributes["wrong"]["code"] == "CodeMismatchException"
    assert attributes["attributes"] == {
        "sub": sign_up["sub"],
        "nickname": "Zo",
        "email": new_email,
        "email_verified": "true",
    }

    recovery = told["recovery"]
    assert recovery["delivery"]["DeliveryMedium"] == "EMAIL"
    assert recovery["reset"] == "SUCCESS"
    assert recovery["old"]["code"] == "NotAuthorizedException"

    everywhere = told["signOutEverywhere"]
    assert everywhere["signedOut"] == "SUCCESS"
    assert everywhere["read"]["code"] == "NotAuthorizedException"
    assert everywhere["read"]["message"] == "Access Token has been revoked"
    assert everywhere["refresh"]["code"] == "NotAuthorizedException"
    assert everywhere["refresh"]["message"] == "Refresh Token has been revoked"
    assert told["signOutHere"]["current"] is None
    assert told["signOutHere"]["refresh"]["message"] == "Refresh Token has been revoked"

    assert told["deleteSelf"]["deleted"] == "SUCCESS"
    assert told["deleteSelf"]["gone"]["code"] == "NotAuthorizedException"


def test_a_new_password_is_required(run_node: RunNode, pool: Pool, make_user: Callable[..., str]) -> None:
    username = make_user(is_confirmed=False)
    given = {**_given(pool, username), "newPassword": "Another-Horse-8"}
    told = run_node("cognito_identity_new_password.mjs", given)
    assert told["asked"]["userAttributes"]["email"] == f"{username}@example.com"
    assert told["claims"]["cognito:username"] == username
    assert told["claims"]["nickname"] == "Zo"


def test_second_factors(run_node: RunNode, pools: Pools) -> None:
    pool = pools.make(
        mfa={
            "MfaConfiguration": "OPTIONAL",
            "SoftwareTokenMfaConfiguration": {"Enabled": True},
            "SmsMfaConfiguration": SMS,
        }
    )
    number = new_phone_number()
    username = pools.make_user(pool, phone_number=number, phone_number_verified="true")
    told = run_node("cognito_identity_mfa.mjs", {**_given(pool, username), "phoneNumber": number})

    set_up = told["setUp"]
    assert set_up["before"] is None
    assert set_up["wrong"]["code"] == "EnableSoftwareTokenMFAException"
    assert set_up["verified"] == {"Status": "SUCCESS"}
    assert set_up["preferred"] == "SUCCESS"
    assert set_up["preference"] == ["SOFTWARE_TOKEN_MFA", ["SOFTWARE_TOKEN_MFA"]]

    given = told["given"]
    assert given["asked"]["asked"] == "SOFTWARE_TOKEN_MFA"
    assert given["asked"]["parameters"]["FRIENDLY_DEVICE_NAME"] == "phone"
    assert given["wrong"]["code"] == "CodeMismatchException"
    assert given["amr"] == ["pwd", "otp", "mfa"]
    assert told["sms"] == {
        "enabled": "SUCCESS",
        "options": [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}],
    }

    chosen = told["chosen"]
    assert chosen["asked"]["asked"] == "SELECT_MFA_TYPE"
    assert sorted(json.loads(chosen["asked"]["parameters"]["MFAS_CAN_CHOOSE"])) == ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]
    assert chosen["totp"]["asked"] == "SOFTWARE_TOKEN_MFA"
    assert chosen["sms"]["asked"] == "SMS_MFA"
    assert chosen["sms"]["parameters"]["CODE_DELIVERY_DESTINATION"] == f"+*******{number[-4:]}"
    assert chosen["amr"] == ["pwd", "sms", "mfa"]
    assert told["off"] == {"disabled": "SUCCESS", "isSignedIn": True}


def test_an_authenticator_is_set_up_within_the_sign_in(run_node: RunNode, pools: Pools) -> None:
    pool = pools.make(mfa={"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": True}})
    username = pools.make_user(pool)
    told = run_node("cognito_identity_mfa_setup.mjs", _given(pool, username))
    assert told["asked"]["asked"] == "MFA_SETUP"
    assert json.loads(told["asked"]["parameters"]["MFAS_CAN_SETUP"]) == ["SOFTWARE_TOKEN_MFA"]
    assert told["claims"]["username"] == username


def test_custom_authentication_needs_functions(run_node: RunNode, pools: Pools) -> None:
    pool = pools.make(client={"ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]})
    told = run_node("cognito_identity_custom.mjs", _given(pool, pools.make_user(pool)))
    for refusal in told.values():
        assert refusal["code"] == "InvalidParameterException"


def _given(pool: Pool, username: str) -> dict[str, str]:
    return {"userPoolId": pool.pool_id, "clientId": pool.client_id, "username": username, "password": PASSWORD}


def _by_mail(email: str) -> dict[str, str]:
    return {"AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": f"{email[0]}***@e***"}
