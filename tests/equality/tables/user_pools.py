"""User pools and their settings."""

import datetime
import re
from typing import Any

from tests.equality.language import ABSENT, SMS, Call, Row, call, has, on_pool, row

WRONG = "InvalidParameterException"
POOL = {
    "Id": re.compile(r"us-east-1_[0-9A-Za-z]{9}"),
    "Name": "customers",
    "Arn": re.compile(r"arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_[0-9A-Za-z]{9}"),
    "MfaConfiguration": "OFF",
    "UserPoolTier": "ESSENTIALS",
    "DeletionProtection": "INACTIVE",
    "EstimatedNumberOfUsers": 0,
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7},
    "CreationDate": datetime.datetime,
    "LastModifiedDate": datetime.datetime,
    "Policies": {
        "PasswordPolicy": {
            "MinimumLength": 8,
            "RequireUppercase": True,
            "RequireLowercase": True,
            "RequireNumbers": True,
            "RequireSymbols": True,
            "TemporaryPasswordValidityDays": 7,
        },
        "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
    },
    "AliasAttributes": ABSENT,
    "UsernameAttributes": ABSENT,
    "AutoVerifiedAttributes": ABSENT,
    "Domain": ABSENT,
}
NO_POOL = ("ResourceNotFoundException", "User pool us-east-1_Nowhere99 does not exist.")


def make(**members: Any) -> Call:
    """CreateUserPool; `$made` is the pool."""
    return call("CreateUserPool", **{"PoolName": "customers", **members}).keeps("made", "UserPool")


def refused(name: str, source: str, **members: Any) -> Row:
    """A row in which a pool is not made."""
    return row(name, source, call("CreateUserPool", **{"PoolName": "customers", **members}).fails(WRONG))


def on_made(operation: str, **members: Any) -> Call:
    """An operation on the pool that the row made."""
    return call(operation, UserPoolId="$made.Id", **members)


def policy(**members: Any) -> dict[str, object]:
    """A password policy."""
    return {"PasswordPolicy": {"MinimumLength": 8, **members}}


def factors(*names: str) -> dict[str, object]:
    """A sign-in policy."""
    return {"SignInPolicy": {"AllowedFirstAuthFactors": list(names)}}


def recovery(*names: str) -> dict[str, object]:
    """An account recovery setting in this order."""
    return {"RecoveryMechanisms": [{"Priority": turn, "Name": name} for turn, name in enumerate(names, 1)]}


ROWS = (
    # ---- made
    row("made with a name", "cognito.md 1.1 CreateUserPool Defaults", make().gives_only(UserPool=POOL)),
    row(
        "the standard attributes",
        "cognito.md 6.1",
        make().gives(
            UserPool={
                "SchemaAttributes": has(
                    {
                        "Name": "sub",
                        "AttributeDataType": "String",
                        "Mutable": False,
                        "Required": True,
                        "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "2048"},
                    },
                    {
                        "Name": "email",
                        "AttributeDataType": "String",
                        "DeveloperOnlyAttribute": False,
                        "Mutable": True,
                        "Required": False,
                        "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "2048"},
                    },
                    {
                        "Name": "birthdate",
                        "StringAttributeConstraints": {"MinLength": "10", "MaxLength": "10"},
                    },
                    {"Name": "email_verified", "AttributeDataType": "Boolean"},
                    {"Name": "phone_number_verified", "AttributeDataType": "Boolean"},
                    {
                        "Name": "updated_at",
                        "AttributeDataType": "Number",
                        "NumberAttributeConstraints": {"MinValue": "0"},
                    },
                    *[
                        {"Name": name, "AttributeDataType": "String", "Mutable": True}
                        for name in (
                            *("name", "given_name", "family_name", "middle_name", "nickname", "preferred_username"),
                            *(
                                "profile",
                                "picture",
                                "website",
                                "gender",
                                "zoneinfo",
                                "locale",
                                "phone_number",
                                "address",
                            ),
                        )
                    ],
                )
            }
        ),
    ),
    row(
        "a custom attribute gets its prefix",
        "cognito.md 6.2",
        make(Schema=[{"Name": "rank", "AttributeDataType": "Number"}]).gives(
            UserPool={"SchemaAttributes": has({"Name": "custom:rank", "AttributeDataType": "Number", "Mutable": True})}
        ),
    ),
    row(
        "a temporary password of 0 days lasts 7",
        "cognito.md 1.1 TemporaryPasswordValidityDays 0→7",
        make(Policies=policy(TemporaryPasswordValidityDays=0)).gives(
            UserPool={"Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 7}}}
        ),
    ),
    row(
        "threat protection implies its plan",
        "cognito.md 1.1 AUDIT/ENFORCED forces tier PLUS",
        make(UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"}).gives(UserPool={"UserPoolTier": "PLUS"}),
    ),
    row(
        "the deprecated texts mirror the template",
        "cognito.md 1.1 DescribeUserPool Deprecated",
        make(
            VerificationMessageTemplate={"SmsMessage": "Code {####}", "DefaultEmailOption": "CONFIRM_WITH_CODE"}
        ).gives(
            UserPool={
                "SmsVerificationMessage": "Code {####}",
                "VerificationMessageTemplate": {"SmsMessage": "Code {####}"},
            }
        ),
    ),
    row(
        "levels have defaults",
        "cognito.md 1.1 AcrConfiguration always with defaults merged",
        make().keeps("ignored"),
        on_made("DescribeUserPool").gives(
            UserPool={
                "AcrConfiguration": {f"Level{turn}": {"AcrValue": f"urn:cognito:loa:{turn}"} for turn in range(1, 5)}
            }
        ),
    ),
    refused("no name", "cognito.md 1.1 CreateUserPool Needs PoolName", PoolName=""),
    refused("a name of 129 characters", "cognito.md 0.2 PoolName", PoolName="x" * 129),
    refused(
        "aliases and addresses as names", "cognito.md 6.3 xor", AliasAttributes=["email"], UsernameAttributes=["email"]
    ),
    refused(
        "passwords of 5 characters",
        "cognito.md 1.1 MinimumLength 6–99",
        Policies={"PasswordPolicy": {"MinimumLength": 5}},
    ),
    refused(
        "passwords of 100 characters",
        "cognito.md 1.1 MinimumLength 6–99",
        Policies={"PasswordPolicy": {"MinimumLength": 100}},
    ),
    refused("a history of 25", "cognito.md 1.1 PasswordHistorySize 0–24", Policies=policy(PasswordHistorySize=25)),
    refused(
        "no password among the factors", "cognito.md 1.1 PASSWORD must always be present", Policies=factors("EMAIL_OTP")
    ),
    refused(
        "an authenticator as first factor",
        "cognito.md 1.1 SOFTWARE_TOKEN not accepted",
        Policies=factors("PASSWORD", "SOFTWARE_TOKEN"),
    ),
    refused("a factor that there is not", "cognito.md 12.1 Enum", Policies=factors("PASSWORD", "CARRIER_PIGEON")),
    refused(
        "admin_only beside another way",
        "cognito.md 1.1 admin_only must stand alone",
        AccountRecoverySetting=recovery("admin_only", "verified_email"),
    ),
    refused(
        "three ways to recover",
        "cognito.md 1.1 RecoveryMechanisms 1–2",
        AccountRecoverySetting=recovery("verified_email", "verified_phone_number", "admin_only"),
    ),
    refused("MFA without SMS", "cognito.md 1.1 CreateUserPool MFA ON requires SmsConfiguration", MfaConfiguration="ON"),
    refused("SMS text without its code", "cognito.md 0.2 SMS messages", SmsVerificationMessage="No code here"),
    refused("SMS text of 141 characters", "cognito.md 0.2 SMS messages", SmsVerificationMessage="{####}" + "x" * 135),
    refused(
        "a preferred_username required and an alias",
        "cognito.md 6.1 preferred_username",
        AliasAttributes=["preferred_username"],
        Schema=[{"Name": "preferred_username", "AttributeDataType": "String", "Required": True}],
    ),
    refused(
        "an attribute that is required and custom",
        "cognito.md 6.2 never Required",
        Schema=[{"Name": "rank", "AttributeDataType": "String", "Required": True}],
    ),
    refused(
        "a link without its text",
        "cognito.md 1.1 link body needs {##text##}",
        VerificationMessageTemplate={"EmailMessageByLink": "Click", "DefaultEmailOption": "CONFIRM_WITH_CODE"},
    ),
    refused(
        "SMS by both services",
        "cognito.md 1.1 either SnsCallerArn or EumsSms",
        SmsConfiguration={**SMS, "EumsSms": {"CallerArn": SMS["SnsCallerArn"]}},
    ),
    refused(
        "levels that are the same",
        "cognito.md 1.1 unique across all four",
        AcrConfiguration={"Level1": {"AcrValue": "urn:cognito:loa:2"}},
    ),
    refused(
        "a level with a blank",
        "cognito.md 1.1 no space/quote/backslash",
        AcrConfiguration={"Level1": {"AcrValue": "urn one"}},
    ),
    refused(
        "two validities of an invitation",
        "cognito.md 1.1 UnusedAccountValidityDays conflicts",
        AdminCreateUserConfig={"UnusedAccountValidityDays": 3},
        Policies=policy(TemporaryPasswordValidityDays=5),
    ),
    refused(
        "two functions before tokens",
        "cognito.md 5.4 must equal it",
        LambdaConfig={
            "PreTokenGeneration": "arn:aws:lambda:us-east-1:1:function:a",
            "PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": "arn:aws:lambda:us-east-1:1:function:b"},
        },
    ),
    refused(
        "a sender without its key",
        "cognito.md 5.5 Custom sender needs KMSKeyID",
        LambdaConfig={
            "CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": "arn:aws:lambda:us-east-1:1:function:a"}
        },
    ),
    row(
        "51 tags",
        "cognito.md 0.2 Tags",
        call("CreateUserPool", PoolName="customers", UserPoolTags={f"tag{turn}": "x" for turn in range(51)}).fails(
            "UserPoolTaggingException"
        ),
    ),
    # ---- described, updated, deleted, listed
    row(
        "described where there is none",
        "cognito.md 12.2 ResourceNotFound ?",
        call("DescribeUserPool", UserPoolId="us-east-1_Nowhere99").fails(NO_POOL[0]),
    ),
    row(
        "what an update leaves out falls back",
        "cognito.md 1.1 UpdateUserPool Replace semantics",
        make(
            AutoVerifiedAttributes=["email"],
            DeletionProtection="ACTIVE",
            Policies=policy(MinimumLength=12),
            AliasAttributes=["email"],
        ),
        on_made("UpdateUserPool").gives_only(),
        on_made("DescribeUserPool").gives(
            UserPool={
                "AutoVerifiedAttributes": ABSENT,
                "DeletionProtection": "INACTIVE",
                "Policies": {"PasswordPolicy": {"MinimumLength": 8, "RequireSymbols": True}},
                "AliasAttributes": ["email"],
            }
        ),
    ),
    row(
        "updated where there is none",
        "cognito.md 12.2 ResourceNotFound ?",
        call("UpdateUserPool", UserPoolId="us-east-1_Nowhere99").fails(NO_POOL[0]),
    ),
    row(
        "deleted",
        "cognito.md 0.1 no output shape",
        make(),
        on_made("DeleteUserPool").gives_only(),
        on_made("DescribeUserPool").fails("ResourceNotFoundException"),
        on_made("DeleteUserPool").fails("ResourceNotFoundException"),
    ),
    row(
        "a protected pool is not deleted",
        "cognito.md 1.1 DeleteUserPool DeletionProtection",
        make(DeletionProtection="ACTIVE"),
        on_made("DeleteUserPool").fails(WRONG),
    ),
    row(
        "a pool with a domain is not deleted",
        "cognito.md 1.1 DeleteUserPool a domain must be deleted first ?",
        make(),
        on_made("CreateUserPoolDomain", Domain="$name"),
        on_made("DeleteUserPool").fails(WRONG),
    ),
    row(
        "listed",
        "cognito.md 1.1 ListUserPools",
        make(),
        make(),
        call("ListUserPools", MaxResults=1)
        .gives_only(
            UserPools=[
                {"Id": str, "Name": str, "CreationDate": datetime.datetime, "LastModifiedDate": datetime.datetime}
            ],
            NextToken=str,
        )
        .keeps("first"),
        call("ListUserPools", MaxResults=1, NextToken="$first.NextToken").gives(UserPools=[dict]),
    ),
    row(
        "listed without a number",
        "cognito.md 1.1 ListUserPools MaxResults required",
        call("ListUserPools").fails(
            WRONG,
            "1 validation error detected: Value null at 'maxResults' failed to satisfy constraint: "
            "Member must not be null",
        ),
    ),
    row("61 pools a page", "cognito.md 0.2 Pagination", call("ListUserPools", MaxResults=61).fails(WRONG)),
    row(
        "the certificate",
        "cognito.md 1.1 GetSigningCertificate",
        on_pool("GetSigningCertificate").gives_only(Certificate=re.compile(r"[A-Za-z0-9+/=\s]{500,}")),
    ),
)
