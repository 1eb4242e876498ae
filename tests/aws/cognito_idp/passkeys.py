"""What tests of passkeys share: a pool that has them, and the errors."""

import json
from typing import Any

from sqlalchemy import select

from app.db.tables.audit import AuditEvent
from app.db.tables.passkeys import Passkey as PasskeyRow
from app.db.tables.passkeys import PasskeyRegistration
from app.db.tables.users import User
from app.flows.work import Resources
from tests.authenticator import Authenticator, Json
from tests.factories import Factory, MadeUser, claims_of
from tests.signing_in import SigningIn

NOT_ENABLED = ("WebAuthnNotEnabledException", "Passkeys are not enabled for the user pool.")
NO_CHALLENGE = (
    "WebAuthnChallengeNotFoundException",
    "The challenge of the passkey is not known, or has expired.",
)
WRONG_ORIGIN = (
    "WebAuthnOriginNotAllowedException",
    "The origin of the passkey does not belong to the relying party ID of the user pool.",
)
WRONG_PARTY = (
    "WebAuthnRelyingPartyMismatchException",
    "The passkey is for another relying party ID than that of the user pool.",
)
INVALID = ("InvalidParameterException", "The passkey credential is not valid.")
UNVERIFIED = ("WebAuthnCredentialNotSupportedException", "The authenticator has not verified its user.")
BAD_KEY = ("WebAuthnCredentialNotSupportedException", "The public key of the passkey cannot be used.")
BAD_ALGORITHM = ("WebAuthnCredentialNotSupportedException", "The passkey must be of ES256 or RS256.")
FULL = ("LimitExceededException", "A user can have at most 20 passkeys.")
TWICE = ("InvalidParameterException", "The passkey is registered already.")
NONE_LEFT = ("NotAuthorizedException", "The user has no passkey for the relying party ID of the user pool.")
NOT_THEIRS = ("NotAuthorizedException", "The passkey is not registered for the user.")
COPIED = (
    "NotAuthorizedException",
    "The signature counter of the passkey has not grown: there may be a copy of it.",
)
SPENT = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.")
BAD_SESSION = ("NotAuthorizedException", "Invalid session for the user.")
MULTI_FACTOR = {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}
FLOWS = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


def in_sign_in(error: tuple[str, str]) -> tuple[str, str]:
    """What registration tells by a code of its own, a sign-in tells with the code that it has."""
    return "NotAuthorizedException", error[1]


class Scene(SigningIn):
    """A pool with passkeys (relying party `localhost`, from the base URL), a client and a user."""

    def __init__(self, make: Factory, operator: Any, public: Any, resources: Resources, **pool: Any) -> None:
        self.make, self.operator, self.public, self.resources = make, operator, public, resources
        factors = ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]
        self.pool_id = make.pool(**{"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": factors}}, **pool})
        self.client_id: str = make.client(self.pool_id, ExplicitAuthFlows=FLOWS)["ClientId"]
        self.user = make.user(self.pool_id, "maya", name="Maya")
        self.tokens: dict[str, str] = {}

    def configure(self, mfa: str = "OFF", **passkeys: str) -> None:
        """Sets WebAuthnConfiguration; authenticator apps are on unless MFA is off."""
        more = {} if mfa == "OFF" else {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
        self.operator.set_user_pool_mfa_config(
            UserPoolId=self.pool_id, MfaConfiguration=mfa, WebAuthnConfiguration=passkeys, **more
        )

    def token(self, user: MadeUser | None = None) -> str:
        """An access token of the user, by password; the same again for as long as a test lasts."""
        user = user or self.user
        if user.sub not in self.tokens:
            self.tokens[user.sub] = self.make.tokens(self.client_id, user)["AccessToken"]
        return self.tokens[user.sub]

    def begin(self, user: MadeUser | None = None) -> Json:
        options: Json = self.public.start_web_authn_registration(AccessToken=self.token(user))
        return dict(options["CredentialCreationOptions"])

    def complete(self, credential: Any, user: MadeUser | None = None, token: str | None = None) -> None:
        self.public.complete_web_authn_registration(AccessToken=token or self.token(user), Credential=credential)

    def register(self, authenticator: Authenticator | None = None, user: MadeUser | None = None) -> Authenticator:
        """A new passkey of the user in the authenticator."""
        authenticator = authenticator or Authenticator()
        self.complete(authenticator.create(self.begin(user)), user)
        return authenticator

    def passkeys(self, user: MadeUser | None = None, **page: Any) -> list[Json]:
        found: list[Json] = self.public.list_web_authn_credentials(AccessToken=self.token(user), **page)["Credentials"]
        return found

    def delete(self, credential_id: str, user: MadeUser | None = None) -> None:
        self.public.delete_web_authn_credential(AccessToken=self.token(user), CredentialId=credential_id)

    def start(self, username: str | None = None, **parameters: str) -> Json:
        parameters.setdefault("PREFERRED_CHALLENGE", "WEB_AUTHN")
        return self.initiate("USER_AUTH", username, None, **parameters)

    def asked(self, username: str | None = None) -> tuple[Json, Json]:
        """An open WEB_AUTHN and its request options."""
        challenge = self.start(username)
        assert challenge["ChallengeName"] == "WEB_AUTHN"
        return challenge, json.loads(challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])

    def prove(self, challenge: Json, credential: Any, username: str | None = None, **responses: str) -> Json:
        """Answers WEB_AUTHN with a credential."""
        text = credential if isinstance(credential, str) else json.dumps(credential)
        return self.respond(challenge, USERNAME=username or self.user.username, CREDENTIAL=text, **responses)

    def sign_in(self, authenticator: Authenticator, **changes: Any) -> Json:
        challenge, options = self.asked()
        return self.prove(challenge, authenticator.get(options, **changes))

    def amr(self, answer: Json) -> list[str]:
        found: list[str] = claims_of(answer["AuthenticationResult"]["AccessToken"])["amr"]
        return found

    def mfa(self) -> Json:
        with self.resources.database.read() as db:
            found: Json = db.execute(select(User.mfa).where(User.sub == self.user.sub)).scalar_one()
        return found

    def stored(self) -> Any:
        """The newest passkey of the user."""
        with self.resources.database.read() as db:
            return db.execute(
                select(PasskeyRow)
                .where(PasskeyRow.sub == self.user.sub)
                .order_by(PasskeyRow.created_at.desc())
                .limit(1)
            ).one()

    def open_registrations(self) -> int:
        with self.resources.database.read() as db:
            wanted = select(PasskeyRegistration.sub).where(PasskeyRegistration.pool_id == self.pool_id)
            return len(db.execute(wanted).all())

    def events(self, kind: str) -> list[Any]:
        with self.resources.database.read() as db:
            wanted = select(AuditEvent).where(AuditEvent.pool_id == self.pool_id, AuditEvent.kind == kind)
            return list(db.execute(wanted.order_by(AuditEvent.at)).all())
