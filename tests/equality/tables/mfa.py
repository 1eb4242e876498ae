"""Second factors: asked for, answered, preferred."""

import re

from tests.equality.language import (
    ABSENT,
    SMS,
    Code,
    Json,
    On,
    Only,
    Totp,
    by_admin,
    by_token,
    call,
    has_attributes,
    message,
    on_pool,
    password_sign_in,
    respond,
    row,
    same_set,
    signed_in,
    user,
    wait,
)
from tests.equality.tables.software_tokens import challenged, prefer

TEXT_SMS = {"SmsConfiguration": SMS, "SmsAuthenticationMessage": "Your code is {####}"}
TEXT_MAIL = {"Message": "Your code is {####}", "Subject": "Signing in"}
TOTP_ON = On(mfa={"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": True}})
ADDRESSES = On(
    mfa={
        "MfaConfiguration": "OPTIONAL",
        "SmsMfaConfiguration": TEXT_SMS,
        "EmailMfaConfiguration": TEXT_MAIL,
        "SoftwareTokenMfaConfiguration": {"Enabled": True},
    }
)
SMS_ON = On(mfa={"MfaConfiguration": "ON", "SmsMfaConfiguration": TEXT_SMS})
BOTH_ON = On(mfa={"MfaConfiguration": "ON", "SmsMfaConfiguration": TEXT_SMS, "EmailMfaConfiguration": TEXT_MAIL})
RECOVERED_BY_MAIL = On(
    pool={"AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]}},
    mfa={"MfaConfiguration": "ON", "SmsMfaConfiguration": TEXT_SMS, "EmailMfaConfiguration": TEXT_MAIL},
)
BOTH = {
    "email": "$email",
    "email_verified": "true",
    "phone_number": "$phone",
    "phone_number_verified": "true",
}
ENABLED = {"Enabled": True}
PREFERRED = {"Enabled": True, "PreferredMfa": True}
SIX = re.compile(r"\d{6}")
TOKENS = {"AccessToken": str, "IdToken": str, "RefreshToken": str, "ExpiresIn": 3600, "TokenType": "Bearer"}
NOT_RIGHT = ("CodeMismatchException", "Invalid code or auth state for the user.")
USED = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.")
NOBODY = ("UserNotFoundException", "User does not exist.")
BY_SMS = Only(
    {
        "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS",
        "CODE_DELIVERY_DESTINATION": re.compile(r"\+\*{7}\d{4}"),
        "USER_ID_FOR_SRP": "$name",
    }
)
BY_MAIL = {"CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL", "CODE_DELIVERY_DESTINATION": re.compile(r"u\*\*\*@e\*\*\*")}


ROWS = (
    # ---- codes by SMS and mail
    row(
        "a code by SMS",
        "cognito.md 2.4 SMS_MFA",
        ADDRESSES,
        signed_in(**BOTH),
        prefer(SMSMfaSettings=ENABLED).gives_only(),
        challenged("SMS_MFA").gives(ChallengeName="SMS_MFA", Session=str, ChallengeParameters=BY_SMS),
        message("$phone", medium="SMS", code=SIX),
        respond("SMS_MFA", SMS_MFA_CODE=Code("$phone")).gives(AuthenticationResult=Only(TOKENS)),
    ),
    row(
        "a code by e-mail has eight digits",
        "cognito.md 2.4 EMAIL_OTP",
        ADDRESSES,
        signed_in(**BOTH),
        prefer(EmailMfaSettings=ENABLED),
        challenged("EMAIL_OTP").gives(ChallengeName="EMAIL_OTP", ChallengeParameters=BY_MAIL),
        message("$email", medium="EMAIL", code=re.compile(r"\d{8}")),
        respond("EMAIL_OTP", EMAIL_OTP_CODE=Code("$email")).gives(AuthenticationResult=Only(TOKENS)),
    ),
    row(
        "six wrong codes by e-mail, each told the same",
        "cognito.md 2.3 six wrong codes in a row",
        ADDRESSES,
        signed_in(**BOTH),
        prefer(EmailMfaSettings=ENABLED),
        challenged("EMAIL_OTP"),
        *[respond("EMAIL_OTP", EMAIL_OTP_CODE="no-code").fails(*NOT_RIGHT)] * 5,
        wait(seconds=2),
        respond("EMAIL_OTP", EMAIL_OTP_CODE="no-code").fails(*NOT_RIGHT),
    ),
    row(
        "a code verifies the address that it went to",
        "cognito.md 2.10 MFA may go to an unverified phone/e-mail",
        ADDRESSES,
        signed_in(phone_number="$phone"),
        prefer(SMSMfaSettings=ENABLED),
        challenged("SMS_MFA"),
        respond("SMS_MFA", SMS_MFA_CODE=Code("$phone")),
        by_admin("AdminGetUser").gives(UserAttributes=has_attributes(phone_number_verified="true")),
    ),
    row(
        "a code ends with its session",
        "cognito.md 2.3 SMS/e-mail MFA",
        ADDRESSES,
        signed_in(**BOTH),
        prefer(SMSMfaSettings=ENABLED),
        challenged("SMS_MFA"),
        wait(minutes=3, seconds=1),
        respond("SMS_MFA", SMS_MFA_CODE=Code("$phone")).fails(
            "NotAuthorizedException", "Invalid session for the user, session is expired."
        ),
    ),
    row(
        "a session is good for one success",
        "cognito.md 2.3 Re-used after success",
        ADDRESSES,
        signed_in(**BOTH),
        prefer(SMSMfaSettings=ENABLED),
        challenged("SMS_MFA"),
        respond("SMS_MFA", SMS_MFA_CODE=Code("$phone")),
        respond("SMS_MFA", SMS_MFA_CODE=Code("$phone")).fails(*USED),
    ),
    # ---- which one
    row(
        "off asks for nothing",
        "cognito.md 2.10 MfaConfiguration OFF",
        signed_in(**BOTH),
        password_sign_in().gives(AuthenticationResult=Only(TOKENS)),
    ),
    row(
        "optional asks whoever has switched it on",
        "cognito.md 2.10 OPTIONAL",
        ADDRESSES,
        signed_in(**BOTH),
        password_sign_in().gives(AuthenticationResult=Only(TOKENS)),
    ),
    row(
        "several are chosen from",
        "cognito.md 2.4 SELECT_MFA_TYPE",
        ADDRESSES,
        signed_in(**BOTH),
        prefer(SMSMfaSettings=ENABLED, EmailMfaSettings=ENABLED),
        challenged("SELECT_MFA_TYPE").gives(
            ChallengeName="SELECT_MFA_TYPE",
            ChallengeParameters={"MFAS_CAN_CHOOSE": Json(same_set("SMS_MFA", "EMAIL_OTP"))},
        ),
        respond("SELECT_MFA_TYPE", ANSWER="SMS_MFA").gives(ChallengeName="SMS_MFA").keeps("challenge"),
        respond("SMS_MFA", SMS_MFA_CODE=Code("$phone")).gives(AuthenticationResult=Only(TOKENS)),
    ),
    row(
        "the guide's name of the e-mail factor",
        "cognito.md 2.4 docs also write EMAIL_MFA",
        ADDRESSES,
        signed_in(**BOTH),
        prefer(SMSMfaSettings=ENABLED, EmailMfaSettings=ENABLED),
        challenged("SELECT_MFA_TYPE"),
        respond("SELECT_MFA_TYPE", ANSWER="EMAIL_MFA").gives(ChallengeName="EMAIL_OTP"),
    ),
    row(
        "what was not offered cannot be chosen",
        "cognito.md 2.4 SELECT_MFA_TYPE",
        ADDRESSES,
        signed_in(**BOTH),
        prefer(SMSMfaSettings=ENABLED, EmailMfaSettings=ENABLED),
        challenged("SELECT_MFA_TYPE"),
        respond("SELECT_MFA_TYPE", ANSWER="SOFTWARE_TOKEN_MFA").fails("InvalidParameterException"),
    ),
    row(
        "the preferred one is asked",
        "cognito.md 2.10 preferred factor",
        ADDRESSES,
        signed_in(**BOTH),
        prefer(SMSMfaSettings=ENABLED, EmailMfaSettings=PREFERRED),
        challenged("EMAIL_OTP"),
    ),
    row(
        "required takes the address at hand",
        "cognito.md 2.10 One eligible",
        SMS_ON,
        user(**BOTH),
        challenged("SMS_MFA"),
    ),
    row(
        "required lets choose between two",
        "cognito.md 2.10 both eligible",
        BOTH_ON,
        user(**BOTH),
        challenged("SELECT_MFA_TYPE"),
    ),
    row(
        "what recovers the account is no second factor",
        "cognito.md 2.10 primary account-recovery channel",
        RECOVERED_BY_MAIL,
        user(**BOTH),
        challenged("SMS_MFA"),
    ),
    row(
        "required with nothing at hand is refused",
        "cognito.md 2.10 none at all",
        SMS_ON,
        user(),
        password_sign_in().fails("InvalidParameterException"),
    ),
    row(
        "required sets an authenticator up",
        "cognito.md 2.4 MFA_SETUP",
        TOTP_ON,
        user(),
        challenged("MFA_SETUP").gives(
            ChallengeName="MFA_SETUP", ChallengeParameters={"MFAS_CAN_SETUP": Json(["SOFTWARE_TOKEN_MFA"])}
        ),
        call("AssociateSoftwareToken", Session="$challenge.Session")
        .gives_only(SecretCode=str, Session=str)
        .keeps("token"),
        call("VerifySoftwareToken", Session="$token.Session", UserCode=Totp("$token.SecretCode"))
        .gives_only(Status="SUCCESS", Session=str)
        .keeps("verified"),
        respond("MFA_SETUP", "$verified.Session").gives(AuthenticationResult=Only(TOKENS)),
        by_admin("AdminGetUser").gives(UserMFASettingList=["SOFTWARE_TOKEN_MFA"]),
    ),
    row(
        "set up without an authenticator",
        "cognito.md 2.4 MFA_SETUP",
        TOTP_ON,
        user(),
        challenged("MFA_SETUP"),
        respond("MFA_SETUP").fails("InvalidParameterException"),
    ),
    # ---- preferences
    row(
        "preferences are shown",
        "cognito.md 1.6 AdminGetUser",
        ADDRESSES,
        signed_in(**BOTH),
        prefer(SMSMfaSettings=PREFERRED, EmailMfaSettings=ENABLED),
        by_token("GetUser").gives(UserMFASettingList=same_set("SMS_MFA", "EMAIL_OTP"), PreferredMfaSetting="SMS_MFA"),
        by_admin("AdminGetUser").gives(
            UserMFASettingList=same_set("SMS_MFA", "EMAIL_OTP"), PreferredMfaSetting="SMS_MFA"
        ),
    ),
    row(
        "only one is preferred",
        "cognito.md 1.6 only one preferred",
        ADDRESSES,
        signed_in(**BOTH),
        prefer(SMSMfaSettings=PREFERRED, EmailMfaSettings=PREFERRED).fails("InvalidParameterException"),
    ),
    row(
        "an authenticator is verified before it is preferred",
        "cognito.md 1.8 TOTP must be verified first",
        ADDRESSES,
        signed_in(**BOTH),
        prefer(SoftwareTokenMfaSettings=PREFERRED).fails("InvalidParameterException"),
    ),
    row(
        "a number is there before it is preferred",
        "cognito.md 1.8 phone/e-mail must exist",
        ADDRESSES,
        signed_in(),
        prefer(SMSMfaSettings=ENABLED).fails("InvalidParameterException"),
        prefer(EmailMfaSettings=ENABLED).fails("InvalidParameterException"),
    ),
    row(
        "a passkey as factor needs another one",
        "cognito.md 2.8 Passkey MFA requires another MFA method",
        ADDRESSES,
        signed_in(**BOTH),
        prefer(WebAuthnMfaSettings=ENABLED).fails("InvalidParameterException"),
    ),
    row(
        "an administrator sets preferences",
        "cognito.md 1.6 AdminSetUserMFAPreference",
        ADDRESSES,
        user(**BOTH),
        by_admin("AdminSetUserMFAPreference", SMSMfaSettings=PREFERRED).gives_only(),
        by_admin("AdminGetUser").gives(UserMFASettingList=["SMS_MFA"], PreferredMfaSetting="SMS_MFA"),
        by_admin("AdminSetUserMFAPreference", SMSMfaSettings={"Enabled": False}),
        by_admin("AdminGetUser").gives(UserMFASettingList=ABSENT, PreferredMfaSetting=ABSENT),
    ),
    row(
        "the preferences of nobody",
        "cognito.md 12.2 UserNotFound",
        ADDRESSES,
        by_admin("AdminSetUserMFAPreference", SMSMfaSettings=ENABLED).fails(*NOBODY),
    ),
    row(
        "the old way",
        "cognito.md 1.6 AdminSetUserSettings legacy",
        ADDRESSES,
        user(**BOTH),
        by_admin(
            "AdminSetUserSettings", MFAOptions=[{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
        ).gives_only(),
        by_admin("AdminGetUser").gives(MFAOptions=[{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]),
        challenged("SMS_MFA"),
    ),
    row(
        "the old way is SMS only",
        "cognito.md 1.8 SetUserSettings legacy SMS",
        ADDRESSES,
        signed_in(**BOTH),
        by_token("SetUserSettings", MFAOptions=[{"DeliveryMedium": "EMAIL", "AttributeName": "email"}]).fails(
            "InvalidParameterException"
        ),
    ),
    row(
        "the old way for nobody",
        "cognito.md 12.2 UserNotFound",
        by_admin("AdminSetUserSettings", MFAOptions=[]).fails(*NOBODY),
    ),
    row(
        "the factors of a user",
        "cognito.md 1.6 AdminGetUserAuthFactors",
        ADDRESSES,
        signed_in(**BOTH),
        prefer(SMSMfaSettings=PREFERRED),
        by_admin("AdminGetUserAuthFactors").gives_only(
            Username="$name",
            PreferredMfaSetting="SMS_MFA",
            UserMFASettingList=["SMS_MFA"],
            ConfiguredUserAuthFactors=["PASSWORD"],
        ),
        by_token("GetUserAuthFactors").gives_only(
            Username="$name",
            PreferredMfaSetting="SMS_MFA",
            UserMFASettingList=["SMS_MFA"],
            ConfiguredUserAuthFactors=["PASSWORD"],
        ),
    ),
    row("the factors of nobody", "cognito.md 12.2 UserNotFound", by_admin("AdminGetUserAuthFactors").fails(*NOBODY)),
    row(
        "a channel of MFA does not recover the account",
        "cognito.md 2.10 cannot be used for password recovery",
        ADDRESSES,
        signed_in(**BOTH),
        prefer(SMSMfaSettings=ENABLED),
        call("ForgotPassword", ClientId="$client", Username="$name").gives(
            CodeDeliveryDetails={"DeliveryMedium": "EMAIL"}
        ),
    ),
    # ---- the pool
    row(
        "what a pool has by default",
        "cognito.md 1.1 GetUserPoolMfaConfig",
        on_pool("GetUserPoolMfaConfig").gives(MfaConfiguration="OFF"),
    ),
    row(
        "what a pool was given",
        "cognito.md 1.1 SetUserPoolMfaConfig",
        ADDRESSES,
        on_pool("GetUserPoolMfaConfig").gives(
            MfaConfiguration="OPTIONAL",
            SmsMfaConfiguration=TEXT_SMS,
            EmailMfaConfiguration=TEXT_MAIL,
            SoftwareTokenMfaConfiguration={"Enabled": True},
        ),
    ),
    row(
        "a message without its code",
        "cognito.md 1.1 SetUserPoolMfaConfig {####} required",
        on_pool(
            "SetUserPoolMfaConfig",
            MfaConfiguration="OPTIONAL",
            SmsMfaConfiguration={"SmsConfiguration": SMS, "SmsAuthenticationMessage": "No code here"},
        ).fails("InvalidParameterException"),
    ),
    row(
        "required with no factor at all",
        "cognito.md 1.1 SetUserPoolMfaConfig",
        on_pool("SetUserPoolMfaConfig", MfaConfiguration="ON").fails("InvalidParameterException"),
    ),
)
