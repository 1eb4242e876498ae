"""PreTokenGeneration in its three versions: the tenant of a user in their tokens, groups and scopes as an API wants them."""

from typing import Any


def version_1(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """The ID token: a claim more, the mail address gone, other groups and roles."""
    event["response"]["claimsOverrideDetails"] = {
        "claimsToAddOrOverride": {"tenant": tenant_of(event)},
        "claimsToSuppress": ["email"],
        "groupOverrideDetails": {
            "groupsToOverride": [f"{group}-of-{tenant_of(event)}" for group in groups_of(event)],
            "iamRolesToOverride": ["arn:aws:iam::123456789012:role/reader"],
            "preferredRole": "arn:aws:iam::123456789012:role/reader",
        },
    }
    return event


def version_2(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Both tokens, with values of every JSON type; scopes by what the user may do."""
    granted = ["shop/write"] if "staff" in groups_of(event) else []
    event["response"]["claimsAndScopeOverrideDetails"] = {
        "idTokenGeneration": {
            "claimsToAddOrOverride": {"tenant": {"name": tenant_of(event), "seats": 12}},
            "claimsToSuppress": ["email", "email_verified"],
        },
        "accessTokenGeneration": {
            "claimsToAddOrOverride": {"tenant": tenant_of(event), "beta": True},
            "claimsToSuppress": ["event_id"],
            "scopesToAdd": granted,
            "scopesToSuppress": ["aws.cognito.signin.user.admin"],
        },
        "groupOverrideDetails": {"groupsToOverride": [*groups_of(event), "everybody"]},
    }
    return event


def version_3(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """For services, too, which have neither attributes nor groups."""
    if event["triggerSource"] != "TokenGeneration_ClientCredentials":
        return version_2(event, _context)
    release = event["request"].get("clientMetadata", {}).get("release", "unknown")
    event["response"]["claimsAndScopeOverrideDetails"] = {
        "accessTokenGeneration": {
            "claimsToAddOrOverride": {"release": release, "service": event["callerContext"]["clientId"]},
            "scopesToAdd": ["shop/batch"],
            "scopesToSuppress": ["shop/read"],
        }
    }
    return event


def tenant_of(event: dict[str, Any]) -> str:
    return str(event["request"]["userAttributes"]["email"]).rpartition("@")[2].partition(".")[0]


def groups_of(event: dict[str, Any]) -> list[str]:
    groups: list[str] = event["request"]["groupConfiguration"]["groupsToOverride"]
    return groups
