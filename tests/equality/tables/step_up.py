"""Step-up: levels of assurance that an app asks for."""

from tests.equality.language import (
    Code,
    On,
    claims,
    respond,
    row,
    user,
)
from tests.equality.tables.user_auth import begin
from tests.factories import PASSWORD

FLOWS = ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
FACTORS = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]}}
CHOICE = On(pool={"Policies": FACTORS, "AutoVerifiedAttributes": ["email"]}, client={"ExplicitAuthFlows": FLOWS})
VERIFIED = {"email": "$email", "email_verified": "true", "phone_number": "$phone", "phone_number_verified": "true"}
LOA = "urn:cognito:loa:"


ROWS = (
    row(
        "a level that is not the pool's",
        "cognito.md 2.9 none valid",
        CHOICE,
        user(),
        begin(TARGET_ACR_VALUES="urn:none").fails("InvalidParameterException"),
    ),
    row(
        "a level that codes reach",
        "cognito.md 2.9 Levels",
        CHOICE,
        user(**VERIFIED),
        begin(TARGET_ACR_VALUES=f"{LOA}2", PREFERRED_CHALLENGE="EMAIL_OTP"),
        respond("EMAIL_OTP", EMAIL_OTP_CODE=Code("$email")).keeps("tokens", "AuthenticationResult"),
        claims("$tokens.AccessToken", {"acr": f"{LOA}2", "amr": ["email_otp"]}),
    ),
    row(
        "an access token without levels",
        "cognito.md 2.9 ACCESS_TOKEN requires TARGET_ACR_VALUES",
        CHOICE,
        user(),
        begin(ACCESS_TOKEN="a.b.c").fails("InvalidParameterException"),
    ),
    row(
        "another user's access token",
        "cognito.md 2.9 ACCESS_TOKEN must belong to USERNAME",
        CHOICE,
        user("$name-2"),
        user(),
        begin("$name-2", PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD).keeps("tokens", "AuthenticationResult"),
        begin(TARGET_ACR_VALUES=f"{LOA}1", ACCESS_TOKEN="$tokens.AccessToken").fails("NotAuthorizedException"),
    ),
    row(
        "an age that is no number",
        "cognito.md 2.9 MAX_AGE seconds",
        CHOICE,
        user(),
        begin(TARGET_ACR_VALUES=f"{LOA}1", ACCESS_TOKEN="a.b.c", MAX_AGE="soon").fails("InvalidParameterException"),
    ),
)
