"""Sign-ins with triggers: what a warm local function adds to one, and whether the hanging functions of one pool hold up others."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.hammer import hammer
from bench.probe import Probe
from bench.report import Figure, figure, show
from bench.scenarios import PASSWORD, aws_request
from bench.server import Deployment, Server, program
from bench.yardsticks import rsa_2048_us

# What these are called where scenarios are chosen by name.
TRIGGERS = "triggers"
_ROOT = Path(__file__).parents[1]
_USERS = 20
# As many turns: what else the machine does meets both sides of a comparison alike.
_TURNS = 50
# More than a function that hangs can be called, so that all that its pool may have is taken and the rest fails fast.
_HANGING_PER_SECOND = 20
# Until as many calls hang as may.
_HANGING_SECONDS = 4
# As long as a call that has begun may go on: three tries of five seconds.
_DRAIN_SECONDS = 17
# The configuration poller and the first start of the function's process.
_WARM_SECONDS = 30


@dataclass(frozen=True, slots=True)
class _Pool:
    """A pool's client and users."""

    client_id: str

    def sign_in(self, number: int) -> bytes:
        """The request of one sign-in."""
        parameters = {"USERNAME": f"trigger-{number % _USERS}", "PASSWORD": PASSWORD}
        members = {"ClientId": self.client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}
        return aws_request("InitiateAuth", members)


def trigger_figures(deployed: Deployment, server: Server, scale: float) -> list[Figure]:
    """Measures and prints both comparisons."""
    api = server.boto()
    plain = _make_pool(api, {})
    warm_arn = _add(deployed, "warm", _ROOT / "conformance/functions/python/post_authentication.py")
    warm = _make_pool(api, {"PostAuthentication": warm_arn})
    hang_arn = _add(deployed, "hang", _ROOT / "bench/functions/hang.py")
    hanging = _make_pool(api, {"PreAuthentication": hang_arn})
    refusing = _make_pool(api, {"PreAuthentication": hang_arn + "-of-nobody"})
    count = max(_TURNS, int(200 * scale))
    return [
        *_compare_warm(deployed, server, plain, warm, count),
        *_compare_hanging(deployed, server, plain, refusing, hanging, count),
    ]


def _compare_warm(deployed: Deployment, server: Server, plain: _Pool, warm: _Pool, count: int) -> list[Figure]:
    """One connection: the latency of a sign-in by itself."""
    _wait_until_answered(server, warm)
    without, with_one = (Probe(server, deployed.cluster.pid) for _ in range(2))
    each = count // _TURNS
    for turn in range(_TURNS):
        numbers = range(turn * each, (turn + 1) * each)
        for pool, probe in ((plain, without), (warm, with_one)):
            probe.send([pool.sign_in(number) for number in numbers], connections=1)
    figures = [_figure("password sign-in, alone", without), _figure("... with a warm local trigger", with_one)]
    show(figures)
    print(f"one warm local trigger adds {figures[1].p50_ms - figures[0].p50_ms:.2f} ms to the median\n")
    return figures


def _compare_hanging(
    deployed: Deployment, server: Server, plain: _Pool, refusing: _Pool, hanging: _Pool, count: int
) -> list[Figure]:
    """Four connections, before, beside and after the load on the pool that hangs; and beside as many requests that are
    refused at once, since what these cost is no fault of what hangs.

    The generator sleeps while it waits: the processes of functions that are ended and started anew need a core as well.
    """
    probes = [Probe(server, deployed.cluster.pid, sleeps=True) for _ in range(4)]
    requests = [plain.sign_in(number) for number in range(4 * count)]
    probes[0].send(requests, connections=4)
    for probe, pool in zip(probes[1:3], (refusing, hanging), strict=True):
        with _load(server, pool):
            probe.send(requests, connections=4)
    time.sleep(_DRAIN_SECONDS)
    probes[3].send(requests, connections=4)
    names = ("sign-in before hanging triggers", "... beside refused ones", "... beside hanging ones", "... after them")
    figures = [_figure(name, probe) for name, probe in zip(names, probes, strict=True)]
    show(figures)
    return figures


@contextmanager
def _load(server: Server, pool: _Pool) -> Iterator[None]:
    """Sign-ins in a pool whose trigger hangs, in a process of their own, until the block ends."""
    requests = [pool.sign_in(number) for number in range(_USERS)]
    process = get_context("spawn").Process(target=hammer, args=(server.port, requests, _HANGING_PER_SECOND))
    process.start()
    try:
        time.sleep(_HANGING_SECONDS)
        yield
        if process.exitcode is not None:
            raise RuntimeError("the load on the pool that hangs has ended early")
    finally:
        process.terminate()
        process.join()


def _figure(name: str, probe: Probe) -> Figure:
    return figure(name, 1, probe, 1, rsa_2048_us())


def _make_pool(api: Any, functions: dict[str, str]) -> _Pool:
    pool_id = api.create_user_pool(PoolName="triggers", LambdaConfig=functions)["UserPool"]["Id"]
    client = api.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="app",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]
    for number in range(_USERS):
        username = f"trigger-{number}"
        api.admin_create_user(UserPoolId=pool_id, Username=username, MessageAction="SUPPRESS")
        api.admin_set_user_password(UserPoolId=pool_id, Username=username, Password=PASSWORD, Permanent=True)
    return _Pool(client["ClientId"])


def _add(deployed: Deployment, name: str, code: Path) -> str:
    """Puts a local function, which outside `poolhouse dev` is done on the server's machine; gives its ARN."""
    command = [program(), "functions", "add", name, "--handler", f"{code}:handler", "--all-pools"]
    done = subprocess.run(command, env=deployed.environment, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def _wait_until_answered(server: Server, pool: _Pool) -> None:
    """Until the server knows the function and its process is warm."""
    api, deadline = server.boto(), time.monotonic() + _WARM_SECONDS
    parameters = {"USERNAME": "trigger-0", "PASSWORD": PASSWORD}
    while True:
        try:
            api.initiate_auth(ClientId=pool.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
        except api.exceptions.UnexpectedLambdaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return
