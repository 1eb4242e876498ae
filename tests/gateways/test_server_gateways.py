"""Which gateways the settings of a server make, and what they are refused for."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from app.gateways.messages import Gateway
from app.gateways.outbound import Outbound
from app.gateways.server_gateways import find_problems, make_outbound, make_server_gateways
from app.kit.settings import Settings
from tests.gateways.mail_servers import a_message
from tests.gateways.peers import Answer, http_peer

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
TWILIO = {"sms": "twilio", "twilio_account_sid": "AC01", "twilio_auth_token": "s3cret"}
WEBHOOK = {"messages_webhook_url": "https://hooks.example.com/m", "messages_webhook_secret": SECRET}


def _settings(**given: Any) -> Settings:
    return Settings.model_validate({"mode": "serve", **given})


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    made = Outbound()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("given", "kinds"),
    [
        ({}, {}),
        ({"smtp_url": "smtps://mail.example.com"}, {"EMAIL": "SmtpGateway"}),
        ({"smtp_url": "smtps://mail.example.com", "email": "ses"}, {"EMAIL": "SesGateway"}),
        ({"email": "ses", "sms": "sns"}, {"EMAIL": "SesGateway", "SMS": "SnsGateway"}),
        ({**TWILIO, "twilio_from": "+14155550199"}, {"SMS": "TwilioGateway"}),
        ({"email": "webhook", "sms": "webhook", **WEBHOOK}, {"EMAIL": "WebhookGateway", "SMS": "WebhookGateway"}),
    ],
)
def test_what_settings_make(outbound: Outbound, given: dict[str, Any], kinds: dict[str, str]) -> None:
    settings = _settings(**given)
    assert find_problems(settings) == []
    made: dict[str, Gateway] = make_server_gateways(settings, outbound)
    assert {medium: type(gateway).__name__ for medium, gateway in made.items()} == kinds


@pytest.mark.parametrize(
    ("given", "variable"),
    [
        ({"smtp_url": "http://u:s3cret@mail.example.com"}, "SMTP_URL"),
        ({"email": "smtp"}, "SMTP_URL"),
        ({"email": "ses", "messages_aws_region": "somewhere"}, "MESSAGES_AWS_REGION"),
        ({"sms": "sns", "messages_aws_region": "x.evil.example"}, "MESSAGES_AWS_REGION"),
        ({"sms": "twilio"}, "TWILIO_ACCOUNT_SID"),
        (TWILIO, "TWILIO_FROM"),
        ({**TWILIO, "twilio_from": "1", "twilio_messaging_service_sid": "MG1"}, "TWILIO_FROM"),
        ({**TWILIO, "twilio_from": "1", "twilio_url": "http://10.0.0.1"}, "TWILIO_URL"),
        ({"sms": "webhook", **WEBHOOK, "messages_webhook_url": "http://hooks.example.com"}, "MESSAGES_WEBHOOK_URL"),
        ({"sms": "webhook", **WEBHOOK, "messages_webhook_secret": "s3cret"}, "MESSAGES_WEBHOOK_SECRET"),
        ({"outbound_allow": "ftp://x"}, "OUTBOUND_ALLOW"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_repeated(given: dict[str, Any], variable: str) -> None:
    found = find_problems(_settings(**given))
    assert found
    assert variable in " ".join(found)
    assert "s3cret" not in " ".join(found)


def test_what_is_not_chosen_need_not_be_right() -> None:
    assert find_problems(_settings(messages_webhook_url="nonsense", twilio_from="x")) == []


def test_the_operator_may_let_webhooks_go_to_private_addresses() -> None:
    with http_peer(lambda _: Answer(204, b"")) as peer:
        url = f"http://127.0.0.1:{peer.port}/"
        given = {"email": "webhook", **WEBHOOK, "messages_webhook_url": url}
        assert find_problems(_settings(**given))
        settings = _settings(**given, outbound_allow=f"http://127.0.0.1:{peer.port}")
        assert find_problems(settings) == []
        outbound = make_outbound(settings)
        make_server_gateways(settings, outbound)["EMAIL"].send(a_message())
        outbound.close()
    assert len(peer.received) == 1
