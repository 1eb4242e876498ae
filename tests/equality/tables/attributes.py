"""What users and administrators write into attributes, and how addresses are verified."""

import re
from typing import Any

from tests.equality.language import (
    Absent,
    Call,
    Code,
    On,
    attributes,
    by_admin,
    by_token,
    has_attributes,
    message,
    password_sign_in,
    row,
    signed_in,
    user,
    wait,
)

MAIL = On(pool={"AutoVerifiedAttributes": ["email"]})
KEEPING = On(
    pool={
        "AutoVerifiedAttributes": ["email"],
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    }
)
ALIAS = On(pool={"AutoVerifiedAttributes": ["email"], "AliasAttributes": ["email"]})
BY_MAIL = On(pool={"AutoVerifiedAttributes": ["email"], "UsernameAttributes": ["email"]})
SCHEMA = On(
    pool={
        "Schema": [
            {"Name": "badge", "AttributeDataType": "String", "Mutable": False},
            {"Name": "secret", "AttributeDataType": "String", "DeveloperOnlyAttribute": True},
            {"Name": "level", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MaxValue": "5"}},
            {"Name": "nickname", "AttributeDataType": "String", "Required": True},
        ]
    }
)
LIMITED = On(client={"WriteAttributes": ["nickname"]})
BY_EMAIL = {"Destination": re.compile(r"[un]\*\*\*@e\*\*\*"), "DeliveryMedium": "EMAIL", "AttributeName": "email"}
NEW = "new-$email"
UNWRITABLE = ("NotAuthorizedException", "A client attempted to write unauthorized attribute")
WRONG_CODE = ("CodeMismatchException", "Invalid verification code provided, please try again.")
OLD_CODE = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
TOO_OFTEN = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
NOBODY = ("UserNotFoundException", "User does not exist.")
VERIFIED = {"email": "$email", "email_verified": "true"}


def update(**values: str) -> Call:
    """UpdateUserAttributes."""
    return by_token("UpdateUserAttributes", UserAttributes=attributes(**values))


def admin_update(**values: str) -> Call:
    """AdminUpdateUserAttributes."""
    return by_admin("AdminUpdateUserAttributes", UserAttributes=attributes(**values))


def shown(*without: str, **values: str) -> Call:
    """GetUser has these attributes, and not those."""
    wanted = has_attributes(**values)
    return by_token("GetUser").gives(UserAttributes=type(wanted)((*wanted.items, *[Absent(name) for name in without])))


def verify(code: Any = None, attribute: str = "email") -> Call:
    """VerifyUserAttribute with the code sent to `$email`, unless another is given."""
    return by_token("VerifyUserAttribute", AttributeName=attribute, Code=code or Code("$email"))


ROWS = (
    # ---- GetUser
    row(
        "the signed-in user",
        "cognito.md 1.8 GetUser",
        signed_in(nickname="Ada"),
        by_token("GetUser").gives_only(Username="$name", UserAttributes=attributes(sub="$sub", nickname="Ada")),
    ),
    # ---- UpdateUserAttributes
    row(
        "updated",
        "cognito.md 1.8 UpdateUserAttributes",
        signed_in(nickname="Ada"),
        update(nickname="Countess", family_name="Lovelace").gives(CodeDeliveryDetailsList=[]),
        shown(nickname="Countess", family_name="Lovelace"),
    ),
    row(
        "a new address is not verified and gets a code",
        "cognito.md 6.4 UpdateUserAttributes",
        MAIL,
        signed_in(**VERIFIED),
        update(email=NEW).gives(CodeDeliveryDetailsList=[BY_EMAIL]),
        shown(email=NEW, email_verified="false"),
        verify(Code(NEW)).gives_only(),
        shown(email=NEW, email_verified="true"),
    ),
    row(
        "the old address stays until the new one is verified",
        "cognito.md 6.4 AttributesRequireVerificationBeforeUpdate",
        KEEPING,
        signed_in(**VERIFIED),
        update(email=NEW).gives(CodeDeliveryDetailsList=[BY_EMAIL]),
        shown(email="$email", email_verified="true"),
        verify(Code(NEW)),
        shown(email=NEW, email_verified="true"),
    ),
    row(
        "without auto-verification there is no code",
        "cognito.md 6.4 UpdateUserAttributes",
        signed_in(**VERIFIED),
        update(email=NEW).gives(CodeDeliveryDetailsList=[]),
        shown(email=NEW, email_verified="false"),
    ),
    row(
        "not writable for the app",
        "cognito.md 12.2 NotAuthorized",
        LIMITED,
        signed_in(),
        update(name="A").fails(*UNWRITABLE),
    ),
    row(
        "a developer's attribute",
        "cognito.md 6.2 dev:",
        SCHEMA,
        signed_in(nickname="A"),
        update(dev__custom__secret="x").fails("NotAuthorizedException"),
    ),
    row(
        "an attribute that is not in the schema",
        "cognito.md 12.2 InvalidParameter",
        signed_in(),
        update(custom__rank="1").fails(
            "InvalidParameterException",
            "Attributes did not conform to the schema: custom:rank: Attribute does not exist in the schema.\n",
        ),
    ),
    row(
        "an e-mail address without @",
        "cognito.md 12.2 InvalidParameter",
        signed_in(),
        update(email="nobody").fails("InvalidParameterException", "Invalid email address format."),
    ),
    row(
        "a phone number without +",
        "cognito.md 12.2 InvalidParameter",
        signed_in(),
        update(phone_number="12065550100").fails("InvalidParameterException", "Invalid phone number format."),
    ),
    row(
        "verified by the user themselves",
        "cognito.md 6.4 UpdateUserAttributes",
        signed_in(**VERIFIED),
        update(email_verified="true").fails("NotAuthorizedException"),
    ),
    row("the subject", "cognito.md 6.1 sub", signed_in(), update(sub="x").fails("NotAuthorizedException")),
    row(
        "another kind of name",
        "cognito.md 6.3 not switch kind",
        BY_MAIL,
        user("$email"),
        password_sign_in("$email").keeps("tokens", "AuthenticationResult"),
        by_token("DeleteUserAttributes", UserAttributeNames=["email"]).fails("InvalidParameterException"),
    ),
    row(
        "an address that is another's name",
        "cognito.md 12.2 AliasExists",
        BY_MAIL,
        user(NEW),
        user("$email"),
        password_sign_in("$email").keeps("tokens", "AuthenticationResult"),
        update(email=NEW).fails("AliasExistsException"),
    ),
    row(
        "an address that is another's alias, found out when it is verified",
        "cognito.md 12.2 AliasExists",
        ALIAS,
        user("$name-2", email=NEW, email_verified="true"),
        signed_in(**VERIFIED),
        update(email=NEW),
        verify(Code(NEW)).fails("AliasExistsException", "An account with the email already exists."),
    ),
    row(
        "no attributes",
        "cognito.md 12.1 Missing",
        signed_in(),
        by_token("UpdateUserAttributes").fails(
            "InvalidParameterException",
            "1 validation error detected: Value null at 'userAttributes' failed to satisfy constraint: Member must not be null",
        ),
    ),
    row(
        "a value of 2049 characters",
        "cognito.md 0.2 AttributeName / value",
        signed_in(),
        update(nickname="x" * 2_049).fails("InvalidParameterException"),
    ),
    # ---- DeleteUserAttributes
    row(
        "deleted",
        "cognito.md 1.8 DeleteUserAttributes",
        signed_in(nickname="Ada"),
        by_token("DeleteUserAttributes", UserAttributeNames=["nickname"]).gives_only(),
        shown("nickname"),
    ),
    row(
        "a required attribute cannot be deleted",
        "cognito.md 6.1 Required",
        SCHEMA,
        signed_in(nickname="A"),
        by_token("DeleteUserAttributes", UserAttributeNames=["nickname"]).fails("InvalidParameterException"),
    ),
    # ---- codes
    row(
        "a code for an address",
        "cognito.md 1.8 GetUserAttributeVerificationCode",
        signed_in(email="$email"),
        by_token("GetUserAttributeVerificationCode", AttributeName="email").gives_only(CodeDeliveryDetails=BY_EMAIL),
        message("$email", medium="EMAIL", code=re.compile(r"\d{6}")),
        verify(),
        shown(email="$email", email_verified="true"),
    ),
    row(
        "a code for another attribute",
        "cognito.md 6.1 Only email and phone_number",
        signed_in(nickname="Ada"),
        by_token("GetUserAttributeVerificationCode", AttributeName="nickname").fails("InvalidParameterException"),
    ),
    row(
        "more than five codes an hour",
        "cognito.md 2.12 GetUserAttributeVerificationCode 5",
        signed_in(email="$email"),
        *[by_token("GetUserAttributeVerificationCode", AttributeName="email")] * 5,
        by_token("GetUserAttributeVerificationCode", AttributeName="email").fails(*TOO_OFTEN),
    ),
    row(
        "a wrong code",
        "cognito.md 12.2 CodeMismatch",
        signed_in(email="$email"),
        by_token("GetUserAttributeVerificationCode", AttributeName="email"),
        verify("no-code").fails(*WRONG_CODE),
    ),
    row(
        "a code after a day",
        "cognito.md 2.12 attribute verification 24 h",
        signed_in(email="$email"),
        by_token("GetUserAttributeVerificationCode", AttributeName="email"),
        wait(days=1, seconds=1),
        password_sign_in().keeps("tokens", "AuthenticationResult"),
        verify().fails(*OLD_CODE),
    ),
    row(
        "a code that nobody asked for",
        "cognito.md 12.2 ExpiredCode",
        signed_in(email="$email"),
        verify("123456").fails(*OLD_CODE),
    ),
    row(
        "too many codes are tried",
        "cognito.md 2.12 VerifyUserAttribute 15",
        signed_in(email="$email"),
        by_token("GetUserAttributeVerificationCode", AttributeName="email"),
        *[verify("no-code").fails(*WRONG_CODE)] * 15,
        verify().fails(*TOO_OFTEN),
    ),
    # ---- by administrators
    row(
        "an administrator updates and verifies",
        "cognito.md 1.6 AdminUpdateUserAttributes",
        user(),
        admin_update(email="$email", email_verified="true", nickname="Ada").gives_only(),
        by_admin("AdminGetUser").gives(
            UserAttributes=has_attributes(email="$email", email_verified="true", nickname="Ada")
        ),
    ),
    row(
        "a blank value deletes",
        "cognito.md 1.6 AdminUpdateUserAttributes blank",
        user(nickname="Ada"),
        admin_update(nickname=""),
        by_admin("AdminGetUser").gives(UserAttributes=Absent("nickname")),
    ),
    row(
        "an administrator writes developers' attributes",
        "cognito.md 6.2 dev:",
        SCHEMA,
        user(nickname="A"),
        admin_update(dev__custom__secret="x"),
        by_admin("AdminGetUser").gives(UserAttributes=has_attributes(dev__custom__secret="x")),
    ),
    row(
        "what is immutable is written once",
        "cognito.md 6.2 immutable",
        SCHEMA,
        user(nickname="A", custom__badge="1"),
        admin_update(custom__badge="2").fails("InvalidParameterException"),
    ),
    row(
        "a number above its maximum",
        "botocore: CreateUserPool.Schema",
        SCHEMA,
        user(nickname="A"),
        admin_update(custom__level="6").fails("InvalidParameterException"),
    ),
    row(
        "a number that is none",
        "botocore: CreateUserPool.Schema",
        SCHEMA,
        user(nickname="A"),
        admin_update(custom__level="six").fails("InvalidParameterException"),
    ),
    row("an administrator updates nobody", "cognito.md 12.2 UserNotFound", admin_update(nickname="A").fails(*NOBODY)),
    row(
        "an administrator takes another's alias",
        "cognito.md 12.2 AliasExists",
        ALIAS,
        user("$name-2", email=NEW, email_verified="true"),
        user(**VERIFIED),
        admin_update(email=NEW, email_verified="true").fails("AliasExistsException"),
    ),
    row(
        "an administrator deletes attributes",
        "cognito.md 1.6 AdminDeleteUserAttributes",
        user(nickname="Ada", name="Ada L."),
        by_admin("AdminDeleteUserAttributes", UserAttributeNames=["nickname"]).gives_only(),
        by_admin("AdminGetUser").gives(UserAttributes=has_attributes(name="Ada L.")),
        by_admin("AdminGetUser").gives(UserAttributes=Absent("nickname")),
    ),
    row(
        "an administrator deletes attributes of nobody",
        "cognito.md 12.2 UserNotFound",
        by_admin("AdminDeleteUserAttributes", UserAttributeNames=["nickname"]).fails(*NOBODY),
    ),
)
