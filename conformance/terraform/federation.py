"""aws_cognito_identity_provider, aws_cognito_risk_configuration, aws_cognito_log_delivery_configuration."""

from typing import Any, ClassVar

from conformance.terraform.engine import Change, Key, Node, Schema, Values, expand, flatten

# What the provider knows that Cognito adds by itself: no change.
_ADDED = {
    "Google": {
        "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
        "attributes_url_add_attributes": "true",
        "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
        "oidc_issuer": "https://accounts.google.com",
        "token_request_method": "POST",
        "token_url": "https://www.googleapis.com/oauth2/v4/token",
    }
}


class IdentityProvider:
    """CreateIdentityProvider, DescribeIdentityProvider, UpdateIdentityProvider with what changed, DeleteIdentityProvider."""

    name = "aws_cognito_identity_provider"
    schema: ClassVar[Schema] = {
        "attribute_mapping": Node("AttributeMapping", computed=True),
        "idp_identifiers": Node("IdpIdentifiers"),
        "provider_details": Node("ProviderDetails"),
        "provider_name": Node("ProviderName"),
        "provider_type": Node("ProviderType"),
        "user_pool_id": Node("UserPoolId"),
    }

    def __init__(self, client: Any) -> None:
        self._client = client
        self._configured: dict[str, str] = {}

    def create(self, planned: Values) -> Key:
        self._configured = planned["provider_details"]
        self._client.create_identity_provider(**expand(self.schema, planned))
        return planned["user_pool_id"], planned["provider_name"]

    def read(self, key: Key) -> Values | None:
        try:
            found = self._client.describe_identity_provider(UserPoolId=key[0], ProviderName=key[1])["IdentityProvider"]
        except self._client.exceptions.ResourceNotFoundException:
            return None
        state = flatten(self.schema, found)
        kind, details = found["ProviderType"], found["ProviderDetails"]
        kept = {name: value for name, value in details.items() if not self._is_added(kind, name, value)}
        return {**state, "provider_details": kept, "all_details": details}

    def update(self, change: Change) -> None:
        key, planned = change.key, change.planned
        members = {self.schema[name].api: planned[name] or [] for name in change.names}
        if "provider_details" in change.names:
            # What Cognito added stays in what is planned, but for the certificate.
            added = {**change.state["all_details"], **planned["provider_details"]}
            added.pop("ActiveEncryptionCertificate", None)
            members["ProviderDetails"] = added
            self._configured = planned["provider_details"]
        self._client.update_identity_provider(UserPoolId=key[0], ProviderName=key[1], **members)

    def delete(self, key: Key) -> None:
        self._client.delete_identity_provider(UserPoolId=key[0], ProviderName=key[1])

    def _is_added(self, kind: str, name: str, value: str) -> bool:
        if name in self._configured:
            return False
        if kind == "SAML":
            has_file = "MetadataFile" in self._configured
            return name == "ActiveEncryptionCertificate" or (name == "SSORedirectBindingURI" and has_file)
        return _ADDED.get(kind, {}).get(name) == value


_EMAIL = {"html_body": Node("HtmlBody"), "subject": Node("Subject"), "text_body": Node("TextBody")}
_ACTION = {"event_action": Node("EventAction"), "notify": Node("Notify")}
_TAKEOVER = {
    "actions": Node(
        "Actions",
        of={
            "high_action": Node("HighAction", of=_ACTION),
            "low_action": Node("LowAction", of=_ACTION),
            "medium_action": Node("MediumAction", of=_ACTION),
        },
    ),
    "notify_configuration": Node(
        "NotifyConfiguration",
        of={
            "block_email": Node("BlockEmail", of=_EMAIL),
            "from": Node("From"),
            "mfa_email": Node("MfaEmail", of=_EMAIL),
            "no_action_email": Node("NoActionEmail", of=_EMAIL),
            "reply_to": Node("ReplyTo"),
            "source_arn": Node("SourceArn"),
        },
    ),
}
_COMPROMISED = {
    "actions": Node("Actions", of={"event_action": Node("EventAction")}),
    "event_filter": Node("EventFilter", computed=True),
}
_EXCEPTIONS = {
    "blocked_ip_range_list": Node("BlockedIPRangeList"),
    "skipped_ip_range_list": Node("SkippedIPRangeList"),
}


class RiskConfiguration:
    """SetRiskConfiguration for everything, empty to delete; DescribeRiskConfiguration."""

    name = "aws_cognito_risk_configuration"
    schema: ClassVar[Schema] = {
        "account_takeover_risk_configuration": Node("AccountTakeoverRiskConfiguration", of=_TAKEOVER),
        "client_id": Node("ClientId"),
        "compromised_credentials_risk_configuration": Node("CompromisedCredentialsRiskConfiguration", of=_COMPROMISED),
        "risk_exception_configuration": Node("RiskExceptionConfiguration", of=_EXCEPTIONS),
        "user_pool_id": Node("UserPoolId"),
    }

    def __init__(self, client: Any) -> None:
        self._client = client

    def create(self, planned: Values) -> Key:
        members = expand(self.schema, planned)
        for action in members.get("AccountTakeoverRiskConfiguration", {}).get("Actions", {}).values():
            action.setdefault("Notify", False)
        self._client.set_risk_configuration(**members)
        return (planned["user_pool_id"], *([planned["client_id"]] if planned["client_id"] else []))

    def read(self, key: Key) -> Values | None:
        found = self._client.describe_risk_configuration(**self._named(key))["RiskConfiguration"]
        state = flatten(self.schema, found)
        return state if set(state) - {"user_pool_id", "client_id"} else None

    def update(self, change: Change) -> None:
        self.create(change.planned)

    def delete(self, key: Key) -> None:
        self._client.set_risk_configuration(**self._named(key))

    def _named(self, key: Key) -> dict[str, str]:
        return dict(zip(("UserPoolId", "ClientId"), key, strict=False))


class LogDeliveryConfiguration:
    """SetLogDeliveryConfiguration for everything, with an empty list to delete; GetLogDeliveryConfiguration."""

    name = "aws_cognito_log_delivery_configuration"
    schema: ClassVar[Schema] = {
        "log_configurations": Node(
            "LogConfigurations",
            many=True,
            of={
                "cloud_watch_logs_configuration": Node(
                    "CloudWatchLogsConfiguration", of={"log_group_arn": Node("LogGroupArn")}
                ),
                "event_source": Node("EventSource"),
                "firehose_configuration": Node("FirehoseConfiguration", of={"stream_arn": Node("StreamArn")}),
                "log_level": Node("LogLevel"),
                "s3_configuration": Node("S3Configuration", of={"bucket_arn": Node("BucketArn")}),
            },
        ),
        "user_pool_id": Node("UserPoolId"),
    }

    def __init__(self, client: Any) -> None:
        self._client = client

    def create(self, planned: Values) -> Key:
        self._client.set_log_delivery_configuration(**expand(self.schema, planned))
        return (planned["user_pool_id"],)

    def read(self, key: Key) -> Values | None:
        found = self._client.get_log_delivery_configuration(UserPoolId=key[0])["LogDeliveryConfiguration"]
        return flatten(self.schema, found) if found["LogConfigurations"] else None

    def update(self, change: Change) -> None:
        self.create(change.planned)

    def delete(self, key: Key) -> None:
        self._client.set_log_delivery_configuration(UserPoolId=key[0], LogConfigurations=[])
