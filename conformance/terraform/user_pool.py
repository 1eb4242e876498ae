"""aws_cognito_user_pool."""

from typing import Any, ClassVar

from conformance.terraform.engine import Change, Key, Node, Schema, Values, expand, flatten

_SMS = {
    "external_id": Node("ExternalId"),
    "sns_caller_arn": Node("SnsCallerArn"),
    "sns_region": Node("SnsRegion", computed=True),
}
_INVITE = {
    "email_message": Node("EmailMessage"),
    "email_subject": Node("EmailSubject"),
    "sms_message": Node("SMSMessage"),
}
_LAMBDA_VERSION = {"lambda_arn": Node("LambdaArn"), "lambda_version": Node("LambdaVersion")}
_LAMBDA = {
    "create_auth_challenge": Node("CreateAuthChallenge"),
    "custom_email_sender": Node("CustomEmailSender", of=_LAMBDA_VERSION),
    "custom_message": Node("CustomMessage"),
    "custom_sms_sender": Node("CustomSMSSender", of=_LAMBDA_VERSION),
    "define_auth_challenge": Node("DefineAuthChallenge"),
    "kms_key_id": Node("KMSKeyID"),
    "post_authentication": Node("PostAuthentication"),
    "post_confirmation": Node("PostConfirmation"),
    "pre_authentication": Node("PreAuthentication"),
    "pre_sign_up": Node("PreSignUp"),
    "pre_token_generation": Node("PreTokenGeneration", computed=True),
    "pre_token_generation_config": Node("PreTokenGenerationConfig", computed=True, of=_LAMBDA_VERSION),
    "user_migration": Node("UserMigration"),
    "verify_auth_challenge_response": Node("VerifyAuthChallengeResponse"),
}
_PASSWORD_POLICY = {
    "minimum_length": Node("MinimumLength"),
    "password_history_size": Node("PasswordHistorySize"),
    "require_lowercase": Node("RequireLowercase"),
    "require_numbers": Node("RequireNumbers"),
    "require_symbols": Node("RequireSymbols"),
    "require_uppercase": Node("RequireUppercase"),
    "temporary_password_validity_days": Node("TemporaryPasswordValidityDays", computed=True),
}
_ATTRIBUTE = {
    "name": Node("Name"),
    "attribute_data_type": Node("AttributeDataType"),
    "developer_only_attribute": Node("DeveloperOnlyAttribute"),
    "mutable": Node("Mutable"),
    "required": Node("Required"),
    "string_attribute_constraints": Node(
        "StringAttributeConstraints", of={"max_length": Node("MaxLength"), "min_length": Node("MinLength")}
    ),
    "number_attribute_constraints": Node(
        "NumberAttributeConstraints", of={"max_value": Node("MaxValue"), "min_value": Node("MinValue")}
    ),
}
_EMAIL = {
    "configuration_set": Node("ConfigurationSet"),
    "email_sending_account": Node("EmailSendingAccount", default="COGNITO_DEFAULT"),
    "from_email_address": Node("From"),
    "reply_to_email_address": Node("ReplyToEmailAddress"),
    "source_arn": Node("SourceArn"),
}
_MESSAGES = {
    "default_email_option": Node("DefaultEmailOption", default="CONFIRM_WITH_CODE"),
    "email_message": Node("EmailMessage", computed=True),
    "email_message_by_link": Node("EmailMessageByLink", computed=True),
    "email_subject": Node("EmailSubject", computed=True),
    "email_subject_by_link": Node("EmailSubjectByLink", computed=True),
    "sms_message": Node("SmsMessage", computed=True),
}
_ADMIN = {
    "allow_admin_create_user_only": Node("AllowAdminCreateUserOnly"),
    "invite_message_template": Node("InviteMessageTemplate", of=_INVITE),
}
_RECOVERY = {
    "recovery_mechanism": Node(
        "RecoveryMechanisms", computed=True, many=True, of={"name": Node("Name"), "priority": Node("Priority")}
    )
}
_DEVICES = {
    "challenge_required_on_new_device": Node("ChallengeRequiredOnNewDevice"),
    "device_only_remembered_on_user_prompt": Node("DeviceOnlyRememberedOnUserPrompt"),
}
_UPDATE_SETTINGS = {
    "attributes_require_verification_before_update": Node("AttributesRequireVerificationBeforeUpdate"),
}
# Members of DescribeUserPool. The provider suppresses plans that would only remove account_recovery_setting or
# email_configuration, which comes to the same as computed.
_POOL: dict[str, Node] = {
    "account_recovery_setting": Node("AccountRecoverySetting", computed=True, of=_RECOVERY),
    "admin_create_user_config": Node("AdminCreateUserConfig", computed=True, of=_ADMIN),
    "alias_attributes": Node("AliasAttributes"),
    "auto_verified_attributes": Node("AutoVerifiedAttributes"),
    "deletion_protection": Node("DeletionProtection", default="INACTIVE"),
    "device_configuration": Node("DeviceConfiguration", of=_DEVICES),
    "email_configuration": Node("EmailConfiguration", computed=True, of=_EMAIL),
    "email_verification_message": Node("EmailVerificationMessage", computed=True),
    "email_verification_subject": Node("EmailVerificationSubject", computed=True),
    "lambda_config": Node("LambdaConfig", of=_LAMBDA),
    "name": Node("Name"),
    "sms_authentication_message": Node("SmsAuthenticationMessage"),
    "sms_configuration": Node("SmsConfiguration", computed=True, of=_SMS),
    "sms_verification_message": Node("SmsVerificationMessage", computed=True),
    "tags": Node("UserPoolTags"),
    "user_attribute_update_settings": Node("UserAttributeUpdateSettings", of=_UPDATE_SETTINGS),
    "user_pool_add_ons": Node("UserPoolAddOns", of={"advanced_security_mode": Node("AdvancedSecurityMode")}),
    "user_pool_tier": Node("UserPoolTier", computed=True),
    "username_attributes": Node("UsernameAttributes"),
    "username_configuration": Node("UsernameConfiguration", of={"case_sensitive": Node("CaseSensitive")}),
    "verification_message_template": Node("VerificationMessageTemplate", computed=True, of=_MESSAGES),
}
_POLICIES: dict[str, Node] = {
    "password_policy": Node("PasswordPolicy", computed=True, of=_PASSWORD_POLICY),
    "sign_in_policy": Node(
        "SignInPolicy", computed=True, of={"allowed_first_auth_factors": Node("AllowedFirstAuthFactors")}
    ),
}
_MFA: dict[str, Node] = {
    "email_mfa_configuration": Node(
        "EmailMfaConfiguration", of={"message": Node("Message"), "subject": Node("Subject")}
    ),
    "mfa_configuration": Node("MfaConfiguration", default="OFF"),
    "software_token_mfa_configuration": Node("SoftwareTokenMfaConfiguration", of={"enabled": Node("Enabled")}),
    "web_authn_configuration": Node(
        "WebAuthnConfiguration",
        of={"relying_party_id": Node("RelyingPartyId"), "user_verification": Node("UserVerification")},
    ),
}
_NOT_IN_CREATE = ("name", "tags")
_NOT_IN_UPDATE = (*_NOT_IN_CREATE, "alias_attributes", "username_attributes", "username_configuration")
_STANDARD_TEXTS = (
    "address",
    "email",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "website",
    "zoneinfo",
)


def _standard(name: str, kind: str = "String", **more: Any) -> Values:
    plain = {
        "Name": name,
        "AttributeDataType": kind,
        "DeveloperOnlyAttribute": False,
        "Mutable": True,
        "Required": False,
    }
    return {**plain, **more}


def _length(shortest: int, longest: int) -> Values:
    return {"StringAttributeConstraints": {"MinLength": str(shortest), "MaxLength": str(longest)}}


# What the provider takes for standard; any other attribute that was not configured makes a plan.
_STANDARD: tuple[Values, ...] = (
    *(_standard(name, **_length(0, 2048)) for name in _STANDARD_TEXTS),
    _standard("birthdate", **_length(10, 10)),
    _standard("email_verified", "Boolean"),
    _standard("phone_number_verified", "Boolean"),
    _standard("sub", Mutable=False, Required=True, **_length(1, 2048)),
    _standard("updated_at", "Number", NumberAttributeConstraints={"MinValue": "0"}),
    _standard("identities", StringAttributeConstraints={}),
)


class UserPool:
    """DescribeUserPool and GetUserPoolMfaConfig, CreateUserPool, SetUserPoolMfaConfig, UpdateUserPool, tags, DeleteUserPool."""

    name = "aws_cognito_user_pool"
    schema: ClassVar[Schema] = {**_POOL, **_POLICIES, **_MFA, "schema": Node(of=_ATTRIBUTE, many=True)}

    def __init__(self, client: Any) -> None:
        self._client = client
        self._configured_schema: list[Values] = []

    def create(self, planned: Values) -> Key:
        self._configured_schema = planned["schema"] or []
        pool = self._client.create_user_pool(
            PoolName=planned["name"],
            UserPoolTags=planned["tags"] or {},
            **self._members(planned, _NOT_IN_CREATE),
            **({"Schema": _attributes(self._configured_schema)} if self._configured_schema else {}),
        )["UserPool"]
        if planned["mfa_configuration"] != "OFF":
            self._set_mfa(pool["Id"], planned)
        elif planned["web_authn_configuration"]:
            self._set_mfa(
                pool["Id"], {**dict.fromkeys(planned), "web_authn_configuration": planned["web_authn_configuration"]}
            )
        return (pool["Id"],)

    def read(self, key: Key) -> Values | None:
        try:
            pool = self._client.describe_user_pool(UserPoolId=key[0])["UserPool"]
        except self._client.exceptions.ResourceNotFoundException:
            return None
        # Both are read from by the provider, whatever they hold: absent, it would end here.
        created, changed = pool["CreationDate"], pool["LastModifiedDate"]
        mfa = self._client.get_user_pool_mfa_config(UserPoolId=key[0])
        state = {**flatten(_POOL, pool), **flatten(_POLICIES, pool["Policies"]), **flatten(_MFA, mfa)}
        for name in ("lambda_config", "user_attribute_update_settings"):
            # Empty is not there to the provider, for these two.
            if not any((state.get(name) or {}).values()):
                state.pop(name, None)
        return {**state, "arn": pool["Arn"], "dates": (created, changed), "schema": self._schema(pool)}

    def update(self, change: Change) -> None:
        if change.names & {*_MFA, "sms_authentication_message", "sms_configuration"}:
            self._set_mfa(change.key[0], change.planned)
        if change.names & {*_POOL, *_POLICIES} - set(_NOT_IN_UPDATE):
            self._update(change)
        if "schema" in change.names:
            wanted = change.planned["schema"] or []
            if any(one not in wanted for one in self._configured_schema):
                raise RuntimeError("cannot modify or remove schema items")
            added = [one for one in wanted if one not in self._configured_schema]
            self._client.add_custom_attributes(UserPoolId=change.key[0], CustomAttributes=_attributes(added))
            self._configured_schema = wanted
        if "tags" in change.names:
            self._update_tags(change.state, change.planned)

    def delete(self, key: Key) -> None:
        self._client.delete_user_pool(UserPoolId=key[0])

    def _members(self, planned: Values, without: Key) -> Values:
        """What CreateUserPool and UpdateUserPool share."""
        members = expand({name: node for name, node in _POOL.items() if name not in without}, planned)
        policies = expand(_POLICIES, planned)
        if "PasswordPolicy" in policies:
            # Sent even when it is 0.
            history = planned["password_policy"].get("password_history_size")
            policies["PasswordPolicy"]["PasswordHistorySize"] = history or 0
        return {**members, **({"Policies": policies} if policies else {})}

    def _update(self, change: Change) -> None:
        functions = _merged_functions(change.state.get("lambda_config") or {}, change.planned["lambda_config"])
        messages = _merged_messages(change.planned, change.names)
        planned = {**change.planned, "lambda_config": functions, "verification_message_template": messages}
        members = {**self._members(planned, _NOT_IN_UPDATE), "MfaConfiguration": planned["mfa_configuration"]}
        if "user_attribute_update_settings" in change.names and not planned["user_attribute_update_settings"]:
            members["UserAttributeUpdateSettings"] = {"AttributesRequireVerificationBeforeUpdate": []}
        self._client.update_user_pool(UserPoolId=change.key[0], **members)

    def _set_mfa(self, pool_id: str, planned: Values) -> None:
        members = expand(_MFA, planned)
        # Refused while MFA is off, though the configuration serves the verification of numbers, too.
        if planned["sms_configuration"] and planned["mfa_configuration"] != "OFF":
            message = {"SmsAuthenticationMessage": planned["sms_authentication_message"]}
            sender = {"SmsConfiguration": expand(_SMS, planned["sms_configuration"])}
            members["SmsMfaConfiguration"] = {**sender, **{name: text for name, text in message.items() if text}}
        self._client.set_user_pool_mfa_config(UserPoolId=pool_id, **members)

    def _update_tags(self, state: Values, planned: Values) -> None:
        before, after = state.get("tags") or {}, planned["tags"] or {}
        if removed := sorted(name for name, value in before.items() if after.get(name) != value):
            self._client.untag_resource(ResourceArn=state["arn"], TagKeys=removed)
        if added := {name: value for name, value in after.items() if before.get(name) != value}:
            self._client.tag_resource(ResourceArn=state["arn"], Tags=added)

    def _schema(self, pool: Values) -> list[Values]:
        """Every attribute that is not standard, with the names that were configured."""
        found = []
        for attribute in pool["SchemaAttributes"]:
            if attribute in _STANDARD and attribute["Name"] not in {one["name"] for one in self._configured_schema}:
                continue
            one = flatten(_ATTRIBUTE, attribute)
            one["name"] = one["name"].removeprefix("dev:").removeprefix("custom:")
            configured = next((each for each in self._configured_schema if each["name"] == one["name"]), {})
            if not configured.get("string_attribute_constraints"):
                # Defaults of the API are no change.
                one.pop("string_attribute_constraints", None)
            found.append(one)
        return found


def _attributes(configured: list[Values]) -> list[Values]:
    """SchemaAttributeType, whose truth values the provider always sends."""
    flags = {"DeveloperOnlyAttribute": False, "Mutable": False, "Required": False}
    return [{**flags, **expand(_ATTRIBUTE, one)} for one in configured]


def _merged_functions(before: Values, planned: Values | None) -> Values | None:
    """The old and the new name of the token trigger follow each other: whichever changed."""
    if not planned:
        return planned
    version = (planned.get("pre_token_generation_config") or {}).get("lambda_version", "V1_0")
    old, new = planned.get("pre_token_generation"), (planned.get("pre_token_generation_config") or {}).get("lambda_arn")
    if old != before.get("pre_token_generation"):
        return {**planned, "pre_token_generation_config": {"lambda_arn": old, "lambda_version": version}}
    if new != (before.get("pre_token_generation_config") or {}).get("lambda_arn"):
        return {**planned, "pre_token_generation": new}
    return planned


def _merged_messages(planned: Values, changed: set[str]) -> Values | None:
    """A changed old-style message goes into the template, too."""
    template = planned["verification_message_template"]
    if not template:
        return None
    moved = {
        "email_message": "email_verification_message",
        "email_subject": "email_verification_subject",
        "sms_message": "sms_verification_message",
    }
    return {**template, **{inner: planned[outer] for inner, outer in moved.items() if outer in changed}}
