"""The configurations that are applied: those of the provider's documentation and acceptance tests, put into Python."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from conformance.dev_server import DevServer
from conformance.terraform.directory import ResourceServer, User, UserGroup, UserInGroup, UserPoolDomain
from conformance.terraform.engine import Resource, Values, Walk, walk
from conformance.terraform.federation import IdentityProvider, LogDeliveryConfiguration, RiskConfiguration
from conformance.terraform.pages import ManagedLoginBranding, UserPoolUICustomization
from conformance.terraform.user_pool import UserPool
from conformance.terraform.user_pool_client import UserPoolClient
from tests.aws.cognito_idp.saml import SIGN_IN, metadata, service

ROLE = "arn:aws:iam::123456789012:role/cognito-sms"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/8a63c2b0-0000-4000-8000-000000000000"
SENDER = "arn:aws:ses:us-east-1:123456789012:identity/example.com"
PASSWORD = "Correct-Horse-7"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"


def _function(name: str, region: str = "us-east-1") -> str:
    return f"arn:aws:lambda:{region}:123456789012:function:{name}"


def _pools() -> Iterator[list[Values]]:
    name = {"name": f"terraform-{secrets.token_hex(4)}"}
    yield [name, {**name, "tags": {"stage": "test"}}, {**name, "tags": {"owner": "nobody"}}, name]
    passkeys: Values = {
        "web_authn_configuration": {"relying_party_id": "auth.example.com", "user_verification": "preferred"}
    }
    yield [{**name, **passkeys}]
    protected = {**name, "deletion_protection": "ACTIVE"}
    yield [protected, name]
    yield _factors({**name, "auto_verified_attributes": ["email", "phone_number"]})
    yield _messages(name)
    yield _attributes(name)
    yield _settings(name)
    yield _functions(name)


def _factors(pool: Values) -> list[Values]:
    totp = {"software_token_mfa_configuration": {"enabled": True}}
    sms = {
        "sms_configuration": {"external_id": "terraform", "sns_caller_arn": ROLE},
        "sms_authentication_message": "Your code is {####}",
    }
    passkeys = {"web_authn_configuration": {"relying_party_id": "auth.example.com", "user_verification": "required"}}
    first = {"sign_in_policy": {"allowed_first_auth_factors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]}}
    sender = {
        "email_configuration": {
            "email_sending_account": "DEVELOPER",
            "from_email_address": "login@example.com",
            "source_arn": SENDER,
        },
        "account_recovery_setting": {"recovery_mechanism": [{"name": "verified_phone_number", "priority": 1}]},
    }
    mail = {"email_mfa_configuration": {"message": "Your code is {####}", "subject": "Signing in"}}
    return [
        {**pool, "mfa_configuration": "ON", **totp},
        {**pool, "mfa_configuration": "OPTIONAL", **totp, **sms},
        {**pool, "mfa_configuration": "OPTIONAL", **sms},
        {**pool, "mfa_configuration": "OFF", **sms},
        {**pool, **sms, **first, **passkeys},
        {**pool, **sms, **first, **passkeys, "mfa_configuration": "OPTIONAL", **sender, **mail, **totp},
        {**pool, **sms, **first, **passkeys, "mfa_configuration": "OFF", **sender},
    ]


def _messages(pool: Values) -> list[Values]:
    old = {
        "email_verification_subject": "Your code",
        "email_verification_message": "Here it is: {####}",
        "sms_verification_message": "It is {####}",
    }
    changed = {**old, "email_verification_subject": "Your other code", "email_verification_message": "It is {####} now"}
    template = {
        "verification_message_template": {
            "default_email_option": "CONFIRM_WITH_CODE",
            "email_message": "foo {####} bar",
            "email_subject": "FooBar {####}",
            "email_message_by_link": "{##Verify e-mail##}",
            "email_subject_by_link": "Verify it",
            "sms_message": "{####} baz",
        }
    }
    invite = {
        "admin_create_user_config": {
            "allow_admin_create_user_only": True,
            "invite_message_template": {
                "email_message": "Your username is {username} and temporary password is {####}.",
                "email_subject": "FooBar {####}",
                "sms_message": "Your username is {username} and temporary password is {####}.",
            },
        }
    }
    other = {"admin_create_user_config": {"allow_admin_create_user_only": False}}
    return [
        {**pool, **old},
        {**pool, **changed},
        {**pool, **invite},
        {**pool, **template},
        {**pool, **template, **other},
    ]


def _attributes(pool: Values) -> list[Values]:
    def attribute(name: str, kind: str, **more: Any) -> Values:
        return {"name": name, "attribute_data_type": kind, "mutable": True, **more}

    first = [
        attribute(
            "email", "String", required=True, string_attribute_constraints={"min_length": "7", "max_length": "15"}
        ),
        attribute("mynumber", "Number", number_attribute_constraints={"min_value": "2", "max_value": "6"}),
        attribute("mybool", "Boolean", developer_only_attribute=True),
        attribute("plain", "String"),
    ]
    added = attribute("mystring", "String", string_attribute_constraints={"min_length": "0", "max_length": "2048"})
    base = {
        **pool,
        "alias_attributes": ["email", "preferred_username"],
        "username_configuration": {"case_sensitive": True},
    }
    return [{**base, "schema": first}, {**base, "schema": [*first, added]}]


def _settings(pool: Values) -> list[Values]:
    policy = {
        "minimum_length": 7,
        "require_lowercase": True,
        "require_numbers": False,
        "require_symbols": True,
        "require_uppercase": False,
        "temporary_password_validity_days": 7,
    }
    first: Values = {
        **pool,
        "username_attributes": ["email"],
        "auto_verified_attributes": ["email"],
        "password_policy": policy,
        "device_configuration": {"challenge_required_on_new_device": True},
        "user_attribute_update_settings": {"attributes_require_verification_before_update": ["email"]},
        "user_pool_add_ons": {"advanced_security_mode": "AUDIT"},
        "user_pool_tier": "PLUS",
        "account_recovery_setting": {
            "recovery_mechanism": [
                {"name": "verified_email", "priority": 1},
                {"name": "verified_phone_number", "priority": 2},
            ]
        },
    }
    second = {
        **first,
        "password_policy": {**policy, "minimum_length": 9, "password_history_size": 4},
        "device_configuration": {"device_only_remembered_on_user_prompt": True},
        "user_attribute_update_settings": None,
        "user_pool_add_ons": {"advanced_security_mode": "OFF"},
        "account_recovery_setting": {"recovery_mechanism": [{"name": "admin_only", "priority": 1}]},
    }
    return [first, second, {**second, "email_configuration": {"reply_to_email_address": "help@example.com"}}]


def _functions(pool: Values) -> list[Values]:
    plain = {
        name: _function(name)
        for name in (
            "create_auth_challenge",
            "custom_message",
            "define_auth_challenge",
            "post_authentication",
            "post_confirmation",
            "pre_authentication",
            "pre_sign_up",
            "pre_token_generation",
            "user_migration",
            "verify_auth_challenge_response",
        )
    }
    fewer = {"pre_sign_up": _function("another")}
    token = {"pre_token_generation_config": {"lambda_arn": _function("tokens"), "lambda_version": "V2_0"}}
    return [
        {**pool, "lambda_config": plain},
        {**pool, "lambda_config": {**fewer, **token}},
        {**pool, "lambda_config": {"pre_sign_up": _function("third")}},
    ]


def _clients(pool: Values) -> Iterator[list[Values]]:
    client = {**pool, "name": "client"}
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    yield [client, {**client, "explicit_auth_flows": flows}, {**client, "name": "renamed"}]
    oauth: Values = {
        **client,
        "generate_secret": True,
        "explicit_auth_flows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "allowed_oauth_flows_user_pool_client": True,
        "allowed_oauth_flows": ["code", "implicit"],
        "allowed_oauth_scopes": ["phone", "email", "openid", "profile", "aws.cognito.signin.user.admin"],
        "callback_urls": ["https://www.example.com/redirect", "https://www.example.com/callback"],
        "default_redirect_uri": "https://www.example.com/redirect",
        "logout_urls": ["https://www.example.com/login"],
        "prevent_user_existence_errors": "LEGACY",
        "read_attributes": ["email", "name"],
        "write_attributes": ["name"],
        "supported_identity_providers": ["COGNITO"],
        "enable_token_revocation": False,
        "enable_propagate_additional_user_context_data": True,
        "auth_session_validity": 5,
        "access_token_validity": 30,
        "id_token_validity": 30,
        "refresh_token_validity": 60,
        "token_validity_units": {"access_token": "minutes", "id_token": "minutes", "refresh_token": "hours"},
    }
    hours = {**oauth, "access_token_validity": 1, "id_token_validity": 1, "token_validity_units": None}
    rotated = {**hours, "refresh_token_rotation": {"feature": "ENABLED", "retry_grace_period_seconds": 10}}
    rotated["explicit_auth_flows"] = ["ALLOW_USER_SRP_AUTH"]
    nothing = {**hours, "callback_urls": [], "logout_urls": [], "allowed_oauth_flows": [], "allowed_oauth_scopes": []}
    nothing |= {"allowed_oauth_flows_user_pool_client": False, "default_redirect_uri": ""}
    yield [oauth, hours, rotated, hours, nothing]


def _providers(pool: Values) -> Iterator[list[Values]]:
    secrets_of = {"client_id": "id", "client_secret": "secret"}
    oidc: Values = {
        **pool,
        "provider_name": "Example",
        "provider_type": "OIDC",
        "provider_details": {
            **secrets_of,
            "attributes_request_method": "GET",
            "attributes_url_add_attributes": "false",
            "authorize_scopes": "openid",
            "oidc_issuer": "https://idp.example",
        },
        "attribute_mapping": {"email": "email", "username": "sub"},
    }
    changed = {**oidc, "provider_details": {**oidc["provider_details"], "authorize_scopes": "email openid"}}
    yield [oidc, changed, {**changed, "idp_identifiers": ["example.com"]}, changed]
    google = {
        **pool,
        "provider_name": "Google",
        "provider_type": "Google",
        "provider_details": {**secrets_of, "authorize_scopes": "email"},
        "attribute_mapping": {"email": "email", "username": "sub"},
    }
    yield [google, {**google, "attribute_mapping": {"email": "email", "name": "name", "username": "sub"}}]
    # One that names a sign-out would show SLORedirectBindingURI, which the provider takes for a change at AWS, too.
    document = metadata(services=service("SingleSignOnService", SIGN_IN))
    saml = {
        **pool,
        "provider_name": "Saml",
        "provider_type": "SAML",
        "provider_details": {"MetadataFile": document},
    }
    yield [saml, {**saml, "provider_details": {"MetadataFile": document, "IDPSignout": "true"}}]


def _risks(pool: Values) -> Iterator[list[Values]]:
    email = {"html_body": "<p>{username}</p>", "subject": "Was this you?", "text_body": "{username}"}
    compromised: Values = {"compromised_credentials_risk_configuration": {"actions": {"event_action": "BLOCK"}}}
    filtered = {"actions": {"event_action": "NO_ACTION"}, "event_filter": ["SIGN_IN"]}
    exceptions = {"risk_exception_configuration": {"blocked_ip_range_list": ["10.10.10.10/32"]}}
    takeover = {
        "account_takeover_risk_configuration": {
            "actions": {
                "high_action": {"event_action": "BLOCK", "notify": True},
                "low_action": {"event_action": "NO_ACTION", "notify": False},
            },
            "notify_configuration": {
                "from": "security@example.com",
                "source_arn": SENDER,
                "block_email": email,
                "mfa_email": email,
                "no_action_email": email,
            },
        }
    }
    yield [
        {**pool, **exceptions},
        {**pool, **compromised},
        {**pool, "compromised_credentials_risk_configuration": filtered, **takeover},
        {**pool, **takeover},
    ]


def _styles(pool: Values) -> Iterator[list[Values]]:
    settings = {"componentClasses": {"buttons": {"borderRadius": 4}}}
    asset = {"bytes": PNG, "category": "FORM_LOGO", "color_mode": "LIGHT", "extension": "PNG"}
    other = {"componentClasses": {"buttons": {"borderRadius": 8}}}
    yield [{**pool, "use_cognito_provided_values": True}, {**pool, "settings": settings}]
    yield [
        {**pool, "settings": settings, "asset": [asset]},
        {**pool, "settings": other, "asset": [asset]},
    ]


def play(server: DevServer) -> list[tuple[str, Walk]]:
    """Every walk, by the name of its resource."""
    client, region = server.boto(), server.facts.region
    walks = [_walked(UserPool(client), pool) for pool in _pools()]
    pool = client.create_user_pool(
        PoolName="terraform",
        UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"},
        Schema=[{"Name": "foo", "AttributeDataType": "String", "Mutable": True}],
    )["UserPool"]
    named = {"user_pool_id": pool["Id"]}
    for resource, configurations in _in_pool(client, named, region, server.facts.account_id):
        walks.append(_walked(resource, configurations))
    client.delete_user_pool(UserPoolId=pool["Id"])
    return walks


def _in_pool(client: Any, pool: Values, region: str, account: str) -> Iterator[tuple[Resource, list[Values]]]:
    made: Callable[..., Any] = client.create_user_pool_client
    client_id = made(UserPoolId=pool["user_pool_id"], ClientName="styled")["UserPoolClient"]["ClientId"]
    styled = {**pool, "client_id": client_id}
    yield from ((UserPoolClient(client), one) for one in _clients(pool))
    yield from ((IdentityProvider(client), one) for one in _providers(pool))
    for subject in (pool, styled):
        yield from ((RiskConfiguration(client), one) for one in _risks(subject))
    yield from ((ManagedLoginBranding(client), one) for one in _styles(styled))
    yield from _directory(client, pool)
    yield from _domains(client, pool, styled)
    group = f"arn:aws:logs:{region}:{account}:log-group:example"
    stream = f"arn:aws:firehose:{region}:{account}:deliverystream/example"
    logs = {"event_source": "userNotification", "log_level": "ERROR"}
    events = {"event_source": "userAuthEvents", "log_level": "INFO"}
    to_group, to_stream = {"cloud_watch_logs_configuration": {"log_group_arn": group}}, {"stream_arn": stream}
    several = [{**logs, **to_group}, {**events, "firehose_configuration": to_stream}]
    to_bucket = {**events, "s3_configuration": {"bucket_arn": "arn:aws:s3:::example"}}
    deliveries = [{**pool, "log_configurations": one} for one in ([several[0]], several, [to_bucket])]
    yield LogDeliveryConfiguration(client), deliveries


def _directory(client: Any, pool: Values) -> Iterator[tuple[Resource, list[Values]]]:
    group: Values = {**pool, "name": "user-group"}
    full = {**group, "description": "Managed by Terraform", "precedence": 42, "role_arn": ROLE}
    yield UserGroup(client), [group, full, {**full, "description": "Another", "precedence": None}]
    server: Values = {**pool, "identifier": "https://example.com", "name": "example"}
    scope = {"scope_name": "sample-scope", "scope_description": "a Sample Scope Description"}
    yield ResourceServer(client), [server, {**server, "scope": [scope]}, server]
    user: Values = {**pool, "username": "example", "message_action": "SUPPRESS"}
    attributes = {"foo": "bar", "email": "no-reply@example.com", "email_verified": "true"}
    changes = ({**attributes, "foo": "baz"}, {"email": "no-reply@example.com", "email_verified": "true"})
    yield (
        User(client),
        [{**user, "attributes": attributes, "password": PASSWORD}, *({**user, "attributes": one} for one in changes)],
    )
    yield User(client), [{**user, "enabled": False, "temporary_password": PASSWORD}, user]
    client.create_group(UserPoolId=pool["user_pool_id"], GroupName="existing")
    client.admin_create_user(UserPoolId=pool["user_pool_id"], Username="member", MessageAction="SUPPRESS")
    yield UserInGroup(client), [{**pool, "username": "member", "group_name": "existing"}]


def _domains(client: Any, pool: Values, styled: Values) -> Iterator[tuple[Resource, list[Values]]]:
    prefix: Values = {**pool, "domain": f"terraform-{secrets.token_hex(4)}"}
    yield UserPoolDomain(client), [prefix, {**prefix, "managed_login_version": 2}]
    custom = {**pool, "domain": f"{secrets.token_hex(4)}.auth.example.com", "certificate_arn": CERTIFICATE}
    yield UserPoolDomain(client), [custom, {**custom, "certificate_arn": CERTIFICATE.replace("8a63", "9b74")}]
    client.create_user_pool_domain(UserPoolId=pool["user_pool_id"], Domain=prefix["domain"])
    css = {"css": ".label-customizable {font-weight: 400;}"}
    changed = {"css": ".label-customizable {font-weight: 100;}"}
    for subject in (pool, styled):
        yield UserPoolUICustomization(client), [{**subject, **css}, {**subject, **changed, "image_file": PNG}]
    client.delete_user_pool_domain(UserPoolId=pool["user_pool_id"], Domain=prefix["domain"])


def _walked(resource: Resource, configurations: list[Values]) -> tuple[str, Walk]:
    """A refusal ends its walk, not the others."""
    try:
        return resource.name, walk(resource, configurations)
    except (ClientError, KeyError, RuntimeError, TimeoutError) as error:
        return resource.name, Walk(problems=[f"{resource.name}: {error!r}"])
