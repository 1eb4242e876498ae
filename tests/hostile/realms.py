"""A whole pool with one of everything that an attacker could try to carry into another pool."""

from dataclasses import dataclass
from typing import Any

import httpx
from pycognito.aws_srp import AWSSRP

from app.core.pools import update_settings
from app.core.tokens import Authentication
from app.core.users import find_user_by_sub
from app.flows.authorize import seal_continuation
from app.flows.browser_sessions import begin_session
from app.flows.give_feedback import feedback_token
from app.flows.work import Resources
from app.kit.ids import new_uuid
from app.web.cookies import cookie_name
from tests.authenticator import Authenticator
from tests.factories import PASSWORD, Factory, MadeUser, claims_of
from tests.oauth.relying_party import CALLBACK, CODE_CLIENT, Party

TEMPORARY = "Temporary-Horse-7"
OIDC_DETAILS = {
    "client_id": "poolhouse",
    "client_secret": "a-secret-between-providers",
    "authorize_scopes": "openid email",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://idp.example",
}
ALL_FLOWS = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]


@dataclass(frozen=True)
class Realm:
    """What one pool has. `tag` is in every name and address of it, and in no other pool."""

    tag: str
    pool_id: str
    app: Party
    web: Party
    service: Party
    user: MadeUser
    invited: str
    unconfirmed: str
    group: str
    server: str
    domain: str
    provider: str
    secret_id: str
    job: str
    style: str
    terms: str

    @property
    def arn(self) -> str:
        region = self.pool_id.partition("_")[0]
        return f"arn:aws:cognito-idp:{region}:123456789012:userpool/{self.pool_id}"

    @property
    def email(self) -> str:
        return f"ada-{self.tag}@example.com"


def local_user(user: MadeUser) -> dict[str, str]:
    """A user of the pool as ProviderUserIdentifierType."""
    return {
        "ProviderName": "Cognito",
        "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": user.username,
    }


def linked_user(provider: str, tag: str) -> dict[str, str]:
    """The identity that a realm's user is linked to as ProviderUserIdentifierType."""
    return {
        "ProviderName": provider,
        "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": f"subject-{tag}",
    }


class Maker:
    """Makes realms, and the short-lived things of one."""

    def __init__(self, operator: Any, resources: Resources) -> None:
        self.operator = operator
        self.resources = resources
        self.make = Factory(operator, resources)

    def realm(self, tag: str) -> Realm:
        pool_id = self.make.pool(
            PoolName=f"pool-{tag}",
            AutoVerifiedAttributes=["email"],
            AliasAttributes=["email"],
            UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"},
            DeviceConfiguration={"DeviceOnlyRememberedOnUserPrompt": True},
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
        )
        self.operator.set_user_pool_mfa_config(UserPoolId=pool_id, SoftwareTokenMfaConfiguration={"Enabled": True})
        with self.resources.database.write() as db:
            update_settings(db, pool_id, {"RecoveryCodes": "ENABLED"}, self.resources.clock())
        self.operator.set_user_pool_session_configuration(
            UserPoolId=pool_id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 100}
        )
        self.operator.create_resource_server(
            UserPoolId=pool_id,
            Identifier=f"orders-{tag}",
            Name="Orders",
            Scopes=[{"ScopeName": "read", "ScopeDescription": "Read"}],
        )
        self.operator.create_group(UserPoolId=pool_id, GroupName=f"group-{tag}")
        self.operator.create_user_pool_domain(UserPoolId=pool_id, Domain=f"domain-{tag}")
        self._provider(pool_id, tag)
        app, web = self._client(pool_id, tag), self._client(pool_id, tag, GenerateSecret=True)
        service = self._client(
            pool_id,
            tag,
            GenerateSecret=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthScopes=[f"orders-{tag}/read"],
            ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"],
        )
        secrets = self.operator.list_user_pool_client_secrets(UserPoolId=pool_id, ClientId=web.client_id)
        user = self.make.user(pool_id, f"ada-{tag}", email=f"ada-{tag}@example.com", email_verified="true")
        self.operator.admin_add_user_to_group(UserPoolId=pool_id, Username=user.username, GroupName=f"group-{tag}")
        self.operator.admin_link_provider_for_user(
            UserPoolId=pool_id, DestinationUser=local_user(user), SourceUser=linked_user(f"idp-{tag}", tag)
        )
        self.operator.admin_create_user(
            UserPoolId=pool_id, Username=f"invited-{tag}", TemporaryPassword=TEMPORARY, MessageAction="SUPPRESS"
        )
        self.operator.sign_up(
            ClientId=app.client_id,
            Username=f"unconfirmed-{tag}",
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": f"unconfirmed-{tag}@example.com"}],
        )
        return Realm(
            tag=tag,
            pool_id=pool_id,
            app=app,
            web=web,
            service=service,
            user=user,
            invited=f"invited-{tag}",
            unconfirmed=f"unconfirmed-{tag}",
            group=f"group-{tag}",
            server=f"orders-{tag}",
            domain=f"domain-{tag}",
            provider=f"idp-{tag}",
            secret_id=secrets["ClientSecrets"][0]["ClientSecretId"],
            job=self._import_job(pool_id, tag),
            style=self._style(pool_id, web.client_id),
            terms=self._terms(pool_id, web.client_id, tag),
        )

    def _provider(self, pool_id: str, tag: str) -> None:
        self.operator.create_identity_provider(
            UserPoolId=pool_id,
            ProviderName=f"idp-{tag}",
            ProviderType="OIDC",
            ProviderDetails=OIDC_DETAILS,
            IdpIdentifiers=[f"{tag}.example"],
        )

    def _style(self, pool_id: str, client_id: str) -> str:
        settings = {"componentClasses": {"buttons": {"borderRadius": 4}}}
        made = self.operator.create_managed_login_branding(UserPoolId=pool_id, ClientId=client_id, Settings=settings)
        return str(made["ManagedLoginBranding"]["ManagedLoginBrandingId"])

    def _terms(self, pool_id: str, client_id: str, tag: str) -> str:
        made = self.operator.create_terms(
            UserPoolId=pool_id,
            ClientId=client_id,
            TermsName="terms-of-use",
            TermsSource="LINK",
            Enforcement="NONE",
            Links={"cognito:default": f"https://{tag}.example/terms"},
        )
        return str(made["Terms"]["TermsId"])

    def _client(self, pool_id: str, tag: str, **options: Any) -> Party:
        scopes = ["openid", "email", "profile", "aws.cognito.signin.user.admin", f"orders-{tag}/read"]
        given = {**CODE_CLIENT, "AllowedOAuthScopes": scopes, "ExplicitAuthFlows": ALL_FLOWS, **options}
        made = self.make.client(pool_id, **given)
        return Party(pool_id, made["ClientId"], made.get("ClientSecret"))

    def _import_job(self, pool_id: str, tag: str) -> str:
        role = "arn:aws:iam::123456789012:role/import-logs"
        job = self.operator.create_user_import_job(UserPoolId=pool_id, JobName=f"job-{tag}", CloudWatchLogsRoleArn=role)
        return str(job["UserImportJob"]["JobId"])

    def session(self, realm: Realm) -> str:
        """The id of the token session that the user has just begun."""
        self.tokens(realm)
        answer = self.operator.admin_list_user_sessions(UserPoolId=realm.pool_id, Username=realm.user.username)
        return str(next(one["SessionId"] for one in answer["Sessions"] if one["SessionType"] == "TOKEN"))

    def event(self, realm: Realm) -> tuple[str, str]:
        """The id of a sign-in just made, and the token with which the user may judge it."""
        event_id = str(claims_of(self.tokens(realm)["AccessToken"])["event_id"])
        here, now = self.resources.keyring, self.resources.clock()
        return event_id, feedback_token(here, realm.pool_id, realm.user.sub, event_id, now)

    def device(self, realm: Realm) -> str:
        """The key of a confirmed device of the user."""
        tokens = self.tokens(realm)
        key = str(tokens["NewDeviceMetadata"]["DeviceKey"])
        self.operator.confirm_device(AccessToken=tokens["AccessToken"], DeviceKey=key)
        return key

    def new_passkey(self, realm: Realm) -> tuple[str, dict[str, Any]]:
        """An access token of the user, and the answer to a registration that it has begun."""
        token = str(self.tokens(realm)["AccessToken"])
        options = self.operator.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]
        return token, Authenticator().create(options)

    def passkey(self, realm: Realm) -> str:
        """The id of a passkey of the user, the only one."""
        token = str(self.tokens(realm)["AccessToken"])
        for passkey in self.operator.list_web_authn_credentials(AccessToken=token)["Credentials"]:
            self.operator.delete_web_authn_credential(AccessToken=token, CredentialId=passkey["CredentialId"])
        token, credential = self.new_passkey(realm)
        self.operator.complete_web_authn_registration(AccessToken=token, Credential=credential)
        return str(credential["id"])

    def tokens(self, realm: Realm) -> dict[str, Any]:
        """AuthenticationResult of a sign-in through the API."""
        return self.make.tokens(realm.app.client_id, realm.user)

    def invited_session(self, realm: Realm) -> str:
        """The session of an open NEW_PASSWORD_REQUIRED."""
        answer = self.operator.initiate_auth(
            ClientId=realm.app.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": realm.invited, "PASSWORD": TEMPORARY},
        )
        return str(answer["Session"])

    def proof(self, realm: Realm) -> dict[str, str]:
        """Right answers to an open PASSWORD_VERIFIER."""
        client_id = realm.app.client_id
        srp = AWSSRP(realm.user.username, PASSWORD, realm.pool_id, client_id, client=object())
        begun = self.operator.initiate_auth(
            ClientId=client_id, AuthFlow="USER_SRP_AUTH", AuthParameters=srp.get_auth_params()
        )
        answers: dict[str, str] = srp.process_challenge(begun["ChallengeParameters"], srp.get_auth_params())
        return answers

    def browser_session(self, realm: Realm, http: httpx.Client | None = None) -> tuple[str, str]:
        """Id and secret of a signed-in browser's session; `http` gets its cookie."""
        work = self.make.work()
        with work.read() as db:
            user = find_user_by_sub(db, realm.pool_id, realm.user.sub)
        assert user is not None
        session_id, secret = begin_session(work, user, Authentication(work.now, ("pwd",), None, new_uuid()))
        if http is not None:
            http.cookies.set(self.session_cookie(realm), secret, domain="localhost.local")
        return session_id, secret

    def session_cookie(self, realm: Realm) -> str:
        return cookie_name(self.resources.settings, "session", realm.pool_id)

    def continuation(self, realm: Realm, parameters: dict[str, str], session_id: str) -> str:
        return seal_continuation(self.make.work(), realm.pool_id, list(parameters.items()), session_id)


def authorize_parameters(realm: Realm, **changes: str) -> dict[str, str]:
    """An authorize request of the confidential client, which needs no PKCE."""
    return {
        "response_type": "code",
        "client_id": realm.web.client_id,
        "redirect_uri": CALLBACK,
        "scope": "openid",
        "state": "st",
        **changes,
    }
