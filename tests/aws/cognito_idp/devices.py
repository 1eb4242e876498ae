"""What tests of devices share: a pool that tracks them, and a client's half of it."""

import re
from typing import Any

import pyotp
from pycognito import aws_srp
from pycognito.aws_srp import AWSSRP, generate_hash_device

from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, MadeUser

KEY = re.compile(r"us-east-1_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
GONE = ("ResourceNotFoundException", "Device does not exist.", 400)
OFF = ("InvalidUserPoolConfigurationException", "Device tracking is not enabled for the user pool.", 400)
NOT_THIS = ("InvalidParameterException", "Invalid device key given.", 400)
NO_REFRESH = ("NotAuthorizedException", "Invalid Refresh Token.", 400)
WRONG = ("NotAuthorizedException", "Incorrect username or password.", 400)
BAD_SESSION = ("NotAuthorizedException", "Invalid session for the user.", 400)
ALWAYS = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
OPT_IN = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}
KEEPS_MFA = {"ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": False}


class Phone:
    """What a client keeps of a device: its keys and the password that it made up."""

    def __init__(self, tokens: dict[str, Any]) -> None:
        self.tokens = tokens
        self.access_token = str(tokens["AccessToken"])
        self.key: str = tokens["NewDeviceMetadata"]["DeviceKey"]
        self.group_key: str = tokens["NewDeviceMetadata"]["DeviceGroupKey"]
        self.password, self.config = generate_hash_device(self.group_key, self.key)


class Scene:
    """A pool that tracks devices, with a client and a user."""

    def __init__(
        self, make: Factory, operator: Any, public: Any, rules: dict[str, bool] | None = ALWAYS, **client: Any
    ) -> None:
        self.make, self.operator, self.public = make, operator, public
        self.pool_id = make.pool(**({"DeviceConfiguration": rules} if rules is not None else {}))
        self.client = make.client(self.pool_id, **client)
        self.client_id: str = self.client["ClientId"]
        self.user = make.user(self.pool_id)

    def password(self, user: MadeUser | None = None, **parameters: str) -> dict[str, Any]:
        """InitiateAuth with a plain password."""
        who = user or self.user
        answer: dict[str, Any] = self.public.initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": who.username, "PASSWORD": PASSWORD, **parameters},
        )
        return answer

    def new_phone(self, user: MadeUser | None = None) -> Phone:
        """A device that has a key, not confirmed yet."""
        return Phone(self.password(user)["AuthenticationResult"])

    def confirm(self, phone: Phone, **more: Any) -> bool:
        given = {"DeviceSecretVerifierConfig": phone.config, **more}
        answer = self.public.confirm_device(AccessToken=phone.access_token, DeviceKey=phone.key, **given)
        return bool(answer["UserConfirmationNecessary"])

    def confirmed(self, user: MadeUser | None = None) -> Phone:
        phone = self.new_phone(user)
        self.confirm(phone)
        return phone

    def respond(self, challenge: str, session: str | None = None, **responses: str) -> dict[str, Any]:
        more = {} if session is None else {"Session": session}
        answer: dict[str, Any] = self.public.respond_to_auth_challenge(
            ClientId=self.client_id,
            ChallengeName=challenge,
            ChallengeResponses={"USERNAME": self.user.username, **responses},
            **more,
        )
        return answer

    def srp(self, phone: Phone | None = None, password: str | None = None) -> AWSSRP:
        """Pycognito's client, on a device if one is given."""
        device = {}
        if phone:
            device = {"device_key": phone.key, "device_group_key": phone.group_key}
            device["device_password"] = password or phone.password
        return AWSSRP(
            username=self.user.username,
            password=PASSWORD,
            pool_id=self.pool_id,
            client_id=self.client_id,
            client=self.public,
            **device,
        )

    def asked(self, phone: Phone) -> dict[str, Any]:
        """An open DEVICE_SRP_AUTH."""
        answer = self.password(DEVICE_KEY=phone.key)
        assert answer["ChallengeName"] == "DEVICE_SRP_AUTH"
        return answer

    def begun(self, phone: Phone, exchange: AWSSRP) -> dict[str, Any]:
        """An open DEVICE_PASSWORD_VERIFIER."""
        public = aws_srp.long_to_hex(exchange.large_a_value)
        session = self.asked(phone)["Session"]
        return self.respond("DEVICE_SRP_AUTH", session, DEVICE_KEY=phone.key, SRP_A=public)

    def prove(self, phone: Phone, password: str | None = None) -> dict[str, Any]:
        """A whole sign-in on a remembered device."""
        exchange = self.srp(phone, password)
        begun = self.begun(phone, exchange)
        claim = exchange.process_device_challenge(begun["ChallengeParameters"])
        return self.respond("DEVICE_PASSWORD_VERIFIER", begun["Session"], **claim)

    def refresh(self, tokens: dict[str, Any], **parameters: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.public.initiate_auth(
            ClientId=self.client_id,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"], **parameters},
        )["AuthenticationResult"]
        return answer

    def get(self, phone: Phone) -> dict[str, Any]:
        """The device as operators see it, its attributes by name."""
        device = self.operator.admin_get_device(
            UserPoolId=self.pool_id, Username=self.user.username, DeviceKey=phone.key
        )["Device"]
        return {**device, "DeviceAttributes": attributes(device)}

    def set_status(self, phone: Phone, status: str) -> None:
        self.operator.admin_update_device_status(
            UserPoolId=self.pool_id, Username=self.user.username, DeviceKey=phone.key, DeviceRememberedStatus=status
        )


def attributes(device: dict[str, Any]) -> dict[str, str]:
    return {attribute["Name"]: attribute["Value"] for attribute in device["DeviceAttributes"]}


class Totp:
    """A scene whose pool has authenticator apps, and a user with one."""

    def __init__(self, scene: Scene, clock: Clock, mfa: str = "OPTIONAL") -> None:
        self.scene, self.clock = scene, clock
        scene.operator.set_user_pool_mfa_config(
            UserPoolId=scene.pool_id, MfaConfiguration=mfa, SoftwareTokenMfaConfiguration={"Enabled": True}
        )
        self.seed = ""

    def enroll(self, access_token: str) -> None:
        self.seed = self.scene.public.associate_software_token(AccessToken=access_token)["SecretCode"]
        self.scene.public.verify_software_token(AccessToken=access_token, UserCode=self.code())
        self.scene.public.set_user_mfa_preference(
            AccessToken=access_token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
        )

    def code(self) -> str:
        self.clock.advance(seconds=30)
        return str(pyotp.TOTP(self.seed).at(self.clock.now // 1_000))

    def answer(self, challenge: dict[str, Any]) -> dict[str, Any]:
        assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
        return self.scene.respond("SOFTWARE_TOKEN_MFA", challenge["Session"], SOFTWARE_TOKEN_MFA_CODE=self.code())

    def trusted(self) -> Phone:
        """A remembered device on which MFA was passed."""
        phone = Phone(self.answer(self.scene.password())["AuthenticationResult"])
        self.scene.confirm(phone)
        return phone
