"""ForgotPassword, ConfirmForgotPassword, ChangePassword, AdminSetUserPassword, AdminResetUserPassword."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import Clock
from tests.factories import PASSWORD, SNS, Factory

LastCode = Callable[[str, str], str]
NEW_PASSWORD = "Another-Horse-8"
MAIL = {"email": "jane@example.com", "email_verified": "true"}
PHONE = {"phone_number": "+12065550134", "phone_number_verified": "true"}


def recovery(*names: str) -> dict[str, Any]:
    mechanisms = [{"Name": name, "Priority": priority} for priority, name in enumerate(names, 1)]
    return {"AccountRecoverySetting": {"RecoveryMechanisms": mechanisms}}


def sign_in(public: Any, client_id: str, username: str, password: str) -> dict[str, Any]:
    answer: dict[str, Any] = public.initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )
    return answer


def status_of(operator: Any, pool_id: str, username: str) -> str:
    return str(operator.admin_get_user(UserPoolId=pool_id, Username=username)["UserStatus"])


def test_forgotten_password_is_replaced_by_code(
    make: Factory, public: Any, last_code: LastCode, outbox: Any, clock: Clock
) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id)["ClientId"]
    make.user(pool_id, "jane", **MAIL)
    details = public.forgot_password(ClientId=client_id, Username="jane")["CodeDeliveryDetails"]
    assert details == {"Destination": "j***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    code = last_code(pool_id, "jane@example.com")
    assert outbox(pool_id)[-1].purpose == "reset"
    confirm: dict[str, Any] = {"ClientId": client_id, "Username": "jane", "Password": NEW_PASSWORD}

    with pytest.raises(public.exceptions.CodeMismatchException):
        public.confirm_forgot_password(**confirm, ConfirmationCode="abc")
    with pytest.raises(public.exceptions.InvalidPasswordException, match="does not conform to policy: Password not"):
        public.confirm_forgot_password(**{**confirm, "Password": "short"}, ConfirmationCode=code)
    public.confirm_forgot_password(**confirm, ConfirmationCode=code)

    assert "AuthenticationResult" in sign_in(public, client_id, "jane", NEW_PASSWORD)
    with pytest.raises(public.exceptions.NotAuthorizedException):
        sign_in(public, client_id, "jane", PASSWORD)
    with pytest.raises(public.exceptions.ExpiredCodeException):
        public.confirm_forgot_password(**confirm, ConfirmationCode=code)

    clock.advance(seconds=1)
    public.forgot_password(ClientId=client_id, Username="jane")
    clock.advance(hours=1)
    with pytest.raises(public.exceptions.ExpiredCodeException):
        public.confirm_forgot_password(**confirm, ConfirmationCode=last_code(pool_id, "jane@example.com"))


@pytest.mark.parametrize(
    ("options", "values", "medium"),
    [
        (recovery("verified_email", "verified_phone_number"), {**MAIL, **PHONE}, "EMAIL"),
        (recovery("verified_phone_number", "verified_email"), {**MAIL, **PHONE}, "SMS"),
        (recovery("verified_phone_number", "verified_email"), MAIL, "EMAIL"),
        ({}, {**MAIL, **PHONE}, "SMS"),
        ({}, {**MAIL, "phone_number": "+12065550134"}, "EMAIL"),
    ],
)
def test_recovery_follows_the_pools_priorities(
    make: Factory, public: Any, options: dict[str, Any], values: dict[str, str], medium: str
) -> None:
    pool_id = make.pool(**options)
    client_id = make.client(pool_id)["ClientId"]
    make.user(pool_id, "jane", **values)
    details = public.forgot_password(ClientId=client_id, Username="jane")["CodeDeliveryDetails"]
    assert details["DeliveryMedium"] == medium


def test_refused_recovery(make: Factory, operator: Any, public: Any) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id, PreventUserExistenceErrors="LEGACY")["ClientId"]
    make.user(pool_id, "unverified", email="jane@example.com")
    make.user(pool_id, "disabled", **MAIL)
    operator.admin_disable_user(UserPoolId=pool_id, Username="disabled")
    operator.admin_create_user(UserPoolId=pool_id, Username="invited", MessageAction="SUPPRESS")
    public.sign_up(ClientId=client_id, Username="unconfirmed", Password=PASSWORD)
    no_address = "Cannot reset password for the user as there is no registered/verified email or phone_number"
    for username, error, text in (
        ("nobody", "UserNotFoundException", "Username/client id combination not found."),
        ("unverified", "InvalidParameterException", no_address),
        ("unconfirmed", "InvalidParameterException", no_address),
        ("disabled", "NotAuthorizedException", "User is disabled."),
        ("invited", "NotAuthorizedException", "User password cannot be reset in the current state."),
    ):
        with pytest.raises(ClientError) as refused:
            public.forgot_password(ClientId=client_id, Username=username)
        assert (refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]) == (error, text)
    for username, error in (
        ("nobody", "UserNotFoundException"),
        ("unverified", "ExpiredCodeException"),
        ("unconfirmed", "UserNotConfirmedException"),
        ("disabled", "NotAuthorizedException"),
        ("invited", "NotAuthorizedException"),
    ):
        with pytest.raises(ClientError) as refused:
            public.confirm_forgot_password(
                ClientId=client_id, Username=username, ConfirmationCode="123456", Password=NEW_PASSWORD
            )
        assert refused.value.response["Error"]["Code"] == error


def test_recovery_left_to_operators(make: Factory, operator: Any, public: Any) -> None:
    pool_id = make.pool(**recovery("admin_only"))
    client_id = make.client(pool_id, PreventUserExistenceErrors="ENABLED")["ClientId"]
    make.user(pool_id, "jane", **MAIL)
    for username in ("jane", "nobody"):
        with pytest.raises(public.exceptions.NotAuthorizedException, match="Contact administrator to reset password"):
            public.forgot_password(ClientId=client_id, Username=username)
        with pytest.raises(public.exceptions.CodeMismatchException):
            public.confirm_forgot_password(
                ClientId=client_id, Username=username, ConfirmationCode="123456", Password=NEW_PASSWORD
            )
    with pytest.raises(operator.exceptions.NotAuthorizedException, match="Contact administrator"):
        operator.admin_reset_user_password(UserPoolId=pool_id, Username="jane")


def test_hidden_existence_of_every_kind(make: Factory, operator: Any, public: Any, outbox: Any) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id, PreventUserExistenceErrors="ENABLED")["ClientId"]
    make.user(pool_id, "unverified", email="jane@example.com")
    make.user(pool_id, "disabled", **MAIL)
    operator.admin_disable_user(UserPoolId=pool_id, Username="disabled")
    for username in ("nobody", "unverified", "disabled", "joe@example.com"):
        first, second = (
            public.forgot_password(ClientId=client_id, Username=username)["CodeDeliveryDetails"] for _ in range(2)
        )
        assert first == second
        assert first["Destination"]
        if "@" in username:
            assert first == {"Destination": "j***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    assert outbox(pool_id) == []
    for username in ("nobody", "unverified", "disabled", "joe@example.com"):
        with pytest.raises(public.exceptions.CodeMismatchException):
            public.confirm_forgot_password(
                ClientId=client_id, Username=username, ConfirmationCode="123456", Password=NEW_PASSWORD
            )


MAIL_MFA: dict[str, Any] = {"EmailMfaConfiguration": {"Message": "{####}"}}
TEXT_MFA: dict[str, Any] = {"SmsMfaConfiguration": {"SmsConfiguration": SNS}}


@pytest.mark.parametrize(
    ("options", "factors", "values", "challenge"),
    [
        ({}, MAIL_MFA, MAIL, "EMAIL_OTP"),
        ({}, MAIL_MFA | TEXT_MFA, MAIL, "EMAIL_OTP"),
        ({}, TEXT_MFA, PHONE, "SMS_MFA"),
        ({}, MAIL_MFA | TEXT_MFA, {**MAIL, **PHONE}, "SELECT_MFA_TYPE"),
        # The first means of recovery is not at hand as a factor, the second one is.
        (recovery("verified_phone_number", "verified_email"), MAIL_MFA, MAIL, "EMAIL_OTP"),
    ],
)
def test_a_second_factor_at_hand_does_not_replace_the_first(
    make: Factory,
    operator: Any,
    public: Any,
    outbox: Any,
    options: dict[str, Any],
    factors: dict[str, Any],
    values: dict[str, str],
    challenge: str,
) -> None:
    """Nobody has switched anything on: the pool requires a second factor, and an address is what the user has."""
    pool_id = make.pool(**options)
    hiding, telling = (
        make.client(pool_id, PreventUserExistenceErrors=mode)["ClientId"] for mode in ("ENABLED", "LEGACY")
    )
    make.user(pool_id, "jane", **values)
    make.user(pool_id, "bare")
    operator.set_user_pool_mfa_config(UserPoolId=pool_id, MfaConfiguration="ON", **factors)
    for username in ("jane", "bare"):
        with pytest.raises(public.exceptions.InvalidParameterException, match="no registered/verified email"):
            public.forgot_password(ClientId=telling, Username=username)
        with pytest.raises(operator.exceptions.InvalidParameterException, match="no registered/verified email"):
            operator.admin_reset_user_password(UserPoolId=pool_id, Username=username)
    for username in ("jane", "bare", "nobody"):
        assert public.forgot_password(ClientId=hiding, Username=username)["CodeDeliveryDetails"]["Destination"]
        with pytest.raises(public.exceptions.CodeMismatchException):
            public.confirm_forgot_password(
                ClientId=hiding, Username=username, ConfirmationCode="123456", Password=NEW_PASSWORD
            )
    assert outbox(pool_id) == []
    operator.admin_set_user_password(UserPoolId=pool_id, Username="jane", Password=NEW_PASSWORD, Permanent=True)
    assert sign_in(public, hiding, "jane", NEW_PASSWORD)["ChallengeName"] == challenge


@pytest.mark.parametrize(
    ("options", "factors", "values", "medium"),
    [
        (recovery("verified_email"), MAIL_MFA | TEXT_MFA, {**MAIL, **PHONE}, "EMAIL"),
        ({}, TEXT_MFA, {**MAIL, **PHONE}, "EMAIL"),
        ({}, MAIL_MFA, {**MAIL, **PHONE}, "SMS"),
    ],
)
def test_an_address_that_is_no_second_factor_recovers(
    make: Factory,
    operator: Any,
    public: Any,
    options: dict[str, Any],
    factors: dict[str, Any],
    values: dict[str, str],
    medium: str,
) -> None:
    pool_id = make.pool(**options)
    client_id = make.client(pool_id)["ClientId"]
    make.user(pool_id, "jane", **values)
    operator.set_user_pool_mfa_config(UserPoolId=pool_id, MfaConfiguration="ON", **factors)
    details = public.forgot_password(ClientId=client_id, Username="jane")["CodeDeliveryDetails"]
    assert details["DeliveryMedium"] == medium


def test_recovery_attempts_are_limited(make: Factory, public: Any, last_code: LastCode) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id, PreventUserExistenceErrors="ENABLED")["ClientId"]
    make.user(pool_id, "jane", **MAIL)
    for username in ("jane", "nobody"):
        for _ in range(10):
            public.forgot_password(ClientId=client_id, Username=username)
        with pytest.raises(public.exceptions.LimitExceededException):
            public.forgot_password(ClientId=client_id, Username=username)
        for _ in range(20):
            with pytest.raises(public.exceptions.CodeMismatchException):
                public.confirm_forgot_password(
                    ClientId=client_id, Username=username, ConfirmationCode="x", Password=NEW_PASSWORD
                )
        with pytest.raises(public.exceptions.LimitExceededException):
            public.confirm_forgot_password(
                ClientId=client_id,
                Username=username,
                ConfirmationCode=last_code(pool_id, "jane@example.com"),
                Password=NEW_PASSWORD,
            )


def test_operator_resets_a_password(make: Factory, operator: Any, public: Any, last_code: LastCode) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id, PreventUserExistenceErrors="LEGACY")["ClientId"]
    make.user(pool_id, "jane", **MAIL)
    operator.admin_reset_user_password(UserPoolId=pool_id, Username="jane")
    assert status_of(operator, pool_id, "jane") == "RESET_REQUIRED"
    with pytest.raises(public.exceptions.PasswordResetRequiredException):
        sign_in(public, client_id, "jane", PASSWORD)
    code = last_code(pool_id, "jane@example.com")
    public.confirm_forgot_password(ClientId=client_id, Username="jane", ConfirmationCode=code, Password=NEW_PASSWORD)
    assert status_of(operator, pool_id, "jane") == "CONFIRMED"
    assert "AuthenticationResult" in sign_in(public, client_id, "jane", NEW_PASSWORD)


def test_who_must_choose_a_new_password_can_only_sign_out(
    make: Factory, operator: Any, public: Any, last_code: LastCode
) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id)["ClientId"]
    tokens = make.tokens(client_id, make.user(pool_id, "jane", **MAIL))
    mine = {"AccessToken": tokens["AccessToken"]}
    operator.admin_reset_user_password(UserPoolId=pool_id, Username="jane")
    for operation, members in (
        (public.get_user, {}),
        (public.change_password, {"PreviousPassword": PASSWORD, "ProposedPassword": NEW_PASSWORD}),
        (public.update_user_attributes, {"UserAttributes": [{"Name": "name", "Value": "Jane"}]}),
        (public.delete_user, {}),
    ):
        with pytest.raises(public.exceptions.PasswordResetRequiredException, match="Password reset required"):
            operation(**mine, **members)
    refresh = {"ClientId": client_id, "RefreshToken": tokens["RefreshToken"]}
    assert "AccessToken" in public.get_tokens_from_refresh_token(**refresh)["AuthenticationResult"]
    public.global_sign_out(**mine)
    with pytest.raises(public.exceptions.NotAuthorizedException, match="Access Token has been revoked"):
        public.get_user(**mine)
    code = last_code(pool_id, "jane@example.com")
    public.confirm_forgot_password(ClientId=client_id, Username="jane", ConfirmationCode=code, Password=NEW_PASSWORD)
    again = sign_in(public, client_id, "jane", NEW_PASSWORD)["AuthenticationResult"]
    assert public.get_user(AccessToken=again["AccessToken"])["Username"] == "jane"


def test_operator_cannot_reset_what_cannot_be_recovered(make: Factory, operator: Any) -> None:
    pool_id = make.pool()
    make.user(pool_id, "jane")
    operator.admin_create_user(UserPoolId=pool_id, Username="invited", MessageAction="SUPPRESS")
    with pytest.raises(operator.exceptions.InvalidParameterException, match="no registered/verified"):
        operator.admin_reset_user_password(UserPoolId=pool_id, Username="jane")
    with pytest.raises(operator.exceptions.NotAuthorizedException, match="current state"):
        operator.admin_reset_user_password(UserPoolId=pool_id, Username="invited")
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_reset_user_password(UserPoolId=pool_id, Username="nobody")


def test_operator_sets_passwords(make: Factory, operator: Any, public: Any) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id)["ClientId"]
    make.user(pool_id, "jane")
    operator.admin_set_user_password(UserPoolId=pool_id, Username="jane", Password=NEW_PASSWORD)
    assert status_of(operator, pool_id, "jane") == "FORCE_CHANGE_PASSWORD"
    assert sign_in(public, client_id, "jane", NEW_PASSWORD)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    operator.admin_set_user_password(UserPoolId=pool_id, Username="jane", Password=PASSWORD, Permanent=True)
    assert status_of(operator, pool_id, "jane") == "CONFIRMED"
    with pytest.raises(operator.exceptions.InvalidPasswordException):
        operator.admin_set_user_password(UserPoolId=pool_id, Username="jane", Password="weak-pass")
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_set_user_password(UserPoolId=pool_id, Username="nobody", Password=PASSWORD)


def test_temporary_password_runs_out(make: Factory, operator: Any, public: Any, clock: Clock) -> None:
    policy = {"MinimumLength": 8, "TemporaryPasswordValidityDays": 1}
    pool_id = make.pool(Policies={"PasswordPolicy": policy})
    client_id = make.client(pool_id)["ClientId"]
    make.user(pool_id, "jane")
    operator.admin_set_user_password(UserPoolId=pool_id, Username="jane", Password=NEW_PASSWORD)
    clock.advance(days=1, seconds=1)
    with pytest.raises(public.exceptions.NotAuthorizedException, match="Temporary password has expired"):
        sign_in(public, client_id, "jane", NEW_PASSWORD)


def test_password_history(make: Factory, operator: Any, public: Any, last_code: LastCode) -> None:
    pool_id = make.pool(Policies={"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2}})
    client_id = make.client(pool_id)["ClientId"]
    user = make.user(pool_id, "jane", **MAIL)
    with pytest.raises(operator.exceptions.PasswordHistoryPolicyViolationException):
        operator.admin_set_user_password(UserPoolId=pool_id, Username="jane", Password=PASSWORD, Permanent=True)
    token = make.tokens(client_id, user)["AccessToken"]
    with pytest.raises(public.exceptions.PasswordHistoryPolicyViolationException):
        public.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=PASSWORD)
    public.forgot_password(ClientId=client_id, Username="jane")
    code = last_code(pool_id, "jane@example.com")
    confirm: dict[str, Any] = {"ClientId": client_id, "Username": "jane", "ConfirmationCode": code}
    with pytest.raises(public.exceptions.PasswordHistoryPolicyViolationException):
        public.confirm_forgot_password(**confirm, Password=PASSWORD)
    public.confirm_forgot_password(**confirm, Password=NEW_PASSWORD)


def test_change_password(make: Factory, public: Any) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id)["ClientId"]
    user = make.user(pool_id, "jane")
    token = make.tokens(client_id, user)["AccessToken"]
    with pytest.raises(public.exceptions.NotAuthorizedException, match=r"Incorrect username or password\."):
        public.change_password(AccessToken=token, PreviousPassword="wrong", ProposedPassword=NEW_PASSWORD)
    with pytest.raises(public.exceptions.NotAuthorizedException, match=r"Incorrect username or password\."):
        public.change_password(AccessToken=token, ProposedPassword=NEW_PASSWORD)
    with pytest.raises(public.exceptions.InvalidPasswordException):
        public.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword="weak")
    public.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=NEW_PASSWORD)
    assert "AuthenticationResult" in sign_in(public, client_id, "jane", NEW_PASSWORD)
    with pytest.raises(public.exceptions.NotAuthorizedException):
        public.change_password(AccessToken="forged.access.token", ProposedPassword=NEW_PASSWORD)


def test_guesses_of_the_present_password_are_limited(make: Factory, public: Any) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id)["ClientId"]
    token = make.tokens(client_id, make.user(pool_id, "jane"))["AccessToken"]
    for _ in range(5):
        with pytest.raises(public.exceptions.NotAuthorizedException):
            public.change_password(AccessToken=token, PreviousPassword="wrong", ProposedPassword=NEW_PASSWORD)
    with pytest.raises(public.exceptions.LimitExceededException, match="Attempt limit exceeded"):
        public.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=NEW_PASSWORD)


def test_changed_password_makes_a_reset_code_useless(make: Factory, public: Any, last_code: LastCode) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id)["ClientId"]
    token = make.tokens(client_id, make.user(pool_id, "jane", **MAIL))["AccessToken"]
    public.forgot_password(ClientId=client_id, Username="jane")
    public.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=NEW_PASSWORD)
    with pytest.raises(public.exceptions.ExpiredCodeException):
        public.confirm_forgot_password(
            ClientId=client_id,
            Username="jane",
            ConfirmationCode=last_code(pool_id, "jane@example.com"),
            Password="Third-Horse-99",
        )
