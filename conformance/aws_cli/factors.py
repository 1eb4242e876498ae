"""Chapters about factors and sessions: authenticator apps, preferences, devices, passkeys, session tracking."""

import json
import time
from typing import Any

import pyotp
from pycognito.aws_srp import generate_hash_device

from conformance.aws_cli.terminal import Members, Terminal, initiate, password_client, person, sign_in
from tests.authenticator import Authenticator

PHONE = "+12065550123"


def _authenticator_apps(aws: Terminal, pool_id: str) -> None:
    pool, user = {"UserPoolId": pool_id}, {"UserPoolId": pool_id, "Username": "ada"}
    optional = {"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": True}}
    aws("SetUserPoolMfaConfig", **pool, **optional)
    client_id = password_client(aws, pool_id)
    person(aws, pool_id)
    token = {"AccessToken": sign_in(aws, client_id)["AccessToken"]}
    seed = aws("AssociateSoftwareToken", **token, gives={"Session": None})["SecretCode"]
    totp, now = pyotp.TOTP(seed), int(time.time())
    aws("VerifySoftwareToken", **token, UserCode=totp.at(now), gives={"Status": "SUCCESS"})
    preferred = {"Enabled": True, "PreferredMfa": True}
    aws("SetUserMFAPreference", **token, SoftwareTokenMfaSettings=preferred)
    factors = {
        "[Username, PreferredMfaSetting]": ["ada", "SOFTWARE_TOKEN_MFA"],
        "UserMFASettingList": ["SOFTWARE_TOKEN_MFA"],
        "ConfiguredUserAuthFactors": ["PASSWORD", "SOFTWARE_TOKEN"],
    }
    aws("GetUserAuthFactors", **token, gives=factors)
    aws("AdminGetUserAuthFactors", **user, gives=factors)
    asked = initiate(aws, client_id, "Correct-Horse-7", gives={"ChallengeName": "SOFTWARE_TOKEN_MFA"})
    # A code counts once: this one is of the step after.
    code = {"USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": totp.at(now + 30)}
    answer = {"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": asked["Session"], "ChallengeResponses": code}
    aws("RespondToAuthChallenge", ClientId=client_id, **answer, gives={"AuthenticationResult.TokenType": "Bearer"})
    aws("AdminSetUserMFAPreference", **user, SoftwareTokenMfaSettings={"Enabled": False, "PreferredMfa": False})
    aws("AdminGetUser", **user, gives={"[PreferredMfaSetting, UserMFASettingList]": [None, None]})
    sign_in(aws, client_id)
    aws("AdminDeleteSoftwareToken", **user)
    aws.refuses("SetUserMFAPreference", "InvalidParameterException", **token, SoftwareTokenMfaSettings=preferred)


def _text_messages(aws: Terminal, pool_id: str) -> None:
    user = {"UserPoolId": pool_id, "Username": "ada"}
    sender = {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms"}}
    aws("SetUserPoolMfaConfig", UserPoolId=pool_id, MfaConfiguration="OPTIONAL", SmsMfaConfiguration=sender)
    client_id = password_client(aws, pool_id)
    person(aws, pool_id, phone_number=PHONE, phone_number_verified="true")
    token = {"AccessToken": sign_in(aws, client_id)["AccessToken"]}
    options = [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
    aws("SetUserSettings", **token, MFAOptions=options)
    aws("GetUser", **token, gives={"MFAOptions": options, "UserMFASettingList": ["SMS_MFA"]})
    aws("AdminSetUserSettings", **user, MFAOptions=[])
    aws("AdminGetUser", **user, gives={"[MFAOptions, UserMFASettingList]": [None, None]})


def _devices(aws: Terminal, pool_id: str) -> None:
    rules = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}
    aws("UpdateUserPool", UserPoolId=pool_id, DeviceConfiguration=rules)
    client_id = password_client(aws, pool_id)
    person(aws, pool_id)
    token, key = _confirmed_device(aws, client_id)
    device = {**token, "DeviceKey": key}
    aws("UpdateDeviceStatus", **device, DeviceRememberedStatus="remembered")
    status = "DeviceAttributes[?Name=='dev:device_remembered_status'].Value | [0]"
    name = "DeviceAttributes[?Name=='device_name'].Value | [0]"
    aws("GetDevice", **device, gives={"Device.DeviceKey": key, f"Device.{name}": "phone"})
    aws("ListDevices", **token, gives={"Devices[].DeviceKey": [key]})
    user = {"UserPoolId": pool_id, "Username": "ada"}
    aws("AdminGetDevice", **user, DeviceKey=key, gives={f"Device.{status}": "remembered"})
    aws("AdminUpdateDeviceStatus", **user, DeviceKey=key, DeviceRememberedStatus="not_remembered")
    aws("AdminGetDevice", **user, DeviceKey=key, gives={f"Device.{status}": "not_remembered"})
    aws("AdminListDevices", **user, gives={"Devices[].DeviceKey": [key]})
    aws("ForgetDevice", **device)
    aws.refuses("GetDevice", "ResourceNotFoundException", **device)
    _, key = _confirmed_device(aws, client_id)
    aws("AdminForgetDevice", **user, DeviceKey=key)
    aws("AdminListDevices", **user, gives={"Devices": []})


def _confirmed_device(aws: Terminal, client_id: str) -> tuple[Members, str]:
    tokens = sign_in(aws, client_id)
    token, made = {"AccessToken": tokens["AccessToken"]}, tokens["NewDeviceMetadata"]
    _, verifier = generate_hash_device(made["DeviceGroupKey"], made["DeviceKey"])
    given = {"DeviceSecretVerifierConfig": verifier, "DeviceName": "phone"}
    key = {"DeviceKey": made["DeviceKey"]}
    aws("ConfirmDevice", **token, **key, **given, gives={"UserConfirmationNecessary": True})
    return token, str(made["DeviceKey"])


def _passkeys(aws: Terminal, pool_id: str) -> None:
    origin = aws.server.facts.endpoint.replace("127.0.0.1", "localhost")
    policy = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
    aws("UpdateUserPool", UserPoolId=pool_id, Policies=policy)
    party = {"RelyingPartyId": "localhost", "UserVerification": "required"}
    told = {"WebAuthnConfiguration.[RelyingPartyId, UserVerification]": ["localhost", "required"]}
    aws("SetUserPoolMfaConfig", UserPoolId=pool_id, WebAuthnConfiguration=party, gives=told)
    client_id = password_client(aws, pool_id, "ALLOW_USER_AUTH")
    person(aws, pool_id)
    token, key = {"AccessToken": sign_in(aws, client_id)["AccessToken"]}, Authenticator(origin=origin)
    wanted = {"CredentialCreationOptions.rp.id": "localhost", "CredentialCreationOptions.user.name": "ada"}
    options = aws("StartWebAuthnRegistration", **token, gives=wanted)["CredentialCreationOptions"]
    # Ids are the authenticator's choice; one that begins with "-" would be an option to the CLI.
    made = key.create(options, credential_id=b"poolhouse-passkey")
    aws("CompleteWebAuthnRegistration", **token, Credential=made)
    listed = {"Credentials[].[CredentialId, RelyingPartyId]": [[made["id"], "localhost"]]}
    aws("ListWebAuthnCredentials", **token, gives=listed)
    _sign_in_by_passkey(aws, client_id, key)
    aws("DeleteWebAuthnCredential", **token, CredentialId=made["id"])
    aws("ListWebAuthnCredentials", **token, gives={"Credentials": []})


def _sign_in_by_passkey(aws: Terminal, client_id: str, key: Authenticator) -> None:
    parameters = {"USERNAME": "ada", "PREFERRED_CHALLENGE": "WEB_AUTHN"}
    asked = aws(
        "InitiateAuth",
        ClientId=client_id,
        AuthFlow="USER_AUTH",
        AuthParameters=parameters,
        gives={"ChallengeName": "WEB_AUTHN"},
    )
    options = json.loads(asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    proof = {"USERNAME": "ada", "CREDENTIAL": json.dumps(key.get(options))}
    aws(
        "RespondToAuthChallenge",
        ClientId=client_id,
        ChallengeName="WEB_AUTHN",
        Session=asked["Session"],
        ChallengeResponses=proof,
        gives={"AuthenticationResult.TokenType": "Bearer"},
    )


def _sessions(aws: Terminal, pool_id: str) -> None:
    client_id = password_client(aws, pool_id)
    configuration: dict[str, Any] = {"UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 5}}
    aws("SetUserPoolSessionConfiguration", UserPoolId=pool_id, **configuration, gives=configuration)
    aws("GetUserPoolSessionConfiguration", UserPoolId=pool_id, gives=configuration)
    named, reuse = {"UserPoolId": pool_id, "ClientId": client_id}, {"SSOSession": {"MaxValidityMinutes": 15}}
    aws("SetUserPoolClientSessionConfiguration", **named, **reuse, gives=reuse)
    aws("GetUserPoolClientSessionConfiguration", **named, gives={**named, **reuse})
    person(aws, pool_id)
    here, there, elsewhere = ({"AccessToken": sign_in(aws, client_id)["AccessToken"]} for _ in range(3))
    kinds = {"Sessions[].SessionType": ["TOKEN"] * 3, "length(Sessions[?IsCurrentSession])": 1}
    own = _current(aws("ListUserSessions", **there, gives=kinds))
    aws("RevokeUserSession", **here, SessionId=own)
    aws.refuses("GetUser", "NotAuthorizedException", **there)
    user = {"UserPoolId": pool_id, "Username": "ada"}
    aws("AdminListUserSessions", **user, gives={"length(Sessions)": 2, f"Sessions[?SessionId=='{own}']": []})
    last = _current(aws("ListUserSessions", **elsewhere))
    aws("AdminRevokeUserSession", **user, SessionId=last)
    aws("ListUserSessions", **here, gives={"length(Sessions)": 1})


def _current(answer: Members) -> str:
    return next(str(one["SessionId"]) for one in answer["Sessions"] if one.get("IsCurrentSession"))


CHAPTERS = (_authenticator_apps, _text_messages, _devices, _passkeys, _sessions)
