"""What a user pool's configuration means: defaults, what the service model cannot check, and what is refused for now.

Pure: AWS-shaped dictionaries in, AWS-shaped dictionaries out. See CreateUserPool and UpdateUserPool in the Amazon Cognito
user pools API reference. A setting whose effect does not exist here yet is refused, never stored as if it worked.
"""

from collections.abc import Mapping
from typing import Any

from app.kit.errors import (
    AppError,
    FeatureUnavailableInTierException,
    InvalidParameterException,
    NotImplementedException,
    TierChangeNotAllowedException,
)

Configuration = dict[str, Any]

# UpdateUserPool cannot name these: they are as the pool was created.
FIXED = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")
# Nor these: other operations set them, or what is not given leaves them alone.
_MFA_MEMBERS = ("SoftwareTokenMfaConfiguration", "EmailMfaConfiguration", "WebAuthnConfiguration")
_KEPT = (*FIXED, "DcrConfiguration", *_MFA_MEMBERS)
TIERS = ("LITE", "ESSENTIALS", "PLUS")
DEFAULT_TIER = "ESSENTIALS"
DEFAULT_VALIDITY_DAYS = 7
MAX_TAGS = 50
DEFAULT_PASSWORD_POLICY: Mapping[str, Any] = {
    "MinimumLength": 8,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
}
DEFAULT_ACRS: Mapping[str, str] = {f"Level{level}": f"urn:cognito:loa:{level}" for level in range(1, 5)}
# Devices are tracked as soon as a pool has the configuration, whatever it says.
_NO_DEVICE_RULES = {"ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": False}
_REQUIREMENTS = ("RequireUppercase", "RequireLowercase", "RequireNumbers", "RequireSymbols")
# Deprecated member of the pool -> member of VerificationMessageTemplate that it mirrors.
_MIRRORED = {
    "SmsVerificationMessage": "SmsMessage",
    "EmailVerificationMessage": "EmailMessage",
    "EmailVerificationSubject": "EmailSubject",
}
_SENDERS = ("CustomSMSSender", "CustomEmailSender")


def new_configuration(given: Mapping[str, Any], region: str, *, gates_tiers: bool) -> Configuration:
    """A pool's configuration from what CreateUserPool gives, defaults merged; with `gates_tiers` its plan limits it.

    Raises InvalidParameterException, FeatureUnavailableInTierException, and NotImplementedException for what this server
    cannot enforce.
    """
    _check_names(given)
    return _configuration(given, region, FeatureUnavailableInTierException if gates_tiers else None)


def replaced_configuration(
    current: Mapping[str, Any], given: Mapping[str, Any], region: str, *, gates_tiers: bool
) -> Configuration:
    """A pool's configuration after UpdateUserPool: what is not given falls back to its default.

    Only what UpdateUserPool cannot name and DcrConfiguration are kept. Raises as `new_configuration`, and
    TierChangeNotAllowedException when a pool would move to a plan that lacks features it has.
    """
    kept = {name: current[name] for name in _KEPT if name in current}
    goes_down = _rank(given) < _rank(current)
    lacking = TierChangeNotAllowedException if goes_down else FeatureUnavailableInTierException
    return _configuration({**kept, **given}, region, lacking if gates_tiers else None)


def _configuration(given: Mapping[str, Any], region: str, lacking: type[AppError] | None) -> Configuration:
    given = {name: value for name, value in given.items() if value is not None}
    _check_policies(given)
    _check_recovery(given)
    _check_verification(given)
    _check_messages(given)
    _check_functions(given.get("LambdaConfig") or {})
    if given.get("SmsConfiguration") is not None:
        check_sms(given["SmsConfiguration"], region)
    _check_acrs(given)
    _check_built(given)
    if lacking:
        _check_tier(given, lacking)
    return _with_defaults(given)


# ---- defaults


def _with_defaults(given: Mapping[str, Any]) -> Configuration:
    password_policy = _password_policy(given)
    merged: Configuration = {
        **given,
        "Policies": {
            "PasswordPolicy": password_policy,
            "SignInPolicy": {"AllowedFirstAuthFactors": _first_factors(given)},
        },
        "DeletionProtection": given.get("DeletionProtection", "INACTIVE"),
        "LambdaConfig": _lambda_config(given.get("LambdaConfig") or {}),
        "MfaConfiguration": given.get("MfaConfiguration", "OFF"),
        "UserPoolTier": _tier(given),
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT", **given.get("EmailConfiguration", {})},
        "UserAttributeUpdateSettings": {
            "AttributesRequireVerificationBeforeUpdate": [],
            **given.get("UserAttributeUpdateSettings", {}),
        },
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": False,
            **given.get("AdminCreateUserConfig", {}),
            "UnusedAccountValidityDays": password_policy["TemporaryPasswordValidityDays"],
        },
        **_messages(given),
    }
    if "DeviceConfiguration" in given:
        merged["DeviceConfiguration"] = {**_NO_DEVICE_RULES, **given["DeviceConfiguration"]}
    return merged


def _first_factors(given: Mapping[str, Any]) -> list[str]:
    policy = (given.get("Policies") or {}).get("SignInPolicy") or {}
    return list(dict.fromkeys(policy.get("AllowedFirstAuthFactors") or ["PASSWORD"]))


def _tier(given: Mapping[str, Any]) -> str:
    """The named feature plan; threat protection implies PLUS where none is named."""
    protects = _is_protected(given.get("UserPoolAddOns") or {})
    return str(given.get("UserPoolTier") or ("PLUS" if protects else DEFAULT_TIER))


def _rank(configuration: Mapping[str, Any]) -> int:
    return TIERS.index(_tier(configuration))


def _password_policy(given: Mapping[str, Any]) -> Configuration:
    """The defaults hold for a pool without a policy; in a given one, a requirement that is not named is not made."""
    policy = (given.get("Policies") or {}).get("PasswordPolicy")
    base = (
        DEFAULT_PASSWORD_POLICY
        if policy is None
        else {**DEFAULT_PASSWORD_POLICY, **dict.fromkeys(_REQUIREMENTS, False)}
    )
    merged = {**base, **(policy or {})}
    unused = (given.get("AdminCreateUserConfig") or {}).get("UnusedAccountValidityDays")
    days = merged.get("TemporaryPasswordValidityDays") or unused or DEFAULT_VALIDITY_DAYS
    return {**merged, "TemporaryPasswordValidityDays": days}


def _messages(given: Mapping[str, Any]) -> Configuration:
    """VerificationMessageTemplate and the deprecated members that say the same; the template wins."""
    template = {"DefaultEmailOption": "CONFIRM_WITH_CODE", **given.get("VerificationMessageTemplate", {})}
    for old, new in _MIRRORED.items():
        if new not in template and old in given:
            template[new] = given[old]
    mirrors = {old: template[new] for old, new in _MIRRORED.items() if new in template}
    return {"VerificationMessageTemplate": template, **mirrors}


def _lambda_config(given: Mapping[str, Any]) -> Configuration:
    """PreTokenGeneration and PreTokenGenerationConfig name the same function, whichever was given."""
    versioned = given.get("PreTokenGenerationConfig")
    legacy = given.get("PreTokenGeneration")
    if versioned:
        return {**given, "PreTokenGeneration": versioned["LambdaArn"]}
    if legacy:
        return {**given, "PreTokenGenerationConfig": {"LambdaVersion": "V1_0", "LambdaArn": legacy}}
    return dict(given)


def effective_acrs(configuration: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """AcrConfiguration as it is always shown, every level with its name."""
    custom = configuration.get("AcrConfiguration") or {}
    return {level: custom.get(level) or {"AcrValue": name} for level, name in DEFAULT_ACRS.items()}


# ---- checks


def _check_names(given: Mapping[str, Any]) -> None:
    if given.get("AliasAttributes") and given.get("UsernameAttributes"):
        raise InvalidParameterException(
            "Only one of the aliasAttributes or usernameAttributes can be set in a user pool."
        )


def _check_policies(given: Mapping[str, Any]) -> None:
    policies = given.get("Policies") or {}
    days = (policies.get("PasswordPolicy") or {}).get("TemporaryPasswordValidityDays")
    unused = (given.get("AdminCreateUserConfig") or {}).get("UnusedAccountValidityDays")
    if days is not None and unused is not None:
        raise InvalidParameterException(
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays"
        )


def _check_recovery(given: Mapping[str, Any]) -> None:
    mechanisms = (given.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms") or ()
    names = [mechanism["Name"] for mechanism in mechanisms]
    if "admin_only" in names and len(names) > 1:
        raise InvalidParameterException("Invalid recovery mechanisms: admin_only cannot be combined with others.")
    priorities = {mechanism["Priority"] for mechanism in mechanisms}
    if not len(names) == len(set(names)) == len(priorities):
        raise InvalidParameterException("Invalid recovery mechanisms: names and priorities must not repeat.")


def _check_verification(given: Mapping[str, Any]) -> None:
    verified = given.get("AutoVerifiedAttributes") or ()
    settings = given.get("UserAttributeUpdateSettings") or {}
    before_update = settings.get("AttributesRequireVerificationBeforeUpdate") or ()
    for name in before_update:
        if name not in verified:
            raise InvalidParameterException(
                f"AttributesRequireVerificationBeforeUpdate can hold {name} only if AutoVerifiedAttributes does."
            )


def _check_messages(given: Mapping[str, Any]) -> None:
    invite = (given.get("AdminCreateUserConfig") or {}).get("InviteMessageTemplate") or {}
    for name in ("SMSMessage", "EmailMessage"):
        text = invite.get(name)
        if text is not None and not ("{username}" in text and "{####}" in text):
            raise InvalidParameterException(f"The invitation's {name} must contain {{username}} and {{####}}.")
    email = given.get("EmailConfiguration") or {}
    for text in (*_subjects(given), email.get("From") or ""):
        if "\r" in text or "\n" in text:
            raise InvalidParameterException("Subjects and senders of e-mail must be one line.")
    if email.get("EmailSendingAccount") == "DEVELOPER" and not email.get("SourceArn"):
        raise InvalidParameterException("SourceArn is required when EmailSendingAccount is DEVELOPER.")


def _check_functions(functions: Mapping[str, Any]) -> None:
    legacy, versioned = functions.get("PreTokenGeneration"), functions.get("PreTokenGenerationConfig")
    if legacy and versioned and versioned["LambdaArn"] != legacy:
        raise InvalidParameterException("PreTokenGeneration and PreTokenGenerationConfig must name the same function.")
    if any(functions.get(sender) for sender in _SENDERS) and not functions.get("KMSKeyID"):
        raise InvalidParameterException("KMSKeyID is required with CustomSMSSender and CustomEmailSender.")


def _subjects(given: Mapping[str, Any]) -> list[str]:
    template = given.get("VerificationMessageTemplate") or {}
    invite = (given.get("AdminCreateUserConfig") or {}).get("InviteMessageTemplate") or {}
    found = (
        given.get("EmailVerificationSubject"),
        template.get("EmailSubject"),
        template.get("EmailSubjectByLink"),
        invite.get("EmailSubject"),
    )
    return [text for text in found if text]


def check_tags(tags: Mapping[str, str], refused: type[AppError]) -> None:
    """At most 50 tags, none in AWS's own name space; raises `refused`."""
    if len(tags) > MAX_TAGS:
        raise refused(f"A user pool can have at most {MAX_TAGS} tags.")
    if any(name.lower().startswith("aws:") for name in tags):
        raise refused("Tag keys that begin with aws: are reserved.")


def check_sms(sms: Mapping[str, Any], region: str) -> None:
    """One sender, SNS or End User Messaging, and the latter in the pool's region; raises InvalidParameterException."""
    sns, eums = sms.get("SnsCallerArn"), sms.get("EumsSms")
    if bool(sns) == bool(eums):
        raise InvalidParameterException("SmsConfiguration must hold either SnsCallerArn or EumsSms.")
    if eums and eums.get("Region", region) != region:
        raise InvalidParameterException("EumsSms.Region must be the Region of the user pool.")


def _check_acrs(given: Mapping[str, Any]) -> None:
    """Every level has a name of its own, the names of levels that are not configured included."""
    names = [level["AcrValue"] for level in effective_acrs(given).values()]
    if len(set(names)) != len(names):
        raise InvalidParameterException("AcrConfiguration: every level must have a value of its own.")
    if any(character in name for name in names for character in ' "\\'):
        raise InvalidParameterException("AcrConfiguration: a value cannot hold spaces, quotes or backslashes.")


def _check_built(given: Mapping[str, Any]) -> None:
    """Refuses what would be promised and not done."""
    dcr = given.get("DcrConfiguration")
    unbuilt = {
        "KeyConfiguration.KeyType CUSTOMER_MANAGED_KEY": _has_own_key(given.get("KeyConfiguration") or {}),
        "DcrConfiguration.EnableStatus Enabled": dcr is not None and dcr.get("EnableStatus", "Enabled") == "Enabled",
    }
    for name, is_wanted in unbuilt.items():
        if is_wanted:
            raise NotImplementedException(f"{name} is not built yet, so it cannot be turned on.")


def _is_protected(add_ons: Mapping[str, Any]) -> bool:
    return add_ons.get("AdvancedSecurityMode", "OFF") != "OFF" or bool(add_ons.get("AdvancedSecurityAdditionalFlows"))


def _has_own_key(key: Mapping[str, Any]) -> bool:
    return key.get("KeyType") == "CUSTOMER_MANAGED_KEY" or bool(key.get("KmsKeyArn"))


def _check_tier(given: Mapping[str, Any], lacking: type[AppError]) -> None:
    """Cognito Developer Guide, "Feature plans": what a pool has and its plan lacks."""
    tier = _tier(given)
    if tier != "PLUS" and _is_protected(given.get("UserPoolAddOns") or {}):
        raise lacking("UserPoolAddOns.AdvancedSecurityMode needs the feature plan PLUS.")
    if tier != "LITE":
        return
    policy = (given.get("Policies") or {}).get("PasswordPolicy") or {}
    token = (given.get("LambdaConfig") or {}).get("PreTokenGenerationConfig") or {}
    used = {
        "PasswordHistorySize": bool(policy.get("PasswordHistorySize")),
        "PreTokenGenerationConfig V2_0 and V3_0": token.get("LambdaVersion", "V1_0") != "V1_0",
        "AllowedFirstAuthFactors beyond PASSWORD": _first_factors(given) != ["PASSWORD"],
        "EmailMfaConfiguration": bool(given.get("EmailMfaConfiguration")),
        "AcrConfiguration": effective_acrs(given) != effective_acrs({}),
    }
    for name, is_used in used.items():
        if is_used:
            raise lacking(f"{name} needs the feature plan ESSENTIALS or higher.")
