"""Log delivery: which of a pool's logs go to which destination.

Amazon Cognito user pools API, SetLogDeliveryConfiguration. Message delivery errors (userNotification) go to a CloudWatch log
group, authentication events (userAuthEvents) to a log group, a bucket or a stream; each of the two goes to one place.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from app.db.tables.logs import LogDelivery
from app.db.upsert import upsert
from app.kit.errors import InvalidParameterException

Configuration = dict[str, Any]
AUTH_EVENTS = "userAuthEvents"


@dataclass(frozen=True)
class _Destination:
    """A kind of destination: the member that names it, and what its ARN looks like."""

    member: str
    arn_member: str
    arn: re.Pattern[str]


_ACCOUNT = r"(?P<account>\d{12})"
_CLOUDWATCH = _Destination(
    "CloudWatchLogsConfiguration",
    "LogGroupArn",
    re.compile(rf"arn:[\w-]+:logs:[\w-]+:{_ACCOUNT}:log-group:[\w/.#+=,@-]{{1,512}}"),
)
_S3 = _Destination(
    "S3Configuration",
    "BucketArn",
    re.compile(r"arn:[\w-]+:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
)
_FIREHOSE = _Destination(
    "FirehoseConfiguration",
    "StreamArn",
    re.compile(rf"arn:[\w-]+:firehose:[\w-]+:{_ACCOUNT}:deliverystream/[\w.-]{{1,64}}"),
)
_DESTINATIONS = (_CLOUDWATCH, _S3, _FIREHOSE)
# EventSource -> the LogLevel it has, and where it can go.
_SOURCES: Mapping[str, tuple[str, tuple[_Destination, ...]]] = {
    "userNotification": ("ERROR", (_CLOUDWATCH,)),
    AUTH_EVENTS: ("INFO", _DESTINATIONS),
}


def get_log_configurations(db: Connection, pool_id: str) -> list[Configuration]:
    """The pool's log configurations, at most one of each event source."""
    found = db.execute(select(LogDelivery.configurations).where(LogDelivery.pool_id == pool_id)).scalar_one_or_none()
    return list(found or ())


def put_log_configurations(db: Connection, pool_id: str, configurations: Sequence[Configuration], now: int) -> None:
    """Replaces all of them; they must have passed `check_log_configurations`."""
    values = {"configurations": list(configurations), "updated_at": now}
    db.execute(
        upsert(db.dialect.name, LogDelivery)
        .values(pool_id=pool_id, **values)
        .on_conflict_do_update(index_elements=["pool_id"], set_=values)
    )


def check_log_configurations(configurations: Sequence[Configuration], account_id: str) -> None:
    """Raises InvalidParameterException for what does not go together; log groups and streams must be the account's own."""
    sources = [configuration["EventSource"] for configuration in configurations]
    if len(set(sources)) != len(sources):
        raise InvalidParameterException("Each EventSource can have one log configuration.")
    for configuration in configurations:
        _check(configuration, account_id)


def _check(configuration: Configuration, account_id: str) -> None:
    source, level = configuration["EventSource"], configuration["LogLevel"]
    wanted, destinations = _SOURCES[source]
    if level != wanted:
        raise InvalidParameterException(f"LogLevel of {source} must be {wanted}.")
    named = [destination for destination in _DESTINATIONS if configuration.get(destination.member) is not None]
    if len(named) != 1 or named[0] not in destinations:
        allowed = ", ".join(destination.member for destination in destinations)
        raise InvalidParameterException(f"{source} needs exactly one destination of: {allowed}.")
    _check_arn(named[0], configuration[named[0].member].get(named[0].arn_member) or "", account_id)


def _check_arn(destination: _Destination, arn: str, account_id: str) -> None:
    found = destination.arn.fullmatch(arn)
    if found is None:
        raise InvalidParameterException(f"{destination.arn_member} is missing or names no such resource.")
    if found.groupdict().get("account", account_id) != account_id:
        raise InvalidParameterException(f"{destination.arn_member} must be in the account of the user pool.")
