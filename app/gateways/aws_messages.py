"""What the gateways of AWS have in common: a client for each region, and what an error means for a message."""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from app.gateways.aws_clients import AwsCredentials, make_client
from app.gateways.messages import DeliveryError
from app.kit.segments import check_outside_segment

# Of each wait; a call is tried once, so a delivery takes twice as long at most.
SECONDS = 10
# A client takes megabytes, and which regions there are the pools say.
_MOST_CLIENTS = 8
# What every message of the account hears: too many, or credentials that are wrong.
_OUTAGES = frozenset(
    {
        "AccountSuspendedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "Throttling",
        "ThrottlingException",
        "Throttled",
        "TooManyRequestsException",
        "UnrecognizedClientException",
    }
)
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]{2,10}){1,3}-\d{1,2}")


def is_region(text: str) -> bool:
    """Whether it looks like a region of AWS: it becomes part of a host name."""
    return bool(_REGION.fullmatch(text))


class RegionalClients:
    """Clients of one account, made when they are first needed and kept.

    Without `credentials` they sign as the machine does. `endpoint_url` replaces AWS's own address in every region.
    """

    def __init__(
        self, region: str, credentials: AwsCredentials | None, endpoint_url: str | None, seconds: float = SECONDS
    ) -> None:
        self._region = region
        self._credentials = credentials
        self._endpoint_url = endpoint_url
        self._seconds = seconds
        self._lock = threading.Lock()
        self._clients: OrderedDict[tuple[str, str], Any] = OrderedDict()

    def get(self, service: str, region: str | None) -> Any:
        """The client of a service, in the region if one is given; raises DeliveryError."""
        region = region or self._region
        if not is_region(region):
            raise DeliveryError(f"{region[:32]} is no region", is_final=True)
        with self._lock:
            client = self._clients.get((service, region))
            if client is None:
                client = self._make(service, region)
                self._clients[service, region] = client
            self._clients.move_to_end((service, region))
            if len(self._clients) > _MOST_CLIENTS:
                self._clients.popitem(last=False)
        return client

    def close(self) -> None:
        """Ends the connections that are kept."""
        with self._lock:
            clients, self._clients = self._clients, OrderedDict()
        for client in clients.values():
            client.close()

    def _make(self, service: str, region: str) -> Any:
        try:
            return make_client(
                service, region, endpoint_url=self._endpoint_url, credentials=self._credentials, seconds=self._seconds
            )
        except BotoCoreError as error:
            raise DeliveryError(type(error).__name__, is_outage=True) from None


def call_aws(call: Callable[..., Any], members: Mapping[str, Any], final: Collection[str]) -> None:
    """Calls an operation of a client; raises DeliveryError.

    `final` are the codes with which the service refuses this message or its recipient for good. What else it refuses
    (throttling, rights, a configuration that is wrong) may be put right.
    """
    check_outside_segment("a call of AWS")
    try:
        call(**members)
    except ClientError as error:
        told = error.response["Error"]
        code = str(told.get("Code") or "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        raise DeliveryError(
            f"{code}: {told.get('Message') or ''}",
            is_final=code in final,
            is_outage=status >= 500 or code in _OUTAGES,
        ) from None
    except BotoCoreError as error:
        # Its text may hold what was sent.
        raise DeliveryError(type(error).__name__, is_outage=True) from None
