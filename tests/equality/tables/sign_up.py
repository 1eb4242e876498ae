"""SignUp."""

import re

from tests.equality.language import (
    ABSENT,
    UUID,
    Call,
    On,
    Row,
    SecretHash,
    attributes,
    by_admin,
    by_app,
    has_attributes,
    message,
    row,
    signed_up,
    user,
)
from tests.factories import PASSWORD

MAIL = On(pool={"AutoVerifiedAttributes": ["email"]})
BOTH = On(pool={"AutoVerifiedAttributes": ["email", "phone_number"]})
HIDING = On(pool={"AutoVerifiedAttributes": ["email"]}, client={"PreventUserExistenceErrors": "ENABLED"})
ALIAS = On(pool={"AutoVerifiedAttributes": ["email", "phone_number"], "AliasAttributes": ["email", "phone_number"]})
BY_MAIL = On(pool={"UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"]})
BY_PHONE = On(pool={"UsernameAttributes": ["phone_number"]})
BY_EITHER = On(pool={"UsernameAttributes": ["email", "phone_number"]})
SECRET = On(client={"GenerateSecret": True})
STRICT = On(
    pool={
        "Schema": [
            {"Name": "given_name", "AttributeDataType": "String", "Required": True},
            {
                "Name": "level",
                "AttributeDataType": "Number",
                "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "5"},
            },
            {
                "Name": "colour",
                "AttributeDataType": "String",
                "StringAttributeConstraints": {"MinLength": "3", "MaxLength": "5"},
            },
        ]
    },
    client={"WriteAttributes": ["given_name", "custom:level", "custom:colour", "phone_number", "email", "birthdate"]},
)
MASKED_MAIL = re.compile(r"u\*\*\*@e\*\*\*")
MASKED_PHONE = re.compile(r"\+\*{7}\d{4}")
BY_EMAIL = {"Destination": MASKED_MAIL, "DeliveryMedium": "EMAIL", "AttributeName": "email"}
BY_SMS = {"Destination": MASKED_PHONE, "DeliveryMedium": "SMS", "AttributeName": "phone_number"}
SCHEMA = "Attributes did not conform to the schema: "


def _sign_up(**values: str) -> Call:
    return by_app("SignUp", Password=PASSWORD, UserAttributes=attributes(**values))


def _policy(password: str, problem: str) -> Row:
    return row(
        f"a password that is not right: {problem}",
        "cognito.md 12.2 InvalidPassword",
        by_app("SignUp", Password=password).fails(
            "InvalidPasswordException", f"Password did not conform with policy: {problem}"
        ),
    )


ROWS = (
    # ---- what SignUp answers
    row(
        "without an address to verify",
        "cognito.md 1.7 SignUp",
        by_app("SignUp", Password=PASSWORD).gives_only(UserConfirmed=False, UserSub=UUID),
    ),
    row(
        "a code is sent by e-mail",
        "cognito.md 6.4 SignUp",
        MAIL,
        _sign_up(email="$email").gives(UserConfirmed=False, UserSub=UUID, CodeDeliveryDetails=BY_EMAIL),
        message("$email", medium="EMAIL", code=re.compile(r"\d{6}")),
    ),
    row(
        "a code is sent by SMS",
        "cognito.md 6.4 SignUp",
        On(pool={"AutoVerifiedAttributes": ["phone_number"]}),
        _sign_up(phone_number="$phone").gives(CodeDeliveryDetails=BY_SMS),
        message("$phone", medium="SMS", code=re.compile(r"\d{6}")),
    ),
    row(
        "with both addresses SMS wins",
        "cognito.md 6.4 SignUp",
        BOTH,
        _sign_up(email="$email", phone_number="$phone").gives(CodeDeliveryDetails=BY_SMS),
    ),
    row(
        "only an auto-verified attribute gets a code",
        "botocore: CreateUserPool.AutoVerifiedAttributes",
        MAIL,
        _sign_up(phone_number="$phone").gives(CodeDeliveryDetails=ABSENT),
    ),
    row(
        "the new user",
        "cognito.md 0.3",
        MAIL,
        signed_up(email="$email"),
        by_admin("AdminGetUser").gives(
            Username="$name",
            UserStatus="UNCONFIRMED",
            Enabled=True,
            UserAttributes=has_attributes(email="$email", email_verified="false", sub="$made.UserSub"),
        ),
    ),
    # ---- what it refuses
    row(
        "a name that is taken",
        "cognito.md 2.13 SignUp LEGACY",
        signed_up(),
        by_app("SignUp", Password=PASSWORD).fails("UsernameExistsException", "User already exists"),
    ),
    row(
        "a name that is taken, to an app that hides users",
        "cognito.md 2.13 SignUp ENABLED",
        HIDING,
        signed_up(),
        by_app("SignUp", Password=PASSWORD).fails("UsernameExistsException", "User already exists"),
    ),
    row(
        "a pool whose users are made by administrators",
        "cognito.md 6.4 AllowAdminCreateUserOnly",
        On(pool={"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}),
        by_app("SignUp", Password=PASSWORD).fails(
            "NotAuthorizedException", "SignUp is not permitted for this user pool"
        ),
    ),
    row(
        "an app that is not there",
        "cognito.md 12.2 ResourceNotFound",
        by_app("SignUp", ClientId="nobody", Password=PASSWORD).fails(
            "ResourceNotFoundException", "User pool client nobody does not exist."
        ),
    ),
    row(
        "no password",
        "cognito.md 1.7 SignUp",
        by_app("SignUp").fails("InvalidParameterException"),
    ),
    _policy("Sh0rt!a", "Password not long enough"),
    _policy("lower-case-7", "Password must have uppercase characters"),
    _policy("UPPER-CASE-7", "Password must have lowercase characters"),
    _policy("No-Numbers-Here", "Password must have numeric characters"),
    _policy("NoSymbols77", "Password must have symbol characters"),
    row(
        "a password with a space",
        "cognito.md 0.2 Password",
        by_app("SignUp", Password="With Space-7").fails("InvalidParameterException"),
    ),
    row(
        "a password of 257 characters",
        "cognito.md 0.2 Password",
        by_app("SignUp", Password="Aa7-" + "x" * 253).fails("InvalidParameterException"),
    ),
    row(
        "a name with a space",
        "cognito.md 0.2 Username",
        by_app("SignUp", Username="$name x", Password=PASSWORD).fails("InvalidParameterException"),
    ),
    row(
        "a name of 129 characters",
        "cognito.md 0.2 Username",
        by_app("SignUp", Username="x" * 129, Password=PASSWORD).fails(
            "InvalidParameterException",
            re.compile(
                r"1 validation error detected: Value at 'username' failed to satisfy constraint: "
                r"Member must have length less than or equal to 128"
            ),
        ),
    ),
    # ---- the secret hash
    row(
        "with the secret hash",
        "cognito.md 2.7",
        SECRET,
        by_app("SignUp", Password=PASSWORD, SecretHash=SecretHash("$name")).gives(UserConfirmed=False),
    ),
    row(
        "without the secret hash",
        "cognito.md 2.7 Missing",
        SECRET,
        by_app("SignUp", Password=PASSWORD).fails(
            "NotAuthorizedException", "Client $client is configured with secret but SECRET_HASH was not received"
        ),
    ),
    row(
        "a wrong secret hash",
        "cognito.md 2.7 Wrong",
        SECRET,
        by_app("SignUp", Password=PASSWORD, SecretHash=SecretHash("somebody else")).fails(
            "NotAuthorizedException", "Unable to verify secret hash for client $client"
        ),
    ),
    row(
        "a secret hash from a public app",
        "cognito.md 2.7 Sent to a public client",
        by_app("SignUp", Password=PASSWORD, SecretHash="aaaa").fails("NotAuthorizedException"),
    ),
    # ---- attributes
    row(
        "a required attribute is missing",
        "cognito.md 6.2 Missing required",
        STRICT,
        by_app("SignUp", Password=PASSWORD).fails(
            "InvalidParameterException", f"{SCHEMA}given_name: The attribute is required\n"
        ),
    ),
    row(
        "an attribute that is not in the schema",
        "cognito.md 12.2 InvalidParameter",
        _sign_up(custom__rank="1").fails(
            "InvalidParameterException", f"{SCHEMA}custom:rank: Attribute does not exist in the schema.\n"
        ),
    ),
    row(
        "two attributes that are not in the schema: one line each",
        "cognito.md 12.2 InvalidParameter",
        _sign_up(custom__rank="1", custom__size="2").fails(
            "InvalidParameterException",
            f"{SCHEMA}custom:rank: Attribute does not exist in the schema.\n"
            "custom:size: Attribute does not exist in the schema.\n",
        ),
    ),
    row(
        "an attribute that the app may not write",
        "cognito.md 6.2 Unwritable attribute",
        STRICT,
        _sign_up(given_name="Ada", nickname="A").fails(
            "NotAuthorizedException", "A client attempted to write unauthorized attribute"
        ),
    ),
    row(
        "a phone number without +",
        "cognito.md 12.2 InvalidParameter",
        _sign_up(phone_number="12065550100").fails("InvalidParameterException", "Invalid phone number format."),
    ),
    row(
        "an e-mail address without @",
        "cognito.md 12.2 InvalidParameter",
        _sign_up(email="nobody").fails("InvalidParameterException", "Invalid email address format."),
    ),
    row(
        "a birthdate in another order",
        "cognito.md 6.1 birthdate",
        _sign_up(birthdate="24.12.1815").fails("InvalidParameterException"),
    ),
    row(
        "a number above its maximum",
        "botocore: AddCustomAttributes.CustomAttributes",
        STRICT,
        _sign_up(given_name="Ada", custom__level="6").fails("InvalidParameterException"),
    ),
    row(
        "a text below its minimum",
        "botocore: AddCustomAttributes.CustomAttributes",
        STRICT,
        _sign_up(given_name="Ada", custom__colour="ab").fails("InvalidParameterException"),
    ),
    row(
        "the subject is not for the app to choose",
        "cognito.md 6.1 sub",
        _sign_up(sub="7a1b9f5e-3f0a-4c5e-9a43-000000000000").fails("NotAuthorizedException"),
    ),
    # ---- what users sign in with
    row(
        "a pool by e-mail wants an address as name",
        "cognito.md 6.3 UsernameAttributes",
        BY_MAIL,
        by_app("SignUp", Password=PASSWORD).fails("InvalidParameterException", "Username should be an email."),
    ),
    row(
        "a pool by phone wants a number as name",
        "cognito.md 6.3 UsernameAttributes",
        BY_PHONE,
        by_app("SignUp", Password=PASSWORD).fails("InvalidParameterException", "Username should be a phone number."),
    ),
    row(
        "a pool by either wants one of them",
        "cognito.md 12.2 InvalidParameter ?",
        BY_EITHER,
        by_app("SignUp", Password=PASSWORD).fails("InvalidParameterException"),
    ),
    row(
        "a pool by e-mail names users by their subject",
        "cognito.md 6.3 UsernameAttributes",
        BY_MAIL,
        by_app("SignUp", Username="$email", Password=PASSWORD).gives(CodeDeliveryDetails=BY_EMAIL).keeps("made"),
        by_admin("AdminGetUser", Username="$email").gives(
            Username="$made.UserSub", UserAttributes=has_attributes(sub="$made.UserSub", email="$email")
        ),
    ),
    row(
        "a pool by e-mail has an address once, verified or not",
        "cognito.md 6.3 UsernameAttributes",
        BY_MAIL,
        by_app("SignUp", Username="$email", Password=PASSWORD),
        by_app("SignUp", Username="$email", Password=PASSWORD).fails(
            "UsernameExistsException", "An account with the given email already exists."
        ),
    ),
    row(
        "a pool by phone has a number once",
        "cognito.md 12.2 UsernameExists ?",
        BY_PHONE,
        by_app("SignUp", Username="$phone", Password=PASSWORD),
        by_app("SignUp", Username="$phone", Password=PASSWORD).fails("UsernameExistsException"),
    ),
    row(
        "a pool with e-mail aliases wants no address as name",
        "cognito.md 6.3 Alias pools ?",
        ALIAS,
        by_app("SignUp", Username="$email", Password=PASSWORD).fails("InvalidParameterException"),
    ),
    row(
        "an address that is another's alias is not told at sign-up",
        "cognito.md 6.3 SignUp itself never reveals collisions",
        ALIAS,
        user("$name-2", email="$email", email_verified="true"),
        _sign_up(email="$email").gives(UserConfirmed=False),
    ),
    row(
        "preferred_username as alias waits for the confirmation",
        "cognito.md 6.1 preferred_username",
        On(pool={"AliasAttributes": ["preferred_username"]}),
        _sign_up(preferred_username="$name-2").fails("InvalidParameterException"),
    ),
    row(
        "names are one whatever their case, if the pool says so",
        "botocore: CreateUserPool.UsernameConfiguration",
        On(pool={"UsernameConfiguration": {"CaseSensitive": False}}),
        by_app("SignUp", Username="$name-a", Password=PASSWORD),
        by_app("SignUp", Username="$name-A", Password=PASSWORD).fails("UsernameExistsException", "User already exists"),
    ),
    row(
        "names differ by case, if the pool says so",
        "botocore: CreateUserPool.UsernameConfiguration",
        On(pool={"UsernameConfiguration": {"CaseSensitive": True}}),
        by_app("SignUp", Username="$name-a", Password=PASSWORD),
        by_app("SignUp", Username="$name-A", Password=PASSWORD).gives(UserConfirmed=False),
    ),
)
