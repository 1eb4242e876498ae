"""`python -m bench`: cost of the main requests; `--large`: whether they grow with the number of users and pools."""

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import argon2

from bench.large import compare_sizes
from bench.page_scenarios import page_scenarios
from bench.probe import Probe
from bench.processes import proportional_bytes, tree, usage
from bench.report import Figure, figure, keep, show
from bench.scenarios import Scenario, Subject, prepare, scenarios
from bench.server import Deployment, Server, deployment, serving
from bench.signatures import es256_us, rsa_2048_us
from bench.triggers import TRIGGERS, trigger_figures
from bench.user_scenarios import user_scenarios

_RESULTS = Path(__file__).parent / "results"


def _argon2_us(count: int = 40) -> float:
    """CPU of one hash where two run at once, as they do in the server under measurement: they share caches and memory."""
    hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(hasher.hash, ["warm"] * 4))
        started = time.process_time()
        list(threads.map(hasher.hash, ["Correct-Horse-7"] * count))
        return (time.process_time() - started) / count * 1e6


def _measure(
    deployed: Deployment,
    server: Server,
    chosen: list[Scenario],
    workers: int,
    wanted: str,
    scale: float,
    *,
    sleeps: bool = False,
) -> list[Figure]:
    figures = []
    for scenario in chosen:
        if wanted not in scenario.name:
            continue
        probe = Probe(server, deployed.cluster.pid, sleeps=sleeps)
        before = rsa_2048_us()
        scenario.measure(probe, max(50, int(scenario.count * scale)))
        signature_us = (before + rsa_2048_us()) / 2
        figures.append(figure(scenario.name, workers, probe, scenario.each, signature_us))
        show(figures[-1:])
    return figures


def _memory(server: Server, whose: str) -> dict[str, float]:
    """Of the largest process of the server: all that it holds, and its share where processes hold the same pages."""
    pids = tree(server.pid)
    return {
        f"{whose}_resident_mb": max(usage(pid).resident_bytes for pid in pids) / 1e6,
        f"{whose}_proportional_mb": max(proportional_bytes(pid) for pid in pids) / 1e6,
    }


def _do_everything(deployed: Deployment, server: Server, subject: Subject) -> None:
    """So that both workers hold what they come to hold."""
    for scenario in scenarios(subject):
        scenario.measure(Probe(server, deployed.cluster.pid), scenario.count)


def _cost(wanted: str, scale: float) -> None:
    machine = {"rsa_2048_us": rsa_2048_us(), "es256_us": es256_us(), "argon2id_us": _argon2_us()}
    print({name: round(value, 1) for name, value in machine.items()})
    figures = []
    with deployment() as deployed:
        with serving(deployed) as server:
            subject = prepare(server, users=100)
            with deployed.resources() as resources:
                chosen = [*scenarios(subject), *page_scenarios(), *user_scenarios(subject, resources)]
                figures += _measure(deployed, server, chosen, 1, wanted, scale)
            if wanted in TRIGGERS:
                figures += trigger_figures(deployed, server, scale)
            machine |= _memory(server, "only_worker")
        # Two workers need both cores of a small machine, so the generator sleeps here, and beside one worker for comparison.
        scaling = []
        for workers in (1, 2):
            with serving(deployed, workers) as server:
                wanted_here = wanted or "client_credentials RS256"
                scaling += _measure(deployed, server, scenarios(subject), workers, wanted_here, scale, sleeps=True)
                if workers > 1:
                    _do_everything(deployed, server, subject)
                    machine |= _memory(server, "worker")
    print()
    show(figures)
    print("\nthe generator sleeping while it waits:")
    show(scaling)
    figures += scaling
    print({name: round(value, 1) for name, value in machine.items()})
    keep(_RESULTS / "latest.json", figures, machine)


def main() -> None:
    """Reads the arguments and measures."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--large", action="store_true", help="1,000 against 1,000,000 users, 1 against 10,000 pools")
    parser.add_argument("--only", default="", help="only scenarios whose name contains this")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the number of requests")
    options = parser.parse_args()
    if options.large:
        compare_sizes(options.only)
    else:
        _cost(options.only, options.scale)


if __name__ == "__main__":
    main()
