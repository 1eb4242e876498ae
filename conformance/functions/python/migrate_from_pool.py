"""UserMigration: users of an old pool come over when they sign in, or when they have forgotten their password."""

import os
from typing import Any

import boto3

COGNITO = boto3.client("cognito-idp")
POOL, CLIENT = os.environ["OLD_POOL"], os.environ["OLD_CLIENT"]
KEPT = ("email", "email_verified", "given_name", "phone_number")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    name = event["userName"]
    try:
        if event["triggerSource"] == "UserMigration_Authentication":
            COGNITO.admin_initiate_auth(
                UserPoolId=POOL,
                ClientId=CLIENT,
                AuthFlow="ADMIN_USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": name, "PASSWORD": event["request"]["password"]},
            )
            event["response"]["finalUserStatus"] = "CONFIRMED"
        user = COGNITO.admin_get_user(UserPoolId=POOL, Username=name)
    except (COGNITO.exceptions.NotAuthorizedException, COGNITO.exceptions.UserNotFoundException):
        raise PermissionError("Wrong user name or password") from None
    attributes = {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}
    event["response"]["userAttributes"] = {key: attributes[key] for key in KEPT if key in attributes}
    event["response"]["messageAction"] = "SUPPRESS"
    return event
