"""Configuration of threat protection through a real botocore client."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.db.tables.risk import RiskConfiguration
from app.flows.work import Resources
from tests.aws.refusals import refusal
from tests.conftest import Clock
from tests.factories import Factory

Members = dict[str, Any]
SOURCE = "arn:aws:ses:us-east-1:123456789012:identity/example.com"
BLOCKED = {"BlockedIPRangeList": ["192.0.2.0/24", "2001:db8::/32"], "SkippedIPRangeList": ["198.51.100.7/32"]}
EMAIL = {
    "Subject": "Was this you?",
    "HtmlBody": "<p>{username} from {ip-address} in {city}, {country}</p>",
    "TextBody": "At {login-time} on {device-name}: {event-id} {feedback-token}",
}
NOTIFY = {
    "From": "security@example.com",
    "ReplyTo": "help@example.com",
    "SourceArn": SOURCE,
    "BlockEmail": EMAIL,
    "NoActionEmail": EMAIL,
    "MfaEmail": EMAIL,
}
ACTIONS = {
    "LowAction": {"Notify": False, "EventAction": "NO_ACTION"},
    "MediumAction": {"Notify": True, "EventAction": "MFA_IF_CONFIGURED"},
    "HighAction": {"Notify": True, "EventAction": "BLOCK"},
}
WHOLE: Members = {
    "CompromisedCredentialsRiskConfiguration": {"EventFilter": ["SIGN_UP"], "Actions": {"EventAction": "BLOCK"}},
    "AccountTakeoverRiskConfiguration": {"NotifyConfiguration": NOTIFY, "Actions": ACTIONS},
    "RiskExceptionConfiguration": BLOCKED,
}
LINK = {**EMAIL, "HtmlBody": "<a href='{one-click-link-valid}'>yes</a>"}


@pytest.fixture
def pool_id(make: Factory) -> str:
    return make.pool(UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"})


def described(operator: Any, pool_id: str, **more: str) -> Members:
    found: Members = operator.describe_risk_configuration(UserPoolId=pool_id, **more)["RiskConfiguration"]
    return found


def takeover(**changes: Any) -> Members:
    return {"AccountTakeoverRiskConfiguration": {"NotifyConfiguration": {**NOTIFY, **changes}, "Actions": ACTIONS}}


def test_a_configuration_from_beginning_to_end(operator: Any, pool_id: str, clock: Clock) -> None:
    assert described(operator, pool_id) == {"UserPoolId": pool_id}
    stored = operator.set_risk_configuration(UserPoolId=pool_id, **WHOLE)["RiskConfiguration"]
    changed_at = stored.pop("LastModifiedDate")
    assert changed_at.timestamp() * 1_000 == clock.now
    assert stored == {"UserPoolId": pool_id, **WHOLE}
    assert described(operator, pool_id) == {**stored, "LastModifiedDate": changed_at}
    exceptions = {"RiskExceptionConfiguration": {"SkippedIPRangeList": ["10.0.0.0/8"]}}
    operator.set_risk_configuration(UserPoolId=pool_id, **exceptions)
    found = described(operator, pool_id)
    found.pop("LastModifiedDate")
    assert found == {"UserPoolId": pool_id, **exceptions}, "the whole configuration is replaced"
    operator.set_risk_configuration(UserPoolId=pool_id)
    assert described(operator, pool_id) == {"UserPoolId": pool_id}


def test_the_event_filter_defaults_to_all_events(operator: Any, pool_id: str) -> None:
    given = {"Actions": {"EventAction": "NO_ACTION"}}
    operator.set_risk_configuration(UserPoolId=pool_id, CompromisedCredentialsRiskConfiguration=given)
    found = described(operator, pool_id)["CompromisedCredentialsRiskConfiguration"]
    assert found == {**given, "EventFilter": ["SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"]}


def test_a_client_inherits_until_it_has_its_own(
    operator: Any, pool_id: str, make: Factory, resources: Resources
) -> None:
    names = {"UserPoolId": pool_id, "ClientId": make.client(pool_id)["ClientId"]}
    assert described(operator, pool_id, ClientId=names["ClientId"]) == {"UserPoolId": pool_id}
    operator.set_risk_configuration(UserPoolId=pool_id, RiskExceptionConfiguration=BLOCKED)
    inherited = operator.describe_risk_configuration(**names)["RiskConfiguration"]
    assert inherited["RiskExceptionConfiguration"] == BLOCKED
    assert "ClientId" not in inherited
    compromised = WHOLE["CompromisedCredentialsRiskConfiguration"]
    own = operator.set_risk_configuration(**names, CompromisedCredentialsRiskConfiguration=compromised)
    assert own["RiskConfiguration"]["ClientId"] == names["ClientId"]
    found = operator.describe_risk_configuration(**names)["RiskConfiguration"]
    assert found == own["RiskConfiguration"]
    assert "RiskExceptionConfiguration" not in found, "it replaces the pool's as a whole"
    assert described(operator, pool_id)["RiskExceptionConfiguration"] == BLOCKED
    operator.set_risk_configuration(**names)
    assert operator.describe_risk_configuration(**names)["RiskConfiguration"] == inherited
    operator.set_risk_configuration(**names, CompromisedCredentialsRiskConfiguration=compromised)
    operator.delete_user_pool_client(**names)
    with resources.database.read() as db:
        rows = select(func.count()).where(RiskConfiguration.pool_id == pool_id)
        assert db.execute(rows).scalar_one() == 1, "the client's went with the client"


def test_one_click_links_need_a_domain(operator: Any, pool_id: str) -> None:
    code, message, _ = refusal(operator.set_risk_configuration, UserPoolId=pool_id, **takeover(MfaEmail=LINK))
    assert (code, "need a domain" in message) == ("InvalidParameterException", True)
    operator.create_user_pool_domain(UserPoolId=pool_id, Domain=f"risk-{pool_id[-9:].lower()}")
    operator.set_risk_configuration(UserPoolId=pool_id, **takeover(MfaEmail=LINK))


def test_threat_protection_may_be_off(operator: Any, make: Factory) -> None:
    pool_id = make.pool()
    operator.set_risk_configuration(UserPoolId=pool_id, RiskExceptionConfiguration=BLOCKED)
    operator.update_user_pool(UserPoolId=pool_id, UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"})
    found = operator.describe_risk_configuration(UserPoolId=pool_id)["RiskConfiguration"]
    assert found["RiskExceptionConfiguration"] == BLOCKED


REFUSED: dict[str, Members] = {
    "a notice without its configuration": {"AccountTakeoverRiskConfiguration": {"Actions": ACTIONS}},
    "two lines of sender": takeover(From="a@example.com\r\nBcc: b@example.com"),
    "two lines of reply address": takeover(ReplyTo="a\nb"),
    "two lines of subject": takeover(BlockEmail={**EMAIL, "Subject": "one\ntwo"}),
    "links without a domain": takeover(NoActionEmail={**EMAIL, "TextBody": "{one-click-link-invalid}"}),
    "no prefix length": {"RiskExceptionConfiguration": {"BlockedIPRangeList": ["192.0.2.1"]}},
    "a netmask": {"RiskExceptionConfiguration": {"BlockedIPRangeList": ["192.0.2.0/255.255.255.0"]}},
    "too long a prefix": {"RiskExceptionConfiguration": {"SkippedIPRangeList": ["192.0.2.0/33"]}},
    "no address": {"RiskExceptionConfiguration": {"SkippedIPRangeList": ["example.com/24"]}},
    "an interface": {"RiskExceptionConfiguration": {"SkippedIPRangeList": ["fe80::%eth0/64"]}},
    "201 ranges": {
        "RiskExceptionConfiguration": {"BlockedIPRangeList": [f"10.0.{number}.0/24" for number in range(201)]}
    },
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_not_stored(operator: Any, pool_id: str, name: str) -> None:
    assert refusal(operator.set_risk_configuration, UserPoolId=pool_id, **REFUSED[name])[0] == (
        "InvalidParameterException"
    )
    assert described(operator, pool_id) == {"UserPoolId": pool_id}


def test_host_bits_and_200_ranges_are_fine(operator: Any, pool_id: str) -> None:
    ranges = [f"10.0.{number}.7/24" for number in range(200)]
    operator.set_risk_configuration(UserPoolId=pool_id, RiskExceptionConfiguration={"BlockedIPRangeList": ranges})
    assert described(operator, pool_id)["RiskExceptionConfiguration"]["BlockedIPRangeList"] == ranges


def test_an_action_that_does_not_notify_needs_no_notice(operator: Any, pool_id: str) -> None:
    actions = {"HighAction": {"Notify": False, "EventAction": "MFA_REQUIRED"}}
    operator.set_risk_configuration(UserPoolId=pool_id, AccountTakeoverRiskConfiguration={"Actions": actions})
    assert described(operator, pool_id)["AccountTakeoverRiskConfiguration"] == {"Actions": actions}


def test_pools_and_clients_must_exist(operator: Any, pool_id: str, make: Factory) -> None:
    foreign = make.client(make.pool())["ClientId"]
    for call in (operator.set_risk_configuration, operator.describe_risk_configuration):
        for client_id in (foreign, "nobody"):
            assert refusal(call, UserPoolId=pool_id, ClientId=client_id)[0] == "ResourceNotFoundException"
        assert refusal(call, UserPoolId="us-east-1_Nowhere")[0] == "ResourceNotFoundException"
