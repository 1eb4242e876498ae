"""The server's own gateways, as its settings say: for every pool that has none of its own."""

from collections.abc import Callable, Mapping

from app.gateways.addresses import THIS_MACHINE, parse_allowed
from app.gateways.aws_messages import is_region
from app.gateways.message_webhook import WebhookGateway, make_signer
from app.gateways.messages import Gateway
from app.gateways.outbound import Outbound
from app.gateways.ses import SesGateway
from app.gateways.smtp import SmtpGateway, parse_smtp_url
from app.gateways.sns import SnsGateway
from app.gateways.twilio import BASE_URL, TwilioGateway
from app.kit.settings import Settings


def make_outbound(settings: Settings) -> Outbound:
    """What calls URLs that others may have chosen: at public addresses, where POOLHOUSE_OUTBOUND_ALLOW says, and in `dev`
    anywhere on this machine. Raises ValueError for a setting that is not understood.
    """
    machine = parse_allowed(THIS_MACHINE) if settings.mode == "dev" else ()
    return Outbound((*machine, *parse_allowed(settings.outbound_allow)))


def make_server_gateways(settings: Settings, outbound: Outbound) -> dict[str, Gateway]:
    """The gateway of each medium that has one; for settings in which `find_problems` found nothing."""
    chosen = {"EMAIL": email_kind(settings), "SMS": settings.sms}
    return {medium: _MAKERS[medium, kind](settings, outbound) for medium, kind in chosen.items() if kind}


def email_kind(settings: Settings) -> str:
    """Which gateway takes mail: the one that is chosen, or SMTP where there is a URL for it; empty where there is none."""
    return settings.email or ("smtp" if settings.smtp_url.get_secret_value() else "")


def find_problems(settings: Settings) -> list[str]:
    """One line for each setting of messages that is missing or wrong; none repeats a secret."""
    try:
        outbound = make_outbound(settings)
    except ValueError as error:
        return [f"POOLHOUSE_OUTBOUND_ALLOW: {error}"]
    kinds = {email_kind(settings), settings.sms}
    found = [line for kind in sorted(kinds - {""}) for line in _CHECKS[kind](settings, outbound)]
    return list(dict.fromkeys(found))


def _smtp_problems(settings: Settings, _outbound: Outbound) -> list[str]:
    try:
        parse_smtp_url(settings.smtp_url.get_secret_value())
    except ValueError as error:
        return [f"POOLHOUSE_SMTP_URL {error}"]
    return []


def _aws_problems(settings: Settings, _outbound: Outbound) -> list[str]:
    if is_region(_region(settings)):
        return []
    return ["POOLHOUSE_MESSAGES_AWS_REGION is no region"]


def _twilio_problems(settings: Settings, outbound: Outbound) -> list[str]:
    found = []
    if not settings.twilio_account_sid or not settings.twilio_auth_token.get_secret_value():
        found.append("POOLHOUSE_TWILIO_ACCOUNT_SID and POOLHOUSE_TWILIO_AUTH_TOKEN are needed for POOLHOUSE_SMS=twilio")
    if bool(settings.twilio_from) == bool(settings.twilio_messaging_service_sid):
        found.append(
            "POOLHOUSE_SMS=twilio needs either POOLHOUSE_TWILIO_FROM or POOLHOUSE_TWILIO_MESSAGING_SERVICE_SID"
        )
    return found + _url_problems(outbound, "TWILIO_URL", settings.twilio_url or BASE_URL)


def _webhook_problems(settings: Settings, outbound: Outbound) -> list[str]:
    found = _url_problems(outbound, "MESSAGES_WEBHOOK_URL", settings.messages_webhook_url)
    try:
        make_signer(settings.messages_webhook_secret.get_secret_value())
    except ValueError as error:
        found.append(f"POOLHOUSE_MESSAGES_WEBHOOK_SECRET {error}")
    return found


def _url_problems(outbound: Outbound, name: str, url: str) -> list[str]:
    try:
        outbound.check_url(url)
    except ValueError as error:
        return [f"POOLHOUSE_{name} {error}"]
    return []


def _region(settings: Settings) -> str:
    return settings.messages_aws_region or settings.region


def _smtp(settings: Settings, _outbound: Outbound) -> Gateway:
    return SmtpGateway(parse_smtp_url(settings.smtp_url.get_secret_value()))


def _ses(settings: Settings, _outbound: Outbound) -> Gateway:
    return SesGateway(_region(settings), endpoint_url=settings.messages_aws_endpoint_url or None)


def _sns(settings: Settings, _outbound: Outbound) -> Gateway:
    endpoint_url = settings.messages_aws_endpoint_url or None
    return SnsGateway(_region(settings), endpoint_url=endpoint_url, sender_id=settings.sns_sender_id)


def _twilio(settings: Settings, outbound: Outbound) -> Gateway:
    return TwilioGateway(
        outbound,
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        sender=settings.twilio_from,
        messaging_service_sid=settings.twilio_messaging_service_sid,
        base_url=settings.twilio_url,
    )


def _webhook(settings: Settings, outbound: Outbound) -> Gateway:
    return WebhookGateway(outbound, settings.messages_webhook_url, settings.messages_webhook_secret.get_secret_value())


_CHECKS: Mapping[str, Callable[[Settings, Outbound], list[str]]] = {
    "smtp": _smtp_problems,
    "ses": _aws_problems,
    "sns": _aws_problems,
    "twilio": _twilio_problems,
    "webhook": _webhook_problems,
}
_MAKERS: Mapping[tuple[str, str], Callable[[Settings, Outbound], Gateway]] = {
    ("EMAIL", "smtp"): _smtp,
    ("EMAIL", "ses"): _ses,
    ("EMAIL", "webhook"): _webhook,
    ("SMS", "sns"): _sns,
    ("SMS", "twilio"): _twilio,
    ("SMS", "webhook"): _webhook,
}
