"""Plays every chapter and tells which operations answered, which refused, and what is wrong.

A chapter is one short story about a pool of its own, since most operations need what another one made. Whatever the registry
declares and no chapter calls is a failure, and so is an answer that no chapter looks at: a new operation gets its line here.
"""

import re
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from app.web.aws.registry import cognito_idp, load_targets
from conformance.aws_cli import configuration, factors, people, pools
from conformance.aws_cli.terminal import Terminal, UnexpectedError, todays_model
from conformance.dev_server import DevServer

Chapter = Callable[[Terminal, str], None]
CHAPTERS: tuple[Chapter, ...] = (*pools.CHAPTERS, *people.CHAPTERS, *factors.CHAPTERS, *configuration.CHAPTERS)
# The CLI is a process a call, most of it start-up: two at a time keep two cores busy.
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Result:
    """Operations by what became of them; `newer` are those that this CLI knows by today's model only."""

    answered: tuple[str, ...]
    refused: tuple[str, ...]
    newer: tuple[str, ...]
    failures: tuple[str, ...]


def call_everything(server: DevServer) -> Result:
    """Plays the story. A chapter that fails does not stop the others."""
    load_targets()
    with tempfile.TemporaryDirectory() as folder, todays_model(Path(folder)) as models:
        aws = Terminal(server, models)
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            troubles = list(threads.map(lambda chapter: _play(aws, chapter), CHAPTERS))
    failures = [trouble for trouble in troubles if trouble]
    failures += [f"never called: {name}" for name in sorted(set(cognito_idp.operations) - aws.answered - aws.refused)]
    failures += [f"answered, but nobody looked at it: {name}" for name in sorted(aws.answered - aws.checked)]
    return Result(
        answered=tuple(sorted(aws.answered)),
        refused=tuple(sorted(aws.refused - aws.answered)),
        newer=tuple(sorted(aws.newer)),
        failures=tuple(failures),
    )


def _play(aws: Terminal, chapter: Chapter) -> str:
    """What went wrong, or nothing."""
    try:
        made = aws("CreateUserPool", PoolName=f"cli {_title(chapter)}", AutoVerifiedAttributes=["email"])
        pool_id = made["UserPool"]["Id"]
        chapter(aws, pool_id)
        aws("DeleteUserPool", UserPoolId=pool_id)
        aws.refuses("DescribeUserPool", "ResourceNotFoundException", UserPoolId=pool_id)
    except (UnexpectedError, KeyError, LookupError, TimeoutError, subprocess.TimeoutExpired) as error:
        return f"{_title(chapter)}: {_short(error)}"
    return ""


def _title(chapter: Chapter) -> str:
    return chapter.__name__.strip("_").replace("_", " ")


def _short(error: Exception) -> str:
    # Tokens are of no use in a record, and long.
    return re.sub(r"[\w.-]{200,}", "...", repr(error))
