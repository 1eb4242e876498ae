"""The kinds of gateways, what each is configured with, and how one is made from that.

A pool's own gateway is configured by whoever may change the pool, who need not be the operator of the server. So it calls
public addresses only, reads no file of the machine, and brings its own credentials.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.gateways.aws_clients import AwsCredentials
from app.gateways.aws_messages import is_region
from app.gateways.message_webhook import WebhookGateway, make_signer
from app.gateways.messages import Gateway
from app.gateways.outbound import Outbound
from app.gateways.ses import SesGateway
from app.gateways.smtp import SmtpGateway, parse_smtp_url
from app.gateways.sns import SnsGateway
from app.gateways.twilio import BASE_URL, TwilioGateway

Members = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class GatewaySpec:
    """A pool's own gateway: its kind and its members by name, secrets among them."""

    kind: str
    members: Members = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Kind:
    """`check` raises ValueError for members of the right names that do not fit; `secret` members are never shown."""

    media: frozenset[str]
    required: frozenset[str]
    optional: frozenset[str]
    secret: frozenset[str]
    check: Callable[[Outbound, Members], object]
    make: Callable[[Outbound, Members], Gateway]


def check_spec(outbound: Outbound, medium: str, spec: GatewaySpec) -> None:
    """Raises ValueError, whose text repeats no member's value, for what is no gateway of a pool for the medium."""
    kind = _KINDS.get(spec.kind)
    if kind is None or medium not in kind.media:
        raise ValueError(f"the gateways for {medium} are {', '.join(kinds_of(medium))}")
    unknown = sorted(set(spec.members) - kind.required - kind.optional)
    if unknown:
        raise ValueError(f"{unknown[0][:64]} is no member of a {spec.kind} gateway")
    missing = sorted(name for name in kind.required if not spec.members.get(name))
    if missing:
        raise ValueError(f"a {spec.kind} gateway needs {', '.join(missing)}")
    kind.check(outbound, spec.members)


def make_gateway(outbound: Outbound, spec: GatewaySpec) -> Gateway:
    """The gateway of a spec that has been checked."""
    return _KINDS[spec.kind].make(outbound, spec.members)


def kinds_of(medium: str) -> list[str]:
    """The kinds of gateways there are for a medium."""
    return [name for name, kind in _KINDS.items() if medium in kind.media]


def shown_members(spec: GatewaySpec) -> dict[str, str]:
    """The members that are no secrets."""
    kind = _KINDS.get(spec.kind)
    return {name: value for name, value in spec.members.items() if kind and name not in kind.secret}


def _check_smtp(_outbound: Outbound, members: Members) -> None:
    try:
        server = parse_smtp_url(members["Url"])
    except ValueError as error:
        raise ValueError(f"Url {error}") from None
    if server.ca_file:
        raise ValueError("Url cannot name a file of the server")
    if server.tls == "optional":
        raise ValueError("Url must lead to a server with TLS")


def _make_smtp(_outbound: Outbound, members: Members) -> Gateway:
    return SmtpGateway(parse_smtp_url(members["Url"]), public_only=True)


def _check_twilio(outbound: Outbound, members: Members) -> None:
    if bool(members.get("From")) == bool(members.get("MessagingServiceSid")):
        raise ValueError("a TWILIO gateway needs either From or MessagingServiceSid")
    _check_url(outbound, "BaseUrl", members.get("BaseUrl") or BASE_URL)


def _make_twilio(outbound: Outbound, members: Members) -> Gateway:
    return TwilioGateway(
        outbound,
        members["AccountSid"],
        members["AuthToken"],
        sender=members.get("From", ""),
        messaging_service_sid=members.get("MessagingServiceSid", ""),
        base_url=members.get("BaseUrl", ""),
    )


def _check_webhook(outbound: Outbound, members: Members) -> None:
    _check_url(outbound, "Url", members["Url"])
    try:
        make_signer(members["Secret"])
    except ValueError as error:
        raise ValueError(f"Secret {error}") from None


def _check_url(outbound: Outbound, name: str, url: str) -> None:
    try:
        outbound.check_url(url)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None


def _check_region(_outbound: Outbound, members: Members) -> None:
    if not is_region(members["Region"]):
        raise ValueError("Region is none")


def _credentials(members: Members) -> AwsCredentials:
    return AwsCredentials(members["AccessKeyId"], members["SecretAccessKey"])


_AWS = frozenset({"Region", "AccessKeyId", "SecretAccessKey"})
_KINDS: Mapping[str, _Kind] = {
    "SMTP": _Kind(
        media=frozenset({"EMAIL"}),
        required=frozenset({"Url"}),
        optional=frozenset(),
        secret=frozenset({"Url"}),
        check=_check_smtp,
        make=_make_smtp,
    ),
    "SES": _Kind(
        media=frozenset({"EMAIL"}),
        required=_AWS,
        optional=frozenset(),
        secret=frozenset({"SecretAccessKey"}),
        check=_check_region,
        make=lambda _, members: SesGateway(members["Region"], _credentials(members)),
    ),
    "SNS": _Kind(
        media=frozenset({"SMS"}),
        required=_AWS,
        optional=frozenset({"SenderId"}),
        secret=frozenset({"SecretAccessKey"}),
        check=_check_region,
        make=lambda _, members: SnsGateway(
            members["Region"], _credentials(members), sender_id=members.get("SenderId", "")
        ),
    ),
    "TWILIO": _Kind(
        media=frozenset({"SMS"}),
        required=frozenset({"AccountSid", "AuthToken"}),
        optional=frozenset({"From", "MessagingServiceSid", "BaseUrl"}),
        secret=frozenset({"AuthToken"}),
        check=_check_twilio,
        make=_make_twilio,
    ),
    "WEBHOOK": _Kind(
        media=frozenset({"EMAIL", "SMS"}),
        required=frozenset({"Url", "Secret"}),
        optional=frozenset(),
        secret=frozenset({"Secret"}),
        check=_check_webhook,
        make=lambda outbound, members: WebhookGateway(outbound, members["Url"], members["Secret"]),
    ),
}
