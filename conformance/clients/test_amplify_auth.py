"""npm aws-amplify v6: every function of aws-amplify/auth, in Chromium, for what the <Authenticator> has no form for."""

import re
import secrets
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from conformance.clients.amplify_app import AmplifyApp, AmplifyError, AmplifySite
from conformance.clients.authenticator_app import AuthenticatorApp
from conformance.clients.conftest import PASSWORD, Pool, Pools
from conformance.clients.receivers import new_phone_number
from conformance.dev_server import DevServer

pytestmark = [pytest.mark.clients, pytest.mark.browser]

SECOND = "Another-Horse-8"
ASKS_FOR_TOTP = "CONFIRM_SIGN_IN_WITH_TOTP_CODE"
SMS = {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}}
# Needs https at the pool's domain; code with PKCE is what openid-client and the browser's journey prove.
ELSEWHERE = {"signInWithRedirect"}
# Works on what is there, without the server.
LOCAL = {"AuthError", "decodeJWT"}


def test_every_function_is_called(page: Page, amplify: AmplifySite, pool: Pool) -> None:
    app = amplify.open(page, pool.pool_id, pool.client_id)
    called = set(re.findall(r'\bapp\(\s*"(\w+)"', Path(__file__).read_text(encoding="utf-8"))) | {"fetchAuthSession"}
    assert app.exports() - called == ELSEWHERE | LOCAL


def test_signing_up(page: Page, amplify: AmplifySite, pool: Pool, server: DevServer) -> None:
    app = amplify.open(page, pool.pool_id, pool.client_id)
    username, email = f"zoë-{secrets.token_hex(4)}", f"{secrets.token_hex(4)}@example.com"
    options = {"userAttributes": {"email": email}, "autoSignIn": True}
    made = app("signUp", username=username, password=PASSWORD, options=options)
    assert made["isSignUpComplete"] is False
    assert made["nextStep"] == {
        "signUpStep": "CONFIRM_SIGN_UP",
        "codeDeliveryDetails": {
            "deliveryMedium": "EMAIL",
            "destination": f"{email[0]}***@e***",
            "attributeName": "email",
        },
    }
    first = server.wait_for_message(email)["code"]
    app("resendSignUpCode", username=username)
    code = server.wait_for_message(email, 2)["code"]
    if code != first:
        assert _refusal(app, "confirmSignUp", username=username, confirmationCode=first) == "CodeMismatchException"
    confirmed = app("confirmSignUp", username=username, confirmationCode=code)
    assert confirmed["isSignUpComplete"] is True
    assert confirmed["nextStep"]["signUpStep"] == "COMPLETE_AUTO_SIGN_IN"
    assert app("autoSignIn")["isSignedIn"] is True
    user = app("getCurrentUser")
    assert (user["username"], user["userId"]) == (username, made["userId"])
    assert user["signInDetails"] == {"loginId": username, "authFlowType": "USER_SRP_AUTH"}
    app("signOut")

    app("signUp", username=f"{username}-2", password=PASSWORD, options={"userAttributes": {"email": email}})
    early = app("signIn", username=f"{username}-2", password=PASSWORD)
    assert early["nextStep"] == {"signInStep": "CONFIRM_SIGN_UP"}


def test_what_is_one_s_own(page: Page, amplify: AmplifySite, pools: Pools, pool: Pool, server: DevServer) -> None:
    app = amplify.open(page, pool.pool_id, pool.client_id)
    username = pools.make_user(pool)
    assert _refusal(app, "signIn", username=username, password="Wrong-Password-1") == "NotAuthorizedException"
    assert app("signIn", username=username, password=PASSWORD)["nextStep"] == {"signInStep": "DONE"}
    before, after = app.claims(), app.claims(refreshed=True)
    for old, new in zip(before, after, strict=True):
        assert new["jti"] != old["jti"]
        assert [new[name] for name in ("sub", "auth_time", "origin_jti")] == [
            old[name] for name in ("sub", "auth_time", "origin_jti")
        ]

    email = f"{secrets.token_hex(4)}@example.com"
    updated = app("updateUserAttributes", userAttributes={"name": "Zoë", "email": email})
    assert updated["name"] == {"isUpdated": True, "nextStep": {"updateAttributeStep": "DONE"}}
    assert updated["email"]["nextStep"]["updateAttributeStep"] == "CONFIRM_ATTRIBUTE_WITH_CODE"
    server.wait_for_message(email)
    again = app("sendUserAttributeVerificationCode", userAttributeKey="email")
    assert again["destination"] == f"{email[0]}***@e***"
    code = server.wait_for_message(email, 2)["code"]
    app("confirmUserAttribute", userAttributeKey="email", confirmationCode=code)
    app("updateUserAttribute", userAttribute={"attributeKey": "nickname", "value": "Zo"})
    app("deleteUserAttributes", userAttributeKeys=["name"])
    told = app("fetchUserAttributes")
    assert told == {"sub": before[0]["sub"], "email": email, "email_verified": "true", "nickname": "Zo"}

    app("updatePassword", oldPassword=PASSWORD, newPassword=SECOND)
    app("signOut", **{"global": True})
    assert _refusal(app, "fetchUserAttributes") == "UserUnAuthenticatedException"
    plainly = {"authFlowType": "USER_PASSWORD_AUTH"}
    assert app("signIn", username=username, password=SECOND, options=plainly)["isSignedIn"] is True
    app("deleteUser")
    assert _refusal(app, "signIn", username=username, password=SECOND) == "NotAuthorizedException"


def test_resetting_the_password(
    page: Page, amplify: AmplifySite, pools: Pools, pool: Pool, server: DevServer, operator: Any
) -> None:
    app = amplify.open(page, pool.pool_id, pool.client_id)
    username = pools.make_user(pool)
    operator.admin_reset_user_password(UserPoolId=pool.pool_id, Username=username)
    assert app("signIn", username=username, password=PASSWORD)["nextStep"] == {"signInStep": "RESET_PASSWORD"}
    asked = app("resetPassword", username=username)
    assert asked["nextStep"]["resetPasswordStep"] == "CONFIRM_RESET_PASSWORD_WITH_CODE"
    code = server.wait_for_message(f"{username}@example.com", 2)["code"]
    app("confirmResetPassword", username=username, confirmationCode=code, newPassword=SECOND)
    assert app("signIn", username=username, password=SECOND)["isSignedIn"] is True


def test_second_factors(page: Page, amplify: AmplifySite, pools: Pools, server: DevServer) -> None:
    pool = pools.make(
        mfa={
            "MfaConfiguration": "OPTIONAL",
            "SoftwareTokenMfaConfiguration": {"Enabled": True},
            "SmsMfaConfiguration": SMS,
        }
    )
    number = new_phone_number()
    username = pools.make_user(pool, phone_number=number, phone_number_verified="true")
    app = amplify.open(page, pool.pool_id, pool.client_id)
    app("signIn", username=username, password=PASSWORD)
    assert app("fetchMFAPreference") == {"enabled": None, "preferred": None}
    authenticator = AuthenticatorApp(app("setUpTOTP")["sharedSecret"])
    wrong = _refusal(app, "verifyTOTPSetup", code="000000")
    assert wrong == "EnableSoftwareTokenMFAException"
    app("verifyTOTPSetup", code=authenticator.code())
    app("updateMFAPreference", totp="PREFERRED")
    assert app("fetchMFAPreference") == {"enabled": ["TOTP"], "preferred": "TOTP"}
    app("signOut")

    asked = app("signIn", username=username, password=PASSWORD)
    assert asked["nextStep"] == {"signInStep": ASKS_FOR_TOTP}
    code = authenticator.code()
    wrong = "000000" if code != "000000" else "000001"
    assert _refusal(app, "confirmSignIn", challengeResponse=wrong) == "CodeMismatchException"
    assert app("confirmSignIn", challengeResponse=code)["isSignedIn"] is True
    assert app.claims()[1]["amr"] == ["pwd", "otp", "mfa"]
    app("updateMFAPreference", totp="NOT_PREFERRED", sms="ENABLED")
    preference = app("fetchMFAPreference")
    assert sorted(preference["enabled"]) == ["SMS", "TOTP"]
    assert preference["preferred"] is None
    app("signOut")

    asked = app("signIn", username=username, password=PASSWORD)
    assert asked["nextStep"]["signInStep"] == "CONTINUE_SIGN_IN_WITH_MFA_SELECTION"
    assert sorted(asked["nextStep"]["allowedMFATypes"]) == ["SMS", "TOTP"]
    sent = app("confirmSignIn", challengeResponse="SMS")["nextStep"]
    assert sent["signInStep"] == "CONFIRM_SIGN_IN_WITH_SMS_CODE"
    assert sent["codeDeliveryDetails"] == {"deliveryMedium": "SMS", "destination": f"+*******{number[-4:]}"}
    assert app("confirmSignIn", challengeResponse=server.wait_for_message(number)["code"])["isSignedIn"] is True


def test_a_choice_of_first_factors(page: Page, amplify: AmplifySite, pools: Pools, server: DevServer) -> None:
    pool = pools.make(
        AutoVerifiedAttributes=["email"],
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
        client={"ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]},
    )
    app = amplify.open(page, pool.pool_id, pool.client_id)
    username, email = f"user-{secrets.token_hex(4)}", f"{secrets.token_hex(4)}@example.com"
    options = {"userAttributes": {"email": email}, "autoSignIn": {"authFlowType": "USER_AUTH"}}
    # Without a password: the code that confirms the sign-up signs in, too.
    app("signUp", username=username, options=options)
    app("confirmSignUp", username=username, confirmationCode=server.wait_for_message(email)["code"])
    assert app("autoSignIn")["isSignedIn"] is True
    app("signOut")

    flow = {"authFlowType": "USER_AUTH"}
    chosen = app("signIn", username=username, options={**flow, "preferredChallenge": "EMAIL_OTP"})["nextStep"]
    assert chosen["signInStep"] == "CONFIRM_SIGN_IN_WITH_EMAIL_CODE"
    code = server.wait_for_message(email, 2)["code"]
    assert len(code) == 8
    assert app("confirmSignIn", challengeResponse=code)["isSignedIn"] is True
    app("signOut")

    username = pools.make_user(pool)
    for answers in (["PASSWORD", PASSWORD], ["PASSWORD_SRP", PASSWORD], ["EMAIL_OTP"]):
        asked = app("signIn", username=username, options=flow)["nextStep"]
        assert asked["signInStep"] == "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION"
        assert set(asked["availableChallenges"]) == {"PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"}
        told = [app("confirmSignIn", challengeResponse=answer) for answer in answers][-1]
        if answers == ["EMAIL_OTP"]:
            code = server.wait_for_message(f"{username}@example.com")["code"]
            told = app("confirmSignIn", challengeResponse=code)
        assert told["isSignedIn"] is True
        app("signOut")
    direct = {**flow, "preferredChallenge": "PASSWORD_SRP"}
    assert app("signIn", username=username, password=PASSWORD, options=direct)["isSignedIn"] is True


def test_devices(page: Page, amplify: AmplifySite, pools: Pools, operator: Any) -> None:
    rules = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}
    pool = pools.make(
        DeviceConfiguration=rules,
        mfa={"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": True}},
    )
    username = pools.make_user(pool)
    app = amplify.open(page, pool.pool_id, pool.client_id)
    app("signIn", username=username, password=PASSWORD)
    authenticator = AuthenticatorApp(app("setUpTOTP")["sharedSecret"])
    app("verifyTOTPSetup", code=authenticator.code())
    app("updateMFAPreference", totp="PREFERRED")
    app("rememberDevice")
    key = app.claims()[1]["device_key"]
    assert [device["id"] for device in app("fetchDevices")] == [key]
    app("signOut")

    # Once a code was given on it, it proves itself in place of one.
    assert app("signIn", username=username, password=PASSWORD)["nextStep"]["signInStep"] == ASKS_FOR_TOTP
    assert app("confirmSignIn", challengeResponse=authenticator.code())["isSignedIn"] is True
    app("signOut")
    assert app("signIn", username=username, password=PASSWORD)["isSignedIn"] is True
    assert app.claims(refreshed=True)[1]["device_key"] == key
    app("signOut")

    # The app still has the device, and must find out that it is one no more.
    operator.admin_forget_device(UserPoolId=pool.pool_id, Username=username, DeviceKey=key)
    operator.admin_set_user_mfa_preference(
        UserPoolId=pool.pool_id, Username=username, SoftwareTokenMfaSettings={"Enabled": False}
    )
    assert app("signIn", username=username, password=PASSWORD)["isSignedIn"] is True
    anew = app.claims()[1]["device_key"]
    assert anew != key
    app("rememberDevice")
    app("forgetDevice")
    assert app("fetchDevices") == []


def test_passkeys(page: Page, amplify: AmplifySite, pools: Pools) -> None:
    pool = pools.make(
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
        client={"ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]},
    )
    pools.operator.set_user_pool_mfa_config(
        UserPoolId=pool.pool_id, WebAuthnConfiguration={"RelyingPartyId": "localhost", "UserVerification": "required"}
    )
    username = pools.make_user(pool)
    app = amplify.open(page, pool.pool_id, pool.client_id)
    _attach_authenticator(page)
    app("signIn", username=username, password=PASSWORD)
    app("associateWebAuthnCredential")
    assert _refusal(app, "associateWebAuthnCredential") == "PasskeyAlreadyExists"
    [passkey] = app("listWebAuthnCredentials")["credentials"]
    assert passkey["relyingPartyId"] == "localhost"
    app("signOut")

    flow = {"authFlowType": "USER_AUTH"}
    directly = app("signIn", username=username, options={**flow, "preferredChallenge": "WEB_AUTHN"})
    assert directly["isSignedIn"] is True
    app("signOut")
    asked = app("signIn", username=username, options=flow)["nextStep"]
    assert set(asked["availableChallenges"]) == {"PASSWORD", "PASSWORD_SRP", "WEB_AUTHN"}
    assert app("confirmSignIn", challengeResponse="WEB_AUTHN")["isSignedIn"] is True
    app("deleteWebAuthnCredential", credentialId=passkey["credentialId"])
    assert app("listWebAuthnCredentials")["credentials"] == []


def test_a_pool_without_functions_has_no_custom_authentication(page: Page, amplify: AmplifySite, pools: Pools) -> None:
    pool = pools.make(client={"ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]})
    app = amplify.open(page, pool.pool_id, pool.client_id)
    username = pools.make_user(pool)
    for flow in ("CUSTOM_WITHOUT_SRP", "CUSTOM_WITH_SRP"):
        given = {"password": PASSWORD} if flow == "CUSTOM_WITH_SRP" else {}
        refused = _refusal(app, "signIn", username=username, options={"authFlowType": flow}, **given)
        assert refused == "InvalidParameterException"


def _attach_authenticator(page: Page) -> None:
    """An authenticator of the platform that says yes to everything."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def _refusal(app: AmplifyApp, function: str, **argument: Any) -> str:
    """The AWS code with which a call is refused."""
    with pytest.raises(AmplifyError) as refused:
        app(function, **argument)
    return refused.value.name
