"""What runs the functions of this server, by kind, and what checks how each is configured."""

from functools import partial

from app.gateways.functions import Checks, Runners
from app.gateways.lambda_runtime import LocalRunner, check_local
from app.gateways.lambda_runtime.isolation import Level
from app.gateways.outbound import Outbound
from app.gateways.remote_lambda import RemoteLambdaRunner, check_lambda
from app.gateways.webhook_functions import WebhookRunner, check_webhook
from app.kit.settings import Settings


def make_runners(settings: Settings, outbound: Outbound) -> Runners:
    """What makes each runner with the first call of a function of its kind."""
    is_dev = settings.mode == "dev"
    isolation: Level = "none" if is_dev else "required"
    return {
        "local": lambda: LocalRunner(isolation, settings.function_user, reloads=is_dev),
        "webhook": lambda: WebhookRunner(outbound),
        "lambda": lambda: RemoteLambdaRunner(outbound, settings.lambda_allowed()),
    }


def make_checks(outbound: Outbound) -> Checks:
    """What checks the configuration of each kind."""
    return {
        "local": check_local,
        "webhook": partial(check_webhook, outbound),
        "lambda": partial(check_lambda, outbound),
    }
