"""User pools through a real botocore client: defaults, replacing, refusals, schema, lists, deletion."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from app.flows.work import Resources
from tests.aws.refusals import refusal
from tests.conftest import ROOT_KEY
from tests.factories import SNS, Factory
from tests.in_process import InProcessServer

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:trigger"
KMS_KEY = "arn:aws:kms:us-east-1:123456789012:key/0f5f1b3c"
STRONG = {"MinimumLength": 8, "RequireUppercase": True, "RequireLowercase": True}


def described(operator: Any, pool_id: str) -> dict[str, Any]:
    pool: dict[str, Any] = operator.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    return pool


def test_a_pool_needs_only_a_name(operator: Any, settings: Any) -> None:
    made = operator.create_user_pool(PoolName="plain")["UserPool"]
    assert made["Id"].startswith("us-east-1_")
    assert made["Arn"] == f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{made['Id']}"
    assert made["Name"] == "plain"
    assert made["Policies"]["PasswordPolicy"] == {
        "MinimumLength": 8,
        "RequireUppercase": True,
        "RequireLowercase": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
        "TemporaryPasswordValidityDays": 7,
    }
    assert made["Policies"]["SignInPolicy"] == {"AllowedFirstAuthFactors": ["PASSWORD"]}
    assert (made["MfaConfiguration"], made["DeletionProtection"], made["UserPoolTier"]) == (
        "OFF",
        "INACTIVE",
        "ESSENTIALS",
    )
    assert made["EmailConfiguration"] == {"EmailSendingAccount": "COGNITO_DEFAULT"}
    assert made["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7}
    assert made["AcrConfiguration"]["Level2"] == {"AcrValue": "urn:cognito:loa:2"}
    assert made["EstimatedNumberOfUsers"] == 0
    assert "AccountRecoverySetting" not in made
    assert "DeviceConfiguration" not in made
    assert described(operator, made["Id"]) == made


def test_the_issuer_is_fixed_at_creation(operator: Any, resources: Resources, make: Factory) -> None:
    pool_id = make.pool()
    snapshot = resources.snapshots.pool(pool_id)
    assert snapshot.pool.issuer == f"{resources.settings.base_url}/{pool_id}"
    assert {key.use for key in snapshot.signing_keys} == {"id", "access"}
    assert {key.algorithm for key in snapshot.signing_keys} == {"RS256"}


def test_keys_are_made_when_the_stock_is_empty(make: Factory, resources: Resources, monkeypatch: Any) -> None:
    monkeypatch.setattr("app.core.keys.take_from_stock", lambda *_: [])
    pool_id = make.pool()
    assert len(resources.snapshots.pool(pool_id).signing_keys) == 2


def test_what_is_given_is_kept(operator: Any) -> None:
    given: dict[str, Any] = {
        "Policies": {"PasswordPolicy": {"MinimumLength": 12, "RequireNumbers": True, "PasswordHistorySize": 3}},
        "AutoVerifiedAttributes": ["email"],
        "AliasAttributes": ["email", "preferred_username"],
        "UsernameConfiguration": {"CaseSensitive": False},
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
        "LambdaConfig": {"PreSignUp": LAMBDA},
        "SmsConfiguration": SNS,
        "EmailConfiguration": {"From": "Zoë <zoe@example.com>", "ReplyToEmailAddress": "reply@example.com"},
        "DeletionProtection": "ACTIVE",
        "UserPoolTags": {"stage": "test"},
        "UserPoolTier": "PLUS",
    }
    pool = operator.create_user_pool(PoolName="given", **given)["UserPool"]
    assert pool["Policies"]["PasswordPolicy"] == {
        "MinimumLength": 12,
        "RequireUppercase": False,
        "RequireLowercase": False,
        "RequireNumbers": True,
        "RequireSymbols": False,
        "PasswordHistorySize": 3,
        "TemporaryPasswordValidityDays": 7,
    }
    for name in given.keys() - {"Policies", "EmailConfiguration"}:
        assert pool[name] == given[name]
    assert pool["EmailConfiguration"]["From"] == "Zoë <zoe@example.com>"
    operator.update_user_pool(UserPoolId=pool["Id"], DeletionProtection="INACTIVE")


def test_an_update_replaces_everything_but_what_is_fixed(operator: Any) -> None:
    pool = operator.create_user_pool(
        PoolName="before",
        UsernameAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": False},
        Schema=[{"Name": "level", "AttributeDataType": "Number"}],
        AutoVerifiedAttributes=["email"],
        Policies={"PasswordPolicy": {"MinimumLength": 20}},
        UserPoolTags={"stage": "test"},
        DeletionProtection="ACTIVE",
        DcrConfiguration={"EnableStatus": "Disabled"},
        LambdaConfig={"PreSignUp": LAMBDA},
    )["UserPool"]
    operator.update_user_pool(UserPoolId=pool["Id"], AutoVerifiedAttributes=["phone_number"])
    after = described(operator, pool["Id"])
    assert after["Name"] == "before"
    assert after["UsernameAttributes"] == ["email"]
    assert after["UsernameConfiguration"] == {"CaseSensitive": False}
    assert after["SchemaAttributes"] == pool["SchemaAttributes"]
    assert after["DcrConfiguration"] == {"EnableStatus": "Disabled"}
    assert after["AutoVerifiedAttributes"] == ["phone_number"]
    assert after["Policies"]["PasswordPolicy"]["MinimumLength"] == 8
    assert after["DeletionProtection"] == "INACTIVE"
    assert after["LambdaConfig"] == {}
    assert after["UserPoolTags"] == {}
    operator.update_user_pool(UserPoolId=pool["Id"], PoolName="renamed")
    assert described(operator, pool["Id"])["Name"] == "renamed"


def test_a_change_is_in_force_at_once(operator: Any, make: Factory, resources: Resources) -> None:
    pool_id = make.pool()
    assert resources.snapshots.pool(pool_id).pool.password_policy["MinimumLength"] == 8
    operator.update_user_pool(UserPoolId=pool_id, Policies={"PasswordPolicy": {"MinimumLength": 30}})
    assert resources.snapshots.pool(pool_id).pool.password_policy["MinimumLength"] == 30


def test_deprecated_messages_mirror_the_template(operator: Any) -> None:
    pool = operator.create_user_pool(
        PoolName="messages",
        EmailVerificationMessage="old {####}",
        EmailVerificationSubject="old subject",
        VerificationMessageTemplate={"EmailMessage": "new {####}", "SmsMessage": "sms {####}"},
    )["UserPool"]
    assert pool["VerificationMessageTemplate"] == {
        "DefaultEmailOption": "CONFIRM_WITH_CODE",
        "EmailMessage": "new {####}",
        "EmailSubject": "old subject",
        "SmsMessage": "sms {####}",
    }
    assert pool["EmailVerificationMessage"] == "new {####}"
    assert pool["EmailVerificationSubject"] == "old subject"
    assert pool["SmsVerificationMessage"] == "sms {####}"


def test_both_names_of_the_token_trigger_mean_the_same(operator: Any) -> None:
    versioned = {"LambdaVersion": "V2_0", "LambdaArn": LAMBDA}
    pool = operator.create_user_pool(PoolName="v2", LambdaConfig={"PreTokenGenerationConfig": versioned})["UserPool"]
    assert pool["LambdaConfig"] == {"PreTokenGenerationConfig": versioned, "PreTokenGeneration": LAMBDA}
    pool = operator.create_user_pool(PoolName="v1", LambdaConfig={"PreTokenGeneration": LAMBDA})["UserPool"]
    assert pool["LambdaConfig"]["PreTokenGenerationConfig"] == {"LambdaVersion": "V1_0", "LambdaArn": LAMBDA}


def test_zero_days_are_the_default_and_the_old_member_still_counts(operator: Any) -> None:
    policy = {"PasswordPolicy": {"TemporaryPasswordValidityDays": 0}}
    pool = operator.create_user_pool(PoolName="days", Policies=policy)["UserPool"]
    assert pool["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"] == 7
    config = {"UnusedAccountValidityDays": 30}
    pool = operator.create_user_pool(PoolName="days", AdminCreateUserConfig=config)["UserPool"]
    assert pool["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"] == 30
    assert pool["AdminCreateUserConfig"]["UnusedAccountValidityDays"] == 30


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {"AliasAttributes": ["email"], "UsernameAttributes": ["email"]},
            "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
        ),
        (
            {"AliasAttributes": ["preferred_username"], "Schema": [{"Name": "preferred_username", "Required": True}]},
            "preferred_username cannot be both required and an alias.",
        ),
        (
            {
                "Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 3}},
                "AdminCreateUserConfig": {"UnusedAccountValidityDays": 3},
            },
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
        ),
        ({"Policies": {"PasswordPolicy": {"PasswordHistorySize": 25}}}, "less than or equal to 24"),
        ({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["EMAIL_OTP"]}}}, "must contain PASSWORD"),
        ({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "SOFTWARE_TOKEN"]}}}, "not supported"),
        (
            {
                "AccountRecoverySetting": {
                    "RecoveryMechanisms": [
                        {"Priority": 1, "Name": "admin_only"},
                        {"Priority": 2, "Name": "verified_email"},
                    ]
                }
            },
            "admin_only",
        ),
        (
            {
                "AccountRecoverySetting": {
                    "RecoveryMechanisms": [
                        {"Priority": 1, "Name": "verified_email"},
                        {"Priority": 1, "Name": "verified_phone_number"},
                    ]
                }
            },
            "priorities",
        ),
        (
            {"UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}},
            "only if AutoVerifiedAttributes does",
        ),
        ({"SmsVerificationMessage": "no place for a code"}, "regular expression pattern"),
        ({"AdminCreateUserConfig": {"InviteMessageTemplate": {"EmailMessage": "Hi {####}"}}}, "{username}"),
        ({"AdminCreateUserConfig": {"InviteMessageTemplate": {"SMSMessage": "Hi {username}"}}}, "{####}"),
        ({"EmailVerificationSubject": "two\nlines"}, "one line"),
        ({"EmailConfiguration": {"From": "a@example.com\r\nBcc: b@example.com"}}, "one line"),
        ({"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}}, "SourceArn is required"),
        (
            {
                "LambdaConfig": {
                    "PreTokenGeneration": LAMBDA,
                    "PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": LAMBDA + "2"},
                }
            },
            "the same function",
        ),
        (
            {"LambdaConfig": {"CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": LAMBDA}}},
            "KMSKeyID is required",
        ),
        ({"SmsConfiguration": {"ExternalId": "x"}}, "either SnsCallerArn or EumsSms"),
        (
            {"SmsConfiguration": {"EumsSms": {"CallerArn": SNS["SnsCallerArn"], "Region": "eu-west-1"}}},
            "EumsSms.Region",
        ),
        ({"MfaConfiguration": "ON"}, "SMS configuration"),
        ({"Schema": [{"Name": "x", "AttributeDataType": "String", "Required": True}]}, "Required custom attributes"),
        ({"Schema": [{"Name": "x"}]}, "AttributeDataType"),
        ({"Schema": [{"Name": "email", "AttributeDataType": "Number"}]}, "standard schema attribute email"),
        ({"Schema": [{"Name": "sub", "Mutable": True}]}, "sub cannot be changed"),
        ({"Schema": [{"Name": "x", "AttributeDataType": "String"}] * 2}, "already has name custom:x"),
        (
            {
                "Schema": [
                    {
                        "Name": "x",
                        "AttributeDataType": "String",
                        "StringAttributeConstraints": {"MinLength": "9", "MaxLength": "3"},
                    }
                ]
            },
            "Invalid StringAttributeConstraints",
        ),
        (
            {
                "Schema": [
                    {"Name": "x", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "low"}}
                ]
            },
            "Invalid NumberAttributeConstraints",
        ),
    ],
)
def test_invalid_configurations_are_refused(operator: Any, given: dict[str, Any], text: str) -> None:
    code, message, status = refusal(operator.create_user_pool, PoolName="refused", **given)
    assert (code, status) == ("InvalidParameterException", 400)
    assert text in message


@pytest.mark.parametrize(
    ("given", "setting"),
    [
        ({"KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": KMS_KEY}}, "CUSTOMER_MANAGED_KEY"),
        ({"DcrConfiguration": {}}, "DcrConfiguration"),
    ],
)
def test_what_cannot_be_enforced_yet_is_refused(operator: Any, make: Factory, given: Any, setting: str) -> None:
    for call, members in (
        (operator.create_user_pool, {"PoolName": "refused"}),
        (operator.update_user_pool, {"UserPoolId": make.pool()}),
    ):
        code, message, status = refusal(call, **members, **given)
        assert (code, status) == ("NotImplementedException", 501)
        assert setting in message


def test_settings_that_are_off_are_accepted(operator: Any) -> None:
    pool = operator.create_user_pool(
        PoolName="off",
        MfaConfiguration="OFF",
        UserPoolAddOns={"AdvancedSecurityMode": "OFF"},
        KeyConfiguration={"KeyType": "AWS_OWNED_KEY"},
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}},
        AcrConfiguration={"Level3": {"AcrValue": "urn:cognito:loa:3"}},
    )["UserPool"]
    assert pool["UserPoolAddOns"] == {"AdvancedSecurityMode": "OFF"}
    assert "DeviceConfiguration" not in pool


def test_factors_devices_and_levels_are_kept(operator: Any) -> None:
    given: dict[str, Any] = {
        "MfaConfiguration": "OPTIONAL",
        "SmsConfiguration": SNS,
        "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]}},
        "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"},
        "AcrConfiguration": {"Level1": {"AcrValue": "urn:mine"}},
    }
    pool = operator.create_user_pool(PoolName="factors", DeviceConfiguration={}, **given)["UserPool"]
    shown = described(operator, pool["Id"])
    assert (shown["MfaConfiguration"], shown["UserPoolTier"]) == ("OPTIONAL", "PLUS")
    assert shown["Policies"]["SignInPolicy"] == given["Policies"]["SignInPolicy"]
    assert shown["DeviceConfiguration"] == {
        "ChallengeRequiredOnNewDevice": False,
        "DeviceOnlyRememberedOnUserPrompt": False,
    }
    acrs = {level: acr["AcrValue"] for level, acr in shown["AcrConfiguration"].items()}
    assert acrs == {"Level1": "urn:mine", **{f"Level{n}": f"urn:cognito:loa:{n}" for n in (2, 3, 4)}}
    operator.update_user_pool(UserPoolId=pool["Id"])
    shown = described(operator, pool["Id"])
    assert (shown["MfaConfiguration"], shown["UserPoolTier"]) == ("OFF", "ESSENTIALS")
    assert "DeviceConfiguration" not in shown


def test_without_gating_a_plan_limits_nothing(operator: Any) -> None:
    history = {"PasswordPolicy": {"PasswordHistorySize": 2}}
    pool = operator.create_user_pool(PoolName="lite", UserPoolTier="LITE", Policies=history)["UserPool"]
    assert pool["UserPoolTier"] == "LITE"


def test_features_need_their_plan(gated: Any) -> None:
    operator = gated
    history = {"PasswordPolicy": {"PasswordHistorySize": 2}}
    code, _, _ = refusal(operator.create_user_pool, PoolName="lite", UserPoolTier="LITE", Policies=history)
    assert code == "FeatureUnavailableInTierException"
    triggers = {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": LAMBDA}}
    code, _, _ = refusal(operator.create_user_pool, PoolName="lite", UserPoolTier="LITE", LambdaConfig=triggers)
    assert code == "FeatureUnavailableInTierException"
    pool = operator.create_user_pool(PoolName="essentials", Policies=history)["UserPool"]
    code, _, _ = refusal(operator.update_user_pool, UserPoolId=pool["Id"], UserPoolTier="LITE", Policies=history)
    assert code == "TierChangeNotAllowedException"
    operator.update_user_pool(UserPoolId=pool["Id"], UserPoolTier="LITE")
    code, _, _ = refusal(operator.update_user_pool, UserPoolId=pool["Id"], UserPoolTier="LITE", Policies=history)
    assert code == "FeatureUnavailableInTierException"


@pytest.mark.parametrize(
    ("tier", "given"),
    [
        ("LITE", {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "SMS_OTP"]}}}),
        ("LITE", {"AcrConfiguration": {"Level2": {"AcrValue": "urn:two"}}}),
        ("LITE", {"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}),
        ("ESSENTIALS", {"UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}}),
    ],
)
def test_each_plan_has_its_features(gated: Any, tier: str, given: dict[str, Any]) -> None:
    code, _, _ = refusal(gated.create_user_pool, PoolName="tier", UserPoolTier=tier, **given)
    assert code == "FeatureUnavailableInTierException"
    pool = gated.create_user_pool(PoolName="tier", UserPoolTier="PLUS", **given)["UserPool"]
    code, _, _ = refusal(gated.update_user_pool, UserPoolId=pool["Id"], UserPoolTier=tier, **given)
    assert code == "TierChangeNotAllowedException"


def test_second_factors_by_mail_and_passkeys_need_a_plan(gated: Any) -> None:
    pool_id = gated.create_user_pool(PoolName="lite", UserPoolTier="LITE")["UserPool"]["Id"]
    members: list[dict[str, Any]] = [
        {"EmailMfaConfiguration": {}},
        {"WebAuthnConfiguration": {"UserVerification": "required"}},
    ]
    for given in members:
        code, _, _ = refusal(gated.set_user_pool_mfa_config, UserPoolId=pool_id, **given)
        assert code == "FeatureUnavailableInTierException"


def test_tags_of_a_pool_are_limited(operator: Any, make: Factory) -> None:
    tags = {f"key-{number}": "x" for number in range(51)}
    assert refusal(operator.create_user_pool, PoolName="tags", UserPoolTags=tags)[0] == "UserPoolTaggingException"
    pool_id = make.pool()
    assert refusal(operator.update_user_pool, UserPoolId=pool_id, UserPoolTags=tags)[0] == "UserPoolTaggingException"
    assert (
        refusal(operator.create_user_pool, PoolName="x", UserPoolTags={"aws:x": "y"})[0] == "UserPoolTaggingException"
    )


def test_the_schema_has_the_standard_attributes_and_what_was_changed(operator: Any) -> None:
    pool = operator.create_user_pool(
        PoolName="schema",
        Schema=[
            {"Name": "email", "Required": True, "Mutable": False},
            {"Name": "nickname", "StringAttributeConstraints": {"MinLength": "3", "MaxLength": "30"}},
            {
                "Name": "level",
                "AttributeDataType": "Number",
                "NumberAttributeConstraints": {"MinValue": "-5", "MaxValue": "10"},
            },
            {"Name": "notes", "AttributeDataType": "String", "DeveloperOnlyAttribute": True, "Mutable": False},
        ],
    )["UserPool"]
    schema = {attribute["Name"]: attribute for attribute in pool["SchemaAttributes"]}
    assert len(schema) == 22
    assert schema["sub"]["Required"]
    assert not schema["sub"]["Mutable"]
    assert schema["sub"]["StringAttributeConstraints"] == {"MinLength": "1", "MaxLength": "2048"}
    assert (schema["email"]["Required"], schema["email"]["Mutable"]) == (True, False)
    assert schema["email"]["StringAttributeConstraints"] == {"MinLength": "0", "MaxLength": "2048"}
    assert schema["nickname"]["StringAttributeConstraints"] == {"MinLength": "3", "MaxLength": "30"}
    assert schema["birthdate"]["StringAttributeConstraints"] == {"MinLength": "10", "MaxLength": "10"}
    assert schema["updated_at"]["NumberAttributeConstraints"] == {"MinValue": "0"}
    assert schema["email_verified"]["AttributeDataType"] == "Boolean"
    assert schema["custom:level"]["NumberAttributeConstraints"] == {"MinValue": "-5", "MaxValue": "10"}
    assert schema["custom:level"]["Mutable"]
    assert schema["dev:custom:notes"] == {
        "Name": "dev:custom:notes",
        "AttributeDataType": "String",
        "DeveloperOnlyAttribute": True,
        "Mutable": False,
        "Required": False,
        "StringAttributeConstraints": {},
    }


def custom(number: int) -> dict[str, Any]:
    return {"Name": f"a{number}", "AttributeDataType": "String"}


def test_custom_attributes_are_added_up_to_fifty(operator: Any, make: Factory) -> None:
    pool_id = make.pool(Schema=[custom(0)])
    operator.add_custom_attributes(UserPoolId=pool_id, CustomAttributes=[custom(number) for number in range(1, 26)])
    operator.add_custom_attributes(UserPoolId=pool_id, CustomAttributes=[custom(number) for number in range(26, 50)])
    code, message, _ = refusal(operator.add_custom_attributes, UserPoolId=pool_id, CustomAttributes=[custom(50)])
    assert code == "InvalidParameterException"
    assert "50" in message
    names = [attribute["Name"] for attribute in described(operator, pool_id)["SchemaAttributes"]]
    assert sum(name.startswith("custom:") for name in names) == 50
    code, message, _ = refusal(operator.add_custom_attributes, UserPoolId=make.pool(), CustomAttributes=[custom(1)] * 2)
    assert (code, "custom:a1" in message) == ("InvalidParameterException", True)


def test_custom_attributes_added_in_parallel_all_arrive(operator: Any, make: Factory) -> None:
    pool_id = make.pool()

    def add(number: int) -> str:
        try:
            operator.add_custom_attributes(
                UserPoolId=pool_id, CustomAttributes=[custom(number * 2), custom(number * 2 + 1)]
            )
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "done"

    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(add, range(30)))
    assert outcomes.count("done") == 25
    assert outcomes.count("InvalidParameterException") == 5
    names = [attribute["Name"] for attribute in described(operator, pool_id)["SchemaAttributes"]]
    assert sum(name.startswith("custom:") for name in names) == 50


def test_pools_are_listed_in_pages_of_their_account_and_region(server: InProcessServer, operator: Any) -> None:
    elsewhere = server.boto_client("cognito-idp", ROOT_KEY, region="eu-central-1")
    made = {elsewhere.create_user_pool(PoolName=f"pool {number}")["UserPool"]["Id"] for number in range(5)}
    assert all(pool_id.startswith("eu-central-1_") for pool_id in made)
    pages = [elsewhere.list_user_pools(MaxResults=2)]
    while "NextToken" in pages[-1]:
        pages.append(elsewhere.list_user_pools(MaxResults=2, NextToken=pages[-1]["NextToken"]))
    listed = [pool["Id"] for page in pages for pool in page["UserPools"]]
    assert listed == sorted(made)
    assert [len(page["UserPools"]) for page in pages] == [2, 2, 1]
    assert set(pages[0]["UserPools"][0]) >= {"Id", "Name", "LambdaConfig", "CreationDate", "LastModifiedDate"}
    code, _, _ = refusal(operator.list_user_pools, MaxResults=2, NextToken=pages[0]["NextToken"])
    assert code == "InvalidParameterException"
    paginated = elsewhere.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 3})
    assert {pool["Id"] for page in paginated for pool in page["UserPools"]} == made
    for pool_id in made:
        elsewhere.delete_user_pool(UserPoolId=pool_id)
    assert elsewhere.list_user_pools(MaxResults=60)["UserPools"] == []


def test_a_token_expires_after_an_hour(server: InProcessServer, clock: Any) -> None:
    elsewhere = server.boto_client("cognito-idp", ROOT_KEY, region="ap-south-1")
    for number in range(2):
        elsewhere.create_user_pool(PoolName=f"pool {number}")
    token = elsewhere.list_user_pools(MaxResults=1)["NextToken"]
    clock.advance(hours=1, seconds=1)
    assert refusal(elsewhere.list_user_pools, MaxResults=1, NextToken=token)[0] == "InvalidParameterException"
    assert refusal(elsewhere.list_user_pools, MaxResults=1, NextToken="nonsense")[0] == "InvalidParameterException"


def test_a_pool_of_another_region_does_not_exist(server: InProcessServer, make: Factory) -> None:
    elsewhere = server.boto_client("cognito-idp", ROOT_KEY, region="eu-west-3")
    pool_id = make.pool()
    for call in (elsewhere.describe_user_pool, elsewhere.update_user_pool, elsewhere.delete_user_pool):
        assert refusal(call, UserPoolId=pool_id)[0] == "ResourceNotFoundException"


def test_a_deleted_pool_is_gone_at_once(operator: Any, make: Factory, resources: Resources) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id)["ClientId"]
    assert resources.snapshots.client(client_id).pool.pool_id == pool_id
    operator.delete_user_pool(UserPoolId=pool_id)
    for call in (
        operator.describe_user_pool,
        operator.update_user_pool,
        operator.delete_user_pool,
        operator.get_user_pool_mfa_config,
        operator.list_user_pool_clients,
        operator.list_groups,
        operator.list_resource_servers,
    ):
        code, message, _ = refusal(call, UserPoolId=pool_id)
        assert (code, message) == ("ResourceNotFoundException", f"User pool {pool_id} does not exist.")
    code, _, _ = refusal(
        operator.initiate_auth, ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "x"}
    )
    assert code == "ResourceNotFoundException"


def test_protection_and_domains_keep_a_pool_from_deletion(operator: Any, make: Factory) -> None:
    pool_id = make.pool(DeletionProtection="ACTIVE")
    code, message, _ = refusal(operator.delete_user_pool, UserPoolId=pool_id)
    assert (code, "deletion protection" in message) == ("InvalidParameterException", True)
    operator.update_user_pool(UserPoolId=pool_id)
    domain = pool_id.split("_")[1].lower()
    operator.create_user_pool_domain(UserPoolId=pool_id, Domain=domain)
    code, message, _ = refusal(operator.delete_user_pool, UserPoolId=pool_id)
    assert (code, "domain configured" in message) == ("InvalidParameterException", True)
    operator.delete_user_pool_domain(UserPoolId=pool_id, Domain=domain)
    operator.delete_user_pool(UserPoolId=pool_id)


def test_the_mfa_configuration_is_told_truly(operator: Any, make: Factory) -> None:
    pool_id = make.pool()
    answer = operator.get_user_pool_mfa_config(UserPoolId=pool_id)
    assert answer["MfaConfiguration"] == "OFF"
    # Terraform's provider takes a factor that is shown for one that was set.
    assert answer.keys() - {"ResponseMetadata"} == {"MfaConfiguration"}
    sms = {"SmsConfiguration": SNS, "SmsAuthenticationMessage": "Your code: {####}"}
    answer = operator.set_user_pool_mfa_config(
        UserPoolId=pool_id,
        MfaConfiguration="OPTIONAL",
        SmsMfaConfiguration=sms,
        SoftwareTokenMfaConfiguration={"Enabled": False},
    )
    assert answer["SmsMfaConfiguration"] == sms
    assert answer["SoftwareTokenMfaConfiguration"] == {"Enabled": False}
    assert described(operator, pool_id)["SmsConfiguration"] == SNS


def test_mfa_members_are_set_one_by_one(operator: Any, make: Factory) -> None:
    pool_id = make.pool()
    given: dict[str, Any] = {
        "SoftwareTokenMfaConfiguration": {"Enabled": True},
        "EmailMfaConfiguration": {"Message": "code {####}", "Subject": "Code"},
        "WebAuthnConfiguration": {"RelyingPartyId": "app.example", "UserVerification": "required"},
        "SmsMfaConfiguration": {"SmsConfiguration": SNS, "SmsAuthenticationMessage": "Your code: {####}"},
    }
    for name, value in given.items():
        operator.set_user_pool_mfa_config(UserPoolId=pool_id, **{name: value})
    answer = operator.get_user_pool_mfa_config(UserPoolId=pool_id)
    assert {name: answer[name] for name in given} == given
    operator.update_user_pool(UserPoolId=pool_id, MfaConfiguration="ON", SmsConfiguration=SNS)
    answer = operator.get_user_pool_mfa_config(UserPoolId=pool_id)
    assert answer["MfaConfiguration"] == "ON"
    assert {name: answer.get(name) for name in given} == {**given, "SmsMfaConfiguration": {"SmsConfiguration": SNS}}


@pytest.mark.parametrize("demand", ["OFF", "OPTIONAL", "ON"])
def test_with_the_demand_for_mfa_its_factors_are_set_anew(operator: Any, make: Factory, demand: str) -> None:
    """As Terraform's AWS provider tests against Cognito itself: without its block, an authenticator app is none any more."""
    pool_id = make.pool()
    everything: dict[str, Any] = {
        "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": {"Enabled": True},
        "EmailMfaConfiguration": {"Message": "code {####}", "Subject": "Code"},
        "WebAuthnConfiguration": {"RelyingPartyId": "app.example", "UserVerification": "required"},
        "SmsMfaConfiguration": {"SmsConfiguration": SNS},
    }
    operator.set_user_pool_mfa_config(UserPoolId=pool_id, **everything)
    answer = operator.set_user_pool_mfa_config(UserPoolId=pool_id, MfaConfiguration=demand)
    kept = {name: everything[name] for name in ("WebAuthnConfiguration", "SmsMfaConfiguration")}
    for told in (answer, operator.get_user_pool_mfa_config(UserPoolId=pool_id)):
        assert {name: told[name] for name in told.keys() - {"ResponseMetadata"}} == {"MfaConfiguration": demand, **kept}


@pytest.mark.parametrize(
    ("factors", "given"),
    [
        (["PASSWORD"], {"MfaConfiguration": "ON"}),
        (["PASSWORD"], {"MfaConfiguration": "OPTIONAL"}),
        (["PASSWORD", "EMAIL_OTP"], {"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": True}}),
        (["PASSWORD", "WEB_AUTHN"], {"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": True}}),
    ],
)
def test_factors_that_do_not_go_together(
    operator: Any, make: Factory, factors: list[str], given: dict[str, Any]
) -> None:
    pool_id = make.pool(Policies={"SignInPolicy": {"AllowedFirstAuthFactors": factors}})
    code, _, status = refusal(operator.set_user_pool_mfa_config, UserPoolId=pool_id, **given)
    assert (code, status) == ("InvalidParameterException", 400)
    assert operator.get_user_pool_mfa_config(UserPoolId=pool_id)["MfaConfiguration"] == "OFF"


@pytest.mark.parametrize(
    "factor",
    [
        {"SoftwareTokenMfaConfiguration": {"Enabled": True}},
        {"EmailMfaConfiguration": {"Message": "code {####}", "Subject": "Code"}},
        {"SmsMfaConfiguration": {"SmsConfiguration": SNS}},
    ],
)
def test_mfa_is_not_turned_off_and_set_up_together(operator: Any, make: Factory, factor: dict[str, Any]) -> None:
    """Terraform's AWS provider leaves factors out for this refusal."""
    pool_id = make.pool()
    call = operator.set_user_pool_mfa_config
    code, text, status = refusal(call, UserPoolId=pool_id, MfaConfiguration="OFF", **factor)
    assert (code, status) == ("InvalidParameterException", 400)
    assert text == "Invalid MFA configuration given, can't turn off MFA and configure an MFA together."
    call(UserPoolId=pool_id, MfaConfiguration="OFF", SoftwareTokenMfaConfiguration={"Enabled": False})
    call(UserPoolId=pool_id, MfaConfiguration="OFF", WebAuthnConfiguration={"RelyingPartyId": "app.example"})


def test_a_passkey_that_is_worth_two_factors_goes_with_required_mfa(operator: Any, make: Factory) -> None:
    pool_id = make.pool(Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}})
    operator.set_user_pool_mfa_config(
        UserPoolId=pool_id,
        MfaConfiguration="ON",
        SoftwareTokenMfaConfiguration={"Enabled": True},
        WebAuthnConfiguration={
            "UserVerification": "required",
            "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
        },
    )
    assert described(operator, pool_id)["MfaConfiguration"] == "ON"


def test_sms_settings_of_the_mfa_configuration_are_checked(operator: Any, make: Factory) -> None:
    code, _, _ = refusal(
        operator.set_user_pool_mfa_config, UserPoolId=make.pool(), SmsMfaConfiguration={"SmsConfiguration": {}}
    )
    assert code == "InvalidParameterException"


def test_updates_in_parallel_leave_one_whole_configuration(operator: Any, make: Factory) -> None:
    pool_id = make.pool()
    barrier = threading.Barrier(8)

    def change(length: int) -> None:
        barrier.wait()
        operator.update_user_pool(
            UserPoolId=pool_id,
            PoolName=f"length {length}",
            Policies={"PasswordPolicy": {**STRONG, "MinimumLength": length}},
        )

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(change, range(10, 18)))
    pool = described(operator, pool_id)
    assert pool["Name"] == f"length {pool['Policies']['PasswordPolicy']['MinimumLength']}"


def test_attributes_are_added_while_people_sign_in(operator: Any, public: Any, make: Factory) -> None:
    pool_id = make.pool()
    client_id, user = make.client(pool_id)["ClientId"], make.user(pool_id)

    def add(number: int) -> None:
        attribute = {"Name": f"extra{number}", "AttributeDataType": "String"}
        operator.add_custom_attributes(UserPoolId=pool_id, CustomAttributes=[attribute])

    def sign_in(_: int) -> None:
        assert make.tokens(client_id, user)["AccessToken"]

    with ThreadPoolExecutor(12) as threads:
        added = [threads.submit(add, number) for number in range(12)]
        signed_in = [threads.submit(sign_in, number) for number in range(24)]
        for future in (*added, *signed_in):
            future.result()
    names = {attribute["Name"] for attribute in described(operator, pool_id)["SchemaAttributes"]}
    assert {f"custom:extra{number}" for number in range(12)} <= names
    operator.admin_update_user_attributes(
        UserPoolId=pool_id, Username=user.username, UserAttributes=[{"Name": "custom:extra11", "Value": "x"}]
    )
