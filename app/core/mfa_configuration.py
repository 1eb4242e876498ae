"""How a pool's factors are set: which second factors it has, which first factors it allows, and what goes together.

Pure: AWS-shaped dictionaries in and out. See SetUserPoolMfaConfig and SignInPolicyType in the Amazon Cognito user pools API
reference, and "Passwordless sign-in and MFA" in the Developer Guide. A pool has SMS MFA when it can send SMS.
"""

import re
from collections.abc import Mapping
from typing import Any

from app.kit.errors import InvalidParameterException

SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP = "SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"
FACTORS = (SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP)
# The attribute that a factor's codes go to.
ADDRESS_OF = {SMS_MFA: "phone_number", EMAIL_OTP: "email", "SMS_OTP": "phone_number"}
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# No IP address either: the last label of a domain name is not all digits.
_RELYING_PARTY_ID = re.compile(rf"localhost|(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}", re.IGNORECASE)
_ONE_TIME = frozenset({"EMAIL_OTP", "SMS_OTP"})


def second_factors(configuration: Mapping[str, Any]) -> tuple[str, ...]:
    """The second factors that the pool has set up, whether or not MFA is on."""
    has = {
        SMS_MFA: bool(configuration.get("SmsConfiguration")),
        SOFTWARE_TOKEN_MFA: bool((configuration.get("SoftwareTokenMfaConfiguration") or {}).get("Enabled")),
        EMAIL_OTP: configuration.get("EmailMfaConfiguration") is not None,
    }
    return tuple(factor for factor in FACTORS if has[factor])


def passkeys_count_as_mfa(configuration: Mapping[str, Any]) -> bool:
    """Whether a passkey with user verification satisfies MFA by itself."""
    settings = configuration.get("WebAuthnConfiguration") or {}
    return bool(settings.get("FactorConfiguration") == "MULTI_FACTOR_WITH_USER_VERIFICATION")


def check_relying_party_id(rp_id: str | None) -> None:
    """Raises InvalidParameterException for a RelyingPartyId that is no host name of more than one label, or localhost.

    A public suffix of several labels (`co.uk`) is not recognized here; browsers refuse to use it.
    """
    if rp_id is not None and not _RELYING_PARTY_ID.fullmatch(rp_id):
        raise InvalidParameterException("RelyingPartyId must be a domain name, and no public suffix.")


def check_mfa_given(given: Mapping[str, Any]) -> None:
    """Raises InvalidParameterException for members of one SetUserPoolMfaConfig that turn MFA off and set up a factor for it."""
    if given.get("MfaConfiguration") == "OFF" and second_factors(given):
        raise InvalidParameterException(
            "Invalid MFA configuration given, can't turn off MFA and configure an MFA together."
        )


def check_mfa(configuration: Mapping[str, Any]) -> None:
    """Raises InvalidParameterException for factors that do not go together in a pool's whole configuration."""
    factors = set(configuration["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"])
    _check_first_factors(factors)
    demand = configuration["MfaConfiguration"]
    if demand == "OFF":
        return
    if not second_factors(configuration):
        raise InvalidParameterException(
            "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
        )
    if demand == "ON":
        _check_goes_with_mfa(factors, configuration)


def _check_first_factors(factors: set[str]) -> None:
    if "SOFTWARE_TOKEN" in factors:
        raise InvalidParameterException("SOFTWARE_TOKEN is not supported in AllowedFirstAuthFactors.")
    if "PASSWORD" not in factors:
        raise InvalidParameterException("AllowedFirstAuthFactors must contain PASSWORD.")


def _check_goes_with_mfa(factors: set[str], configuration: Mapping[str, Any]) -> None:
    """Where MFA is required, a first factor must leave room for another one, or be worth two."""
    if factors & _ONE_TIME:
        raise InvalidParameterException("EMAIL_OTP and SMS_OTP cannot be first factors while MFA is required.")
    if "WEB_AUTHN" in factors and not passkeys_count_as_mfa(configuration):
        raise InvalidParameterException(
            "WEB_AUTHN can be a first factor while MFA is required only with MULTI_FACTOR_WITH_USER_VERIFICATION."
        )
