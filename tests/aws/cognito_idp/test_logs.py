"""Log delivery configuration through a real botocore client."""

from typing import Any

import pytest

from tests.aws.refusals import refusal
from tests.factories import Factory

Members = dict[str, Any]
GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/pool"
STREAM = "arn:aws:firehose:us-east-1:123456789012:deliverystream/pool-events"
BUCKET = "arn:aws:s3:::pool-events"
CLOUDWATCH = {"CloudWatchLogsConfiguration": {"LogGroupArn": GROUP}}
FIREHOSE = {"FirehoseConfiguration": {"StreamArn": STREAM}}
S3 = {"S3Configuration": {"BucketArn": BUCKET}}
NOTIFICATIONS = {"EventSource": "userNotification", "LogLevel": "ERROR"}
EVENTS = {"EventSource": "userAuthEvents", "LogLevel": "INFO"}


def delivered(operator: Any, pool_id: str) -> list[Members]:
    found = operator.get_log_delivery_configuration(UserPoolId=pool_id)["LogDeliveryConfiguration"]
    assert found["UserPoolId"] == pool_id
    return list(found["LogConfigurations"])


@pytest.mark.parametrize("destination", [CLOUDWATCH, FIREHOSE, S3])
def test_a_configuration_from_beginning_to_end(operator: Any, make: Factory, destination: Members) -> None:
    pool_id = make.pool()
    assert delivered(operator, pool_id) == []
    both = [{**NOTIFICATIONS, **CLOUDWATCH}, {**EVENTS, **destination}]
    stored = operator.set_log_delivery_configuration(UserPoolId=pool_id, LogConfigurations=both)
    assert stored["LogDeliveryConfiguration"] == {"UserPoolId": pool_id, "LogConfigurations": both}
    assert delivered(operator, pool_id) == both
    operator.set_log_delivery_configuration(UserPoolId=pool_id, LogConfigurations=both[1:])
    assert delivered(operator, pool_id) == both[1:]
    operator.set_log_delivery_configuration(UserPoolId=pool_id, LogConfigurations=[])
    assert delivered(operator, pool_id) == []


REFUSED: dict[str, list[Members]] = {
    "one source twice": [{**EVENTS, **S3}, {**EVENTS, **FIREHOSE}],
    "notifications at INFO": [{**NOTIFICATIONS, **CLOUDWATCH, "LogLevel": "INFO"}],
    "events at ERROR": [{**EVENTS, **CLOUDWATCH, "LogLevel": "ERROR"}],
    "no destination": [NOTIFICATIONS],
    "two destinations": [{**EVENTS, **S3, **FIREHOSE}],
    "notifications to a bucket": [{**NOTIFICATIONS, **S3}],
    "notifications to a stream": [{**NOTIFICATIONS, **FIREHOSE}],
    "an empty destination": [{**EVENTS, "S3Configuration": {}}],
    "a bucket as log group": [{**EVENTS, "CloudWatchLogsConfiguration": {"LogGroupArn": STREAM}}],
    "a log group as stream": [{**EVENTS, "FirehoseConfiguration": {"StreamArn": GROUP}}],
    "another account's log group": [
        {**NOTIFICATIONS, "CloudWatchLogsConfiguration": {"LogGroupArn": GROUP.replace("123456789012", "210987654321")}}
    ],
    "another account's stream": [
        {**EVENTS, "FirehoseConfiguration": {"StreamArn": STREAM.replace("123456789012", "210987654321")}}
    ],
    "no bucket name": [{**EVENTS, "S3Configuration": {"BucketArn": "arn:aws:s3:::B"}}],
    "three configurations": [{**NOTIFICATIONS, **CLOUDWATCH}, {**EVENTS, **S3}, {**EVENTS, **FIREHOSE}],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_go_together_is_refused(operator: Any, make: Factory, name: str) -> None:
    pool_id = make.pool()
    call = operator.set_log_delivery_configuration
    assert refusal(call, UserPoolId=pool_id, LogConfigurations=REFUSED[name])[0] == "InvalidParameterException"
    assert delivered(operator, pool_id) == []


def test_events_need_the_plan_plus(gated: Any, make: Factory) -> None:
    essentials, plus = make.pool(), make.pool(UserPoolTier="PLUS")
    events = [{**EVENTS, **S3}]
    code, message, status = refusal(
        gated.set_log_delivery_configuration, UserPoolId=essentials, LogConfigurations=events
    )
    assert (code, status) == ("FeatureUnavailableInTierException", 400)
    assert "PLUS" in message
    gated.set_log_delivery_configuration(UserPoolId=plus, LogConfigurations=events)
    assert delivered(gated, plus) == events
    notifications = [{**NOTIFICATIONS, **CLOUDWATCH}]
    gated.set_log_delivery_configuration(UserPoolId=essentials, LogConfigurations=notifications)
    assert delivered(gated, essentials) == notifications


def test_the_pool_must_exist(operator: Any) -> None:
    names = {"UserPoolId": "us-east-1_Nowhere"}
    assert refusal(operator.get_log_delivery_configuration, **names)[0] == "ResourceNotFoundException"
    call = operator.set_log_delivery_configuration
    assert refusal(call, **names, LogConfigurations=[])[0] == "ResourceNotFoundException"
