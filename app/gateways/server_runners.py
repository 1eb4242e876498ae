"""What runs the functions of this server, by kind, and what checks how each is configured."""

from collections.abc import Callable
from functools import partial

from app.gateways.entry_points import EntryPointRunner, check_entry_point
from app.gateways.functions import Checks, Runner, Runners
from app.gateways.lambda_runtime import LocalRunner, check_local
from app.gateways.lambda_runtime.isolation import Level
from app.gateways.outbound import Outbound
from app.gateways.remote_lambda import RemoteLambdaRunner, check_lambda
from app.gateways.webhook_functions import WebhookRunner, check_webhook
from app.kit.settings import Settings


def make_runners(settings: Settings, outbound: Outbound) -> Runners:
    """What makes each runner with the first call of a function of its kind. Entry points are for `dev` alone."""
    is_dev = settings.mode == "dev"
    isolation: Level = "none" if is_dev else "required"
    entry_points: dict[str, Callable[[], Runner]] = {"entry_point": EntryPointRunner} if is_dev else {}
    return {
        "local": lambda: LocalRunner(isolation, settings.function_user, reloads=is_dev),
        "webhook": lambda: WebhookRunner(outbound),
        "lambda": lambda: RemoteLambdaRunner(outbound, settings.lambda_allowed()),
        **entry_points,
    }


def make_checks(settings: Settings, outbound: Outbound) -> Checks:
    """What checks the configuration of each kind."""
    return {
        "local": check_local,
        "webhook": partial(check_webhook, outbound),
        "lambda": partial(check_lambda, outbound, settings.lambda_allowed()),
        "entry_point": check_entry_point,
    }
