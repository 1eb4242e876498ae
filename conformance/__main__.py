"""`python -m conformance`: the proofs by other people's programs, and a record of their result in RESULTS.md."""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

from conformance.aws_cli.story import call_everything
from conformance.aws_cli.terminal import PROGRAM
from conformance.dev_server import DevServer, dev_server
from conformance.sdks import journey
from conformance.terraform import walks

ROOT = Path(__file__).parent.parent
CLIENTS = Path(__file__).parent / "clients"
RESULTS = Path(__file__).parent / "RESULTS.md"
# As many as take about five minutes.
_FUZZ_EXAMPLES = 80
_PACKAGES = (
    *("boto3", "botocore", "pycognito", "playwright", "aiosmtpd"),
    *("awslambdaric", "aws-encryption-sdk", "ldap3", "standardwebhooks"),
)
# What is installed from npm, for the clients and for the Node handlers.
_NPM = (CLIENTS / "package.json", ROOT / "conformance" / "functions" / "node" / "package.json")
_TITLE = "# Results\n\nWritten by `make conformance`, newest last. What each proof does: [README.md](README.md).\n"


@dataclass(frozen=True, slots=True)
class Proof:
    """One row of the record; `problems` is empty when it holds."""

    name: str
    result: str
    problems: tuple[str, ...] = ()


def run_clients() -> list[Proof]:
    """The tests of clients/, verbosely; one proof a file."""
    cases = _cases(str(CLIENTS), "-v")
    names = sorted({_file_of(case) for case in cases})
    proofs = [_proof_of(f"clients/{name}.py", [case for case in cases if _file_of(case) == name]) for name in names]
    return proofs or [Proof("clients", "pytest left no report", ("no report",))]


def run_fuzz() -> list[Proof]:
    """The generated inputs of tests/hostile, many times as many as in `make test`."""
    cases = _cases("tests/hostile/test_fuzz.py", "-q", POOLHOUSE_FUZZ_EXAMPLES=str(_FUZZ_EXAMPLES))
    name = f"fuzz, {_FUZZ_EXAMPLES} inputs for each operation"
    return [_proof_of(name, cases) if cases else Proof(name, "pytest left no report", ("no report",))]


def _cases(tests: str, *options: str, **environment: str) -> list[ElementTree.Element]:
    """The test cases of a run's report; none if it left no report."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", tests, *options, f"--junitxml={report}"]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False)
        # The report is our own pytest's.
        return list(ElementTree.parse(report).iter("testcase")) if report.exists() else []  # noqa: S314


def _file_of(case: ElementTree.Element) -> str:
    return case.get("classname", "").rpartition(".")[2]


def _proof_of(name: str, cases: list[ElementTree.Element]) -> Proof:
    outcomes = {case.get("name", ""): _outcome(case) for case in cases}
    counted = Counter(outcomes.values())
    result = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counted.items(), key=lambda one: -one[1]))
    problems = (f"{case} {outcome}" for case, outcome in sorted(outcomes.items()) if outcome != "passed")
    return Proof(name, result, tuple(problems))


def _outcome(case: ElementTree.Element) -> str:
    found = {child.tag for child in case}
    return "failed" if found & {"failure", "error"} else "skipped" if "skipped" in found else "passed"


@contextmanager
def _server() -> Iterator[tuple[DevServer, list[str]]]:
    """A server with the quick password hash, and the list that its complaints are put into when it has served."""
    complaints: list[str] = []
    quick = {"POOLHOUSE_PASSWORD_HASH": "test-only"}
    with tempfile.TemporaryDirectory() as folder, dev_server(Path(folder), quick) as server:
        yield server, complaints
        complaints += [f"server log: {line}" for line in server.complaints()]


def run_aws_cli() -> list[Proof]:
    """The AWS CLI over every operation that is built."""
    with _server() as (server, complaints):
        result = call_everything(server)
    told = f"{len(result.answered)} operations answered"
    if result.refused:
        told += f", {len(result.refused)} refused as they must: {', '.join(result.refused)}"
    if result.newer:
        told += f"; by today's model, which this CLI does not have yet: {', '.join(result.newer)}"
    return [Proof("aws_cli, every operation built", told, (*result.failures, *complaints))]


def run_sdks() -> list[Proof]:
    """The journey through each AWS SDK."""
    proofs = []
    for sdk in journey.SDKS:
        with _server() as (server, complaints):
            count, problems = journey.play(sdk, server)
        told = f"{count} facts told"
        proofs.append(Proof(f"sdks/{sdk.name}, {sdk.title} {sdk.version()}", told, (*problems, *complaints)))
    return proofs


def run_terraform() -> list[Proof]:
    """What Terraform's AWS provider asks, replayed; one proof a resource."""
    with _server() as (server, complaints):
        walked = walks.play(server)
    proofs = []
    for name in dict.fromkeys(name for name, _ in walked):
        of_resource = [walk for each, walk in walked if each == name]
        plans = sum(walk.plans for walk in of_resource)
        problems = tuple(problem for walk in of_resource for problem in walk.problems)
        told = f"{plans} plans looked at in {len(of_resource)} walks"
        proofs.append(Proof(f"terraform, {name} (replayed)", told, problems))
    return [*proofs, Proof("terraform, server log", f"{len(complaints)} complaints", tuple(complaints))]


_PARTS = {
    "clients": run_clients,
    "fuzz": run_fuzz,
    "aws_cli": run_aws_cli,
    "sdks": run_sdks,
    "terraform": run_terraform,
}


def versions() -> str:
    """Everything that took part, with its version."""
    found = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in _PACKAGES)]
    found += [_first(str(PROGRAM), "--version").partition(" ")[0].replace("/", " ")]
    found += [f"Node.js {_first('node', '--version')}", _first("chromium", "--version")]
    found += [_first("java", "--version"), _first("go", "version")]
    found += [_first("dpkg-query", "--show", "--showformat", "slapd ${Version}", "slapd")]
    packages: dict[str, str] = {}
    for path in _NPM:
        packages |= json.loads(path.read_text(encoding="utf-8"))["dependencies"]
    return ", ".join([*found, *(f"{name} {number}" for name, number in packages.items())])


def commit() -> str:
    """The commit under test, and whether the working tree differs from it."""
    revision = _first("git", "rev-parse", "--short=12", "HEAD") or "unknown"
    is_changed = bool(_first("git", "status", "--porcelain", "--untracked-files=no"))
    return f"{revision} with uncommitted changes" if is_changed else revision


def _first(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return f"no {command[0]}"
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    line = next(iter(done.stdout.splitlines()), "")
    return re.sub(r" built on .*", "", line).strip()


def record(proofs: list[Proof], moment: str, revision: str) -> None:
    """Appends one section to RESULTS.md."""
    rows = [f"| {proof.name} | {'holds' if not proof.problems else 'FAILS'} | {proof.result} |" for proof in proofs]
    problems = [f"- {proof.name}: {problem}" for proof in proofs for problem in proof.problems]
    parts = [
        f"## {moment}, commit {revision}",
        versions() + ".",
        "\n".join(["| proof | | result |", "|---|---|---|", *rows]),
    ]
    parts += ["\n".join(problems)] if problems else []
    before = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else _TITLE
    RESULTS.write_text(before + "\n" + "\n\n".join(parts) + "\n", encoding="utf-8")


def main() -> int:
    """0 when every proof holds."""
    parser = argparse.ArgumentParser(prog="python -m conformance", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="leave RESULTS.md as it is")
    parser.add_argument(
        "--only", nargs="+", choices=_PARTS, default=list(_PARTS), help="run these parts (default: all)"
    )
    options = parser.parse_args()
    moment, revision = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), commit()
    proofs = [proof for part in _PARTS if part in options.only for proof in _PARTS[part]()]
    for proof in proofs:
        print(f"{'holds' if not proof.problems else 'FAILS'}  {proof.name}: {proof.result}")
        for problem in proof.problems:
            print(f"       {problem}")
    if not options.dry_run:
        record(proofs, moment, revision)
    return 1 if any(proof.problems for proof in proofs) else 0


if __name__ == "__main__":
    sys.exit(main())
