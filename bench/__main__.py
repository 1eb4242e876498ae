"""`python -m bench`: cost of the main requests; `--large`: whether they grow with the number of users and pools."""

import argparse
from collections.abc import Iterable
from operator import attrgetter
from pathlib import Path

from bench.large import compare_sizes
from bench.page_scenarios import page_scenarios
from bench.probe import Probe
from bench.processes import proportional_bytes, resident_bytes, tree
from bench.report import Figure, figure, keep, show
from bench.scenarios import Scenario, Subject, prepare, scenarios
from bench.server import Deployment, Server, deployment, serving
from bench.triggers import TRIGGERS, trigger_figures
from bench.user_scenarios import user_scenarios
from bench.yardsticks import argon2_us, es256_us, rsa_2048_us

_RESULTS = Path(__file__).parent / "results"
# Of several rounds the middle one is told: a machine shared with others has slow moments, within the measured run or in its
# yardstick. Short rounds stand near their yardstick: such a machine is faster or slower by a third from one second to the next.
_ROUNDS = 9
_SHARE_OF_REQUESTS = 1 / 3
_SCALED = "client_credentials RS256"
_SCALING_TURNS = 5


def _round(
    deployed: Deployment, server: Server, scenario: Scenario, workers: int, scale: float, *, sleeps: bool = False
) -> Figure:
    """One scenario, between two readings of its yardstick. Beside hashes, which take both cores, the generator sleeps."""
    probe = Probe(server, deployed.cluster.pid, sleeps=sleeps or scenario.is_hashing)
    before = rsa_2048_us()
    scenario.measure(probe, max(50, int(scenario.count * scale)))
    return figure(scenario.name, workers, probe, scenario.each, (before + rsa_2048_us()) / 2)


def _middle(rounds: Iterable[Figure], by: str = "signatures") -> Figure:
    found = sorted(rounds, key=attrgetter(by))
    return found[len(found) // 2]


def _measure(deployed: Deployment, server: Server, chosen: list[Scenario], wanted: str, scale: float) -> list[Figure]:
    figures = []
    for scenario in chosen:
        if wanted in scenario.name:
            share = scale * _SHARE_OF_REQUESTS
            figures.append(_middle(_round(deployed, server, scenario, 1, share) for _ in range(_ROUNDS)))
            show(figures[-1:])
    return figures


def _compare_workers(
    deployed: Deployment, one: Server, two: Server, subject: Subject, wanted: str, scale: float
) -> list[Figure]:
    """The same from one worker and from two, by turns; of each the middle.

    Two workers need both cores of a small machine, so the generator sleeps while it waits, beside one worker as well.
    """
    figures = []
    for scenario in scenarios(subject):
        if (wanted or _SCALED) in scenario.name:
            turns = [
                [
                    _round(deployed, server, scenario, workers, scale, sleeps=True)
                    for workers, server in ((1, one), (2, two))
                ]
                for _ in range(_SCALING_TURNS)
            ]
            figures += [_middle(rounds, "per_second") for rounds in zip(*turns, strict=True)]
    return figures


def _show_scaling(figures: list[Figure]) -> None:
    print("the generator sleeping while it waits:")
    show(figures, with_aims=False)
    for one, two in zip(figures[::2], figures[1::2], strict=True):
        print(f"{one.scenario}: two workers answer {two.per_second / one.per_second:.2f} times as many")


def _memory(server: Server, whose: str) -> dict[str, float]:
    """Of the largest process of the server: all that it holds, and its share where processes hold the same pages."""
    pids = tree(server.pid)
    return {
        f"{whose}_resident_mb": max(map(resident_bytes, pids)) / 1e6,
        f"{whose}_proportional_mb": max(map(proportional_bytes, pids)) / 1e6,
    }


def _do_everything(deployed: Deployment, server: Server, subject: Subject) -> None:
    """So that both workers hold what they come to hold."""
    for scenario in scenarios(subject):
        scenario.measure(Probe(server, deployed.cluster.pid), scenario.count)


def _cost(wanted: str, scale: float) -> None:
    machine = {"rsa_2048_us": rsa_2048_us(), "es256_us": es256_us(), "argon2id_us": argon2_us()}
    print({name: round(value, 1) for name, value in machine.items()})
    with deployment() as deployed, serving(deployed) as server:
        subject = prepare(deployed, server, users=100)
        figures = _measure(deployed, server, scenarios(subject), wanted, scale)
        machine |= _memory(server, "only_worker")
        with deployed.resources() as resources:
            others = [*page_scenarios(), *user_scenarios(subject, resources)]
            figures += _measure(deployed, server, others, wanted, scale)
        if wanted in TRIGGERS:
            figures += trigger_figures(deployed, server, scale)
        machine |= _memory(server, "only_worker_after_all")
        with serving(deployed, workers=2) as other:
            scaling = _compare_workers(deployed, server, other, subject, wanted, scale)
            _do_everything(deployed, other, subject)
            machine |= _memory(other, "worker")
    print()
    show(figures)
    print()
    _show_scaling(scaling)
    print({name: round(value, 1) for name, value in machine.items()})
    keep(_RESULTS / "latest.json", figures + scaling, machine)


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
