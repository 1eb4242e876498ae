"""`poolhouse dev`: everything in one process on this machine, with a demo to try. Never for production."""

import gc
import signal
import socket
from pathlib import Path
from typing import Any

import structlog

from app.commands.demo import Demo
from app.commands.environment import installed_version, malformed, read_settings, warn_of_unknown_variables
from app.commands.folder import DataFolder, open_folder
from app.commands.refusal import Refusal
from app.db import migrations
from app.db.engine import Database
from app.flows.move_issuers import move_issuers
from app.flows.work import Resources
from app.jobs.clock import JobClock
from app.kit.logs import configure_logging
from app.kit.sealing import SealError
from app.kit.settings import Settings
from app.main import close_resources, create_app, open_resources
from app.web import server
from app.web.dev.facts import DevFacts

_SHUTDOWN_SECONDS = 5
_log = structlog.get_logger()


def dev(port: int, data: Path, *, has_demo: bool) -> None:
    """Serves on localhost until SIGINT or SIGTERM; raises Refusal."""
    folder = open_folder(data)
    sockets = _bind(port)
    settings = _settings(folder, sockets[0].getsockname()[1])
    writer = configure_logging(settings.log_level, readable=True)
    warn_of_unknown_variables()
    if settings.password_hash == "test-only":
        _log.warning("PASSWORDS ARE NOT PROTECTED: POOLHOUSE_PASSWORD_HASH=test-only is for test suites alone")
    resources = _open(settings, folder)
    try:
        move_issuers(resources, settings.base_url)
        demo = Demo(resources).ensure() if has_demo else {}
        writer.start()
        _serve(resources, folder, demo, sockets)
    finally:
        folder.remove_dev_json()
        close_resources(resources)
        writer.stop()


def _serve(resources: Resources, folder: DataFolder, demo: dict[str, str], sockets: list[socket.socket]) -> None:
    app = create_app(resources, DevFacts(installed_version(), str(folder.path), demo))
    members = _members(resources.settings, demo)

    def on_started() -> None:
        gc.freeze()
        folder.write_dev_json(members)
        print(_greeting(members), flush=True)  # noqa: T201 - what the command is asked for

    # uvicorn puts its own handlers over these while it serves, and raises the signal again when it is done.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    jobs = JobClock(resources)
    jobs.start()
    config = server.configure(app, shutdown_seconds=_SHUTDOWN_SECONDS)
    end_calls = resources.function_table.end_calls
    server.run(server.Server(config, on_started=on_started, on_overdue=end_calls), sockets)
    folder.remove_dev_json()
    jobs.stop()


def _bind(port: int) -> list[socket.socket]:
    """Listening sockets on both loopback addresses; IPv6 is left out where there is none or its port is taken."""
    try:
        first = server.bind("127.0.0.1", port)
    except OSError as error:
        raise Refusal(f"cannot listen on 127.0.0.1:{port} ({error.strerror}): choose another --port") from None
    try:
        return [first, server.bind("::1", first.getsockname()[1])]
    except OSError:
        return [first]


def _settings(folder: DataFolder, port: int) -> Settings:
    """The environment's settings, with what is not up to it in `dev`, and keys made here where it names none."""
    given = read_settings(
        check=malformed,
        mode="dev",
        base_url=f"http://localhost:{port}",
        database_url=folder.database_url,
        host="127.0.0.1",
        port=port,
        workers=1,
    )
    filled: dict[str, Any] = {}
    if not given.read_master_key():
        filled["master_key"] = folder.master_key()
    if bool(given.root_access_key_id) != bool(given.root_secret_access_key.get_secret_value()):
        raise Refusal("POOLHOUSE_ROOT_ACCESS_KEY_ID and POOLHOUSE_ROOT_SECRET_ACCESS_KEY belong together")
    if not given.root_access_key_id:
        filled["root_access_key_id"], filled["root_secret_access_key"] = folder.root_key()
    return Settings.model_validate({**given.model_dump(), "mode": "dev", **filled})


def _open(settings: Settings, folder: DataFolder) -> Resources:
    """Brings the schema up to date and opens it; whoever starts while another runs on the folder is refused."""
    try:
        database = Database(settings.database_url)
    except RuntimeError:
        raise Refusal(f"another `poolhouse dev` is running on {folder.path}: choose another --data") from None
    folder.remove_dev_json()
    try:
        migrations.upgrade(database)
    finally:
        database.close()
    try:
        return open_resources(settings)
    except SealError:
        raise Refusal(f"the data in {folder.path} was made with another master key") from None
    except ValueError as error:
        raise Refusal(f"POOLHOUSE_MASTER_KEY: {error}") from None


def _members(settings: Settings, demo: dict[str, str]) -> dict[str, str]:
    """What dev.json holds."""
    return {
        "endpoint": settings.base_url,
        "region": settings.region,
        "account_id": settings.account_id,
        "access_key_id": settings.root_access_key_id,
        "secret_access_key": settings.root_secret_access_key.get_secret_value(),
        **demo,
    }


def _greeting(members: dict[str, str]) -> str:
    """Lines to paste, for people at a terminal."""
    lines = [
        "",
        f"Poolhouse is ready on {members['endpoint']}   (inbox: {members['endpoint']}/_dev/inbox)",
        "",
        "  # any AWS SDK, or the AWS CLI",
        f"  export AWS_ENDPOINT_URL={members['endpoint']} AWS_DEFAULT_REGION={members['region']} "
        f"AWS_REGION={members['region']}",
        f"  export AWS_ACCESS_KEY_ID={members['access_key_id']} AWS_SECRET_ACCESS_KEY={members['secret_access_key']}",
    ]
    return "\n".join([*lines, *(_demo_lines(members) if "user_pool_id" in members else []), ""])


def _demo_lines(members: dict[str, str]) -> list[str]:
    return [
        "",
        "  # boto3",
        "  import boto3",
        f'  idp = boto3.client("cognito-idp", endpoint_url="{members["endpoint"]}", region_name="{members["region"]}",',
        f'                     aws_access_key_id="{members["access_key_id"]}",',
        f'                     aws_secret_access_key="{members["secret_access_key"]}")',
        f'  idp.list_users(UserPoolId="{members["user_pool_id"]}")',
        f'  idp.initiate_auth(ClientId="{members["client_id"]}", AuthFlow="USER_PASSWORD_AUTH",',
        f'      AuthParameters={{"USERNAME": "{members["username"]}", "PASSWORD": "{members["password"]}"}})',
        "",
        "  # a token for a service",
        f"  curl -u {members['m2m_client_id']}:{members['m2m_client_secret']} \\",
        f"    -d grant_type=client_credentials -d scope={members['m2m_scope']} {members['domain_url']}/oauth2/token",
        "",
        f"  Sign in:  {members['endpoint']}/_dev/try   (user {members['username']}, password {members['password']})",
        f"  Issuer:   {members['issuer']}",
    ]
