"""The command line: `poolhouse dev | serve | migrate | jobs | keys | sender-keys | pools | clients | doctor | version`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.commands import access, doctor, migrate, run_jobs, sender_keys, serve
from app.commands import dev as development
from app.commands.environment import Refusal, installed_version

cli = typer.Typer(
    help="Poolhouse: self-hosted customer identity that speaks Amazon Cognito's API and OpenID Connect.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
keys = typer.Typer(help="Access keys of operators.", no_args_is_help=True)
senders = typer.Typer(help="Keys that encrypt codes for the functions that send them.", no_args_is_help=True)
pools = typer.Typer(help="What Cognito's API cannot say about user pools.", no_args_is_help=True)
clients = typer.Typer(help="What Cognito's API cannot say about app clients.", no_args_is_help=True)
cli.add_typer(keys, name="keys")
cli.add_typer(senders, name="sender-keys")
cli.add_typer(pools, name="pools")
cli.add_typer(clients, name="clients")

Data = Annotated[
    Path | None, typer.Option("--data", help="the folder of a stopped `poolhouse dev` instead of the environment")
]
Settings = Annotated[list[str], typer.Argument(help="Name=value, as many as you like")]


class Seed(StrEnum):
    """What a new data folder is filled with."""

    demo = "demo"
    none = "none"


@cli.command()
def dev(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one")] = 9229,
    data: Annotated[Path, typer.Option(help="where everything is kept")] = Path(".poolhouse"),
    seed: Annotated[Seed, typer.Option(help="a demo pool to begin with, or nothing")] = Seed.demo,
) -> None:
    """Everything on this machine, with an inbox for mail and SMS. Never for production."""
    development.dev(port, data, has_demo=seed is Seed.demo)


@cli.command("serve")
def serve_command() -> None:
    """Production: settings come from POOLHOUSE_* variables; what is missing or unsafe is named."""
    raise typer.Exit(serve.serve())


@cli.command("migrate")
def migrate_command(data: Data = None) -> None:
    """Bring the database's schema to this version."""
    typer.echo(migrate.migrate(data))


@cli.command()
def jobs(data: Data = None, once: Annotated[bool, typer.Option(help="run each job once and end")] = False) -> None:
    """Mail that is due, expired rows, deleted pools, key pairs: run at least one beside `serve`."""
    run_jobs.run_jobs(data, once=once)


@keys.command("create")
def create_key(
    user: Annotated[str, typer.Option(help="the principal's name")],
    policy: Annotated[Path, typer.Option(help="an IAM policy in JSON: Action, Resource, Effect")],
    data: Data = None,
) -> None:
    """Make an access key under a policy. Its secret is shown once."""
    typer.echo(access.create_key(data, user, policy))


@keys.command("list")
def list_keys(data: Data = None) -> None:
    """Every access key, revoked ones too."""
    typer.echo(access.list_keys(data))


@keys.command("revoke")
def revoke_key(access_key_id: str, data: Data = None) -> None:
    """Make an access key useless for good."""
    typer.echo(access.revoke_key(data, access_key_id))


@senders.command("create")
def create_sender_key(
    arn: Annotated[str | None, typer.Option(help="the KMSKeyID that your pools name already; else a new one")] = None,
    data: Data = None,
) -> None:
    """Make a key, to be named as KMSKeyID in a pool's LambdaConfig."""
    typer.echo(sender_keys.create_key(data, arn))


@senders.command("list")
def list_sender_keys(data: Data = None) -> None:
    """Every key, without its bytes."""
    typer.echo(sender_keys.list_keys(data))


@senders.command("export")
def export_sender_key(key_arn: str, data: Data = None) -> None:
    """Show a key's bytes as variables for the function that decrypts. Each export is in the audit trail."""
    typer.echo(sender_keys.export_key(data, key_arn))


@senders.command("delete")
def delete_sender_key(key_arn: str, data: Data = None) -> None:
    """Remove a key for good. Refused while a pool names it."""
    typer.echo(sender_keys.delete_key(data, key_arn))


@pools.command("set")
def set_pool(pool_id: str, settings: Settings, data: Data = None) -> None:
    """Set our own settings of a pool, for example `poolhouse pools set us-east-1_Abc123 Srp=DISABLED`."""
    typer.echo(access.set_pool(data, pool_id, settings))


@pools.command("rotate-keys")
def rotate_keys(pool_id: str, data: Data = None) -> None:
    """Publish new signing keys. They sign after ten minutes; the old ones stay until their tokens have expired."""
    typer.echo(access.rotate_keys(data, pool_id))


@clients.command("set")
def set_client(pool_id: str, client_id: str, settings: Settings, data: Data = None) -> None:
    """Set our own settings of a client, for example `... clients set us-east-1_Abc123 1example23456789 Profile=oidc`."""
    typer.echo(access.set_client(data, pool_id, client_id, settings))


@cli.command("doctor")
def doctor_command(data: Data = None) -> None:
    """Look for what would keep a server from starting or working."""
    raise typer.Exit(doctor.doctor(data, typer.echo))


@cli.command()
def version() -> None:
    """The version of this installation."""
    typer.echo(installed_version())


def main() -> None:
    """The console script."""
    try:
        cli()
    except Refusal as refusal:
        for line in refusal.lines:
            typer.echo(f"poolhouse: {line}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
