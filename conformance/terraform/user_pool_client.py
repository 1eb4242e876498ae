"""aws_cognito_user_pool_client."""

from typing import Any, ClassVar

from conformance.terraform.engine import Change, Key, Node, Schema, Values, expand, flatten

_UNITS = {
    "access_token": Node("AccessToken", default="hours"),
    "id_token": Node("IdToken", default="hours"),
    "refresh_token": Node("RefreshToken", default="days"),
}
_DEFAULT_UNITS = {"AccessToken": "hours", "IdToken": "hours", "RefreshToken": "days"}
_ANALYTICS = {
    "application_arn": Node("ApplicationArn"),
    "application_id": Node("ApplicationId"),
    "external_id": Node("ExternalId"),
    "role_arn": Node("RoleArn", computed=True),
    "user_data_shared": Node("UserDataShared", computed=True),
}
_ROTATION = {
    "feature": Node("Feature"),
    "retry_grace_period_seconds": Node("RetryGracePeriodSeconds", computed=True),
}
_LISTS = {
    "allowed_oauth_flows": Node("AllowedOAuthFlows", computed=True),
    "allowed_oauth_scopes": Node("AllowedOAuthScopes", computed=True),
    "callback_urls": Node("CallbackURLs", computed=True),
    "explicit_auth_flows": Node("ExplicitAuthFlows", computed=True),
    "logout_urls": Node("LogoutURLs", computed=True),
    "read_attributes": Node("ReadAttributes", computed=True),
    "supported_identity_providers": Node("SupportedIdentityProviders", computed=True),
    "write_attributes": Node("WriteAttributes", computed=True),
}
_FLAGS = {
    "allowed_oauth_flows_user_pool_client": Node("AllowedOAuthFlowsUserPoolClient", computed=True),
    "enable_propagate_additional_user_context_data": Node("EnablePropagateAdditionalUserContextData", computed=True),
    "enable_token_revocation": Node("EnableTokenRevocation", computed=True),
}


class UserPoolClient:
    """DescribeUserPoolClient, CreateUserPoolClient, UpdateUserPoolClient with everything that is known, DeleteUserPoolClient.

    It is written with the plugin framework: what the write answers must be as planned, too.
    """

    name = "aws_cognito_user_pool_client"
    schema: ClassVar[Schema] = {
        **_LISTS,
        **_FLAGS,
        "access_token_validity": Node("AccessTokenValidity", computed=True),
        "analytics_configuration": Node("AnalyticsConfiguration", of=_ANALYTICS),
        "auth_session_validity": Node("AuthSessionValidity", computed=True),
        "default_redirect_uri": Node("DefaultRedirectURI", computed=True),
        "generate_secret": Node("GenerateSecret", read=False),
        "id_token_validity": Node("IdTokenValidity", computed=True),
        "name": Node("ClientName"),
        "prevent_user_existence_errors": Node("PreventUserExistenceErrors", computed=True),
        "refresh_token_rotation": Node("RefreshTokenRotation", of=_ROTATION),
        "refresh_token_validity": Node("RefreshTokenValidity", computed=True),
        "token_validity_units": Node("TokenValidityUnits", of=_UNITS),
        "user_pool_id": Node("UserPoolId"),
    }

    def __init__(self, client: Any) -> None:
        self._client = client
        self._has_units = False

    def create(self, planned: Values) -> Key:
        self._has_units = bool(planned["token_validity_units"])
        members = {**expand(self.schema, planned), **_known(planned)}
        made = self._client.create_user_pool_client(**members)["UserPoolClient"]
        if made.get("TokenValidityUnits") and not self._has_units:
            raise RuntimeError(f"{self.name}: inconsistent after apply: {made['TokenValidityUnits']}")
        return made["UserPoolId"], made["ClientId"]

    def read(self, key: Key) -> Values | None:
        try:
            found = self._client.describe_user_pool_client(UserPoolId=key[0], ClientId=key[1])["UserPoolClient"]
        except self._client.exceptions.ResourceNotFoundException:
            return None
        state = flatten(self.schema, found)
        units = found.get("TokenValidityUnits")
        if not self._has_units and units in (None, {}, _DEFAULT_UNITS):
            state.pop("token_validity_units", None)
        return state

    def update(self, change: Change) -> None:
        planned = change.planned
        members = expand({name: node for name, node in self.schema.items() if name != "generate_secret"}, planned)
        members |= _known(planned)
        if change.state.get("token_validity_units") and not planned["token_validity_units"]:
            members["TokenValidityUnits"] = _DEFAULT_UNITS
        self._has_units = bool(planned["token_validity_units"])
        self._client.update_user_pool_client(**members, ClientId=change.key[1])

    def delete(self, key: Key) -> None:
        self._client.delete_user_pool_client(UserPoolId=key[0], ClientId=key[1])


def _known(planned: Values) -> Values:
    """What is empty or false on purpose, or was read so, is sent as such."""
    return {node.api: planned[name] for name, node in {**_LISTS, **_FLAGS}.items() if planned[name] is not None}
