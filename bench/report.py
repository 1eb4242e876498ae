"""Figures as a table for people and as JSON for machines."""

import json
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from bench.probe import Probe

_PACKAGES = ("authlib", "joserfc", "starlette", "uvicorn", "sqlalchemy", "psycopg", "cryptography", "argon2-cffi")


# At most so much CPU, in RSA-2048 signatures of the same machine and minute, or in what the hashes within it took themselves.
# Times are converted with 217 us a signature, as on the machine that they were set on.
_SIGNATURES, _HASHES = "signatures", "hashes"
AIMS = {
    "client_credentials RS256": (_SIGNATURES, 1.6),
    "client_credentials ES256": (_SIGNATURES, 150 / 217),
    "refresh": (_SIGNATURES, 6.0),
    "refresh, rotating": (_SIGNATURES, 6.0),
    "InitiateAuth password": (_HASHES, 1.15),
    "InitiateAuth SRP and answer": (_SIGNATURES, 4_000 / 217),
    "GET /login": (_SIGNATURES, 1_000 / 217),
    "POST /login": (_HASHES, 1.15),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """What one scenario costs. CPU in microseconds a request (of a scenario's whole round where it has several)."""

    scenario: str
    workers: int
    per_second: float
    p50_ms: float
    p99_ms: float
    server_cpu_us: float
    postgres_cpu_us: float
    signatures: float
    hashes: float | None = None

    @property
    def aim(self) -> str:
        """What it should cost at most, and what it does."""
        if self.scenario not in AIMS:
            return ""
        unit, most = AIMS[self.scenario]
        return f"{getattr(self, unit):.2f} of at most {most:.2f} {unit}"


def figure(name: str, workers: int, probe: Probe, each: int, signature_us: float) -> Figure:
    """The figure of a finished probe; its CPU also in RSA-2048 signatures of this machine and run, and in hashes it has made."""
    rounds = probe.requests / each
    p50, p99 = probe.percentiles()
    cpu = probe.server_cpu / rounds * 1e6
    postgres = probe.postgres_cpu / rounds * 1e6
    hashes = probe.server_cpu / probe.hashing_cpu if probe.hashing_cpu else None
    return Figure(name, workers, rounds / probe.seconds, p50, p99, cpu, postgres, cpu / signature_us, hashes)


def show(figures: list[Figure], *, with_aims: bool = True) -> None:
    """Prints the table."""
    print(
        f"{'':32}{'workers':>8}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'CPU us':>9}{'PG us':>8}{'x RSA':>8}"
        + "  aim" * with_aims
    )
    for row in figures:
        print(
            f"{row.scenario:32}{row.workers:>8}{row.per_second:>9.0f}{row.p50_ms:>9.2f}{row.p99_ms:>9.2f}"
            f"{row.server_cpu_us:>9.0f}{row.postgres_cpu_us:>8.0f}{row.signatures:>8.2f}" + f"  {row.aim}" * with_aims
        )


def keep(path: Path, figures: list[Figure], machine: dict[str, float]) -> None:
    """Writes the JSON."""
    path.parent.mkdir(exist_ok=True)
    content = {
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "machine": machine,
        "figures": [asdict(row) for row in figures],
    }
    path.write_text(json.dumps(content, indent=2) + "\n")
