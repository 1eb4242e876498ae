"""The command line: `poolhouse dev | serve | migrate | jobs | keys | sender-keys | pools | clients | functions | messages | templates | doctor | version`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app import commands
from app.commands.refusal import Refusal

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
functions_group = typer.Typer(help="Functions that pools call: Lambda handlers, webhooks.", no_args_is_help=True)
messages_group = typer.Typer(help="Mail and SMS of user pools: what waits, and by what it goes.", no_args_is_help=True)
cli.add_typer(clients, name="clients")
cli.add_typer(messages_group, name="messages")
cli.add_typer(functions_group, name="functions")
templates_group = typer.Typer(help="Your own page and message templates: docs/templates.md.", no_args_is_help=True)
cli.add_typer(templates_group, name="templates")

Data = Annotated[
    Path | None, typer.Option("--data", help="the folder of a stopped `poolhouse dev` instead of the environment")
]
ServerData = Annotated[
    Path | None,
    typer.Option("--data", help="the folder of a `poolhouse dev`, running or not, instead of the environment"),
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
    commands.dev.dev(port, data, has_demo=seed is Seed.demo)


@cli.command("serve")
def serve_command() -> None:
    """Production: settings come from POOLHOUSE_* variables; what is missing or unsafe is named."""
    raise typer.Exit(commands.serve.serve())


@cli.command("migrate")
def migrate_command(data: Data = None) -> None:
    """Bring the database's schema to this version."""
    typer.echo(commands.migrate.migrate(data))


@cli.command()
def jobs(data: Data = None, once: Annotated[bool, typer.Option(help="run each job once and end")] = False) -> None:
    """Mail that is due, expired rows, deleted pools, key pairs: run at least one beside `serve`."""
    commands.run_jobs.run_jobs(data, once=once)


@keys.command("create")
def create_key(
    user: Annotated[str, typer.Option(help="the principal's name")],
    policy: Annotated[Path, typer.Option(help="an IAM policy in JSON: Action, Resource, Effect")],
    data: Data = None,
) -> None:
    """Make an access key under a policy. Its secret is shown once."""
    typer.echo(commands.access.create_key(data, user, policy))


@keys.command("list")
def list_keys(data: Data = None) -> None:
    """Every access key, revoked ones too."""
    typer.echo(commands.access.list_keys(data))


@keys.command("revoke")
def revoke_key(access_key_id: str, data: Data = None) -> None:
    """Make an access key useless for good."""
    typer.echo(commands.access.revoke_key(data, access_key_id))


@senders.command("create")
def create_sender_key(
    arn: Annotated[str | None, typer.Option(help="the KMSKeyID that your pools name already; else a new one")] = None,
    data: ServerData = None,
) -> None:
    """Make a key, to be named as KMSKeyID in a pool's LambdaConfig."""
    typer.echo(commands.sender_keys.create_key(data, arn))


@senders.command("list")
def list_sender_keys(data: ServerData = None) -> None:
    """Every key, without its bytes."""
    typer.echo(commands.sender_keys.list_keys(data))


@senders.command("export")
def export_sender_key(key_arn: str, data: ServerData = None) -> None:
    """Show a key's bytes as variables for the function that decrypts. Each export is in the audit trail."""
    typer.echo(commands.sender_keys.export_key(data, key_arn))


@senders.command("delete")
def delete_sender_key(key_arn: str, data: ServerData = None) -> None:
    """Remove a key for good. Refused while a pool names it."""
    typer.echo(commands.sender_keys.delete_key(data, key_arn))


@pools.command("set")
def set_pool(pool_id: str, settings: Settings, data: Data = None) -> None:
    """Set our own settings of a pool, for example `poolhouse pools set us-east-1_Abc123 Srp=DISABLED`."""
    typer.echo(commands.access.set_pool(data, pool_id, settings))


@pools.command("rotate-keys")
def rotate_keys(pool_id: str, data: Data = None) -> None:
    """Publish new signing keys. They sign after ten minutes; the old ones stay until their tokens have expired."""
    typer.echo(commands.access.rotate_keys(data, pool_id))


@clients.command("set")
def set_client(pool_id: str, client_id: str, settings: Settings, data: Data = None) -> None:
    """Set our own settings of a client, for example `... clients set us-east-1_Abc123 1example23456789 Profile=oidc`."""
    typer.echo(commands.access.set_client(data, pool_id, client_id, settings))


@functions_group.command("add")
def add_function(
    name: Annotated[str, typer.Argument(help="its name; of one that is there, what you give is changed")],
    handler: Annotated[
        str | None, typer.Option(help="PATH:function of a Python or Node handler on the server's machine")
    ] = None,
    webhook: Annotated[str | None, typer.Option(help="URL that events are posted to")] = None,
    lambda_arn: Annotated[str | None, typer.Option("--lambda", help="ARN of a function at AWS Lambda")] = None,
    entry_point: Annotated[str | None, typer.Option(help="module:function in the process of `poolhouse dev`")] = None,
    pool: Annotated[list[str] | None, typer.Option(help="a user pool that may call it; as often as you like")] = None,
    all_pools: Annotated[bool, typer.Option("--all-pools", help="every user pool may call it")] = False,
    runtime: Annotated[str | None, typer.Option(help="of a handler: python or node, if its file does not say")] = None,
    env: Annotated[
        list[str] | None, typer.Option(help="of a handler: K=V, or K for the value that it has here; repeatable")
    ] = None,
    memory: Annotated[int | None, typer.Option(help="of a handler: MB that a process may use")] = None,
    concurrency: Annotated[int | None, typer.Option(help="of a handler: most processes")] = None,
    region: Annotated[str | None, typer.Option(help="of a Lambda: where, if not in its ARN's Region")] = None,
    endpoint_url: Annotated[str | None, typer.Option(help="of a Lambda: what answers in place of AWS")] = None,
    access_key_id: Annotated[
        str | None, typer.Option(help="of a Lambda: who invokes it; the secret comes from AWS_SECRET_ACCESS_KEY")
    ] = None,
    data: ServerData = None,
) -> None:
    """Make a function that pools may name in their LambdaConfig, or change one."""
    given = commands.functions.Given(
        handler=handler,
        webhook=webhook,
        lambda_arn=lambda_arn,
        entry_point=entry_point,
        runtime=runtime,
        environment=env or (),
        memory=memory,
        concurrency=concurrency,
        region=region,
        endpoint_url=endpoint_url,
        access_key_id=access_key_id,
    )
    typer.echo(commands.functions.add(data, name, given, pool or (), for_all_pools=all_pools))


@functions_group.command("list")
def list_functions(data: ServerData = None) -> None:
    """Every function, what it runs and which pools may call it."""
    typer.echo(commands.functions.list_all(data))


@functions_group.command("show")
def show_function(name: str, data: ServerData = None) -> None:
    """A function without its secrets."""
    typer.echo(commands.functions.show(data, name))


@functions_group.command("remove")
def remove_function(name: str, data: ServerData = None) -> None:
    """Remove a function: pools that name it hear that nothing runs it."""
    typer.echo(commands.functions.remove(data, name))


@functions_group.command("enable")
def enable_function(name: str, data: ServerData = None) -> None:
    """Let pools call a function again."""
    typer.echo(commands.functions.switch(data, name, is_on=True))


@functions_group.command("disable")
def disable_function(name: str, data: ServerData = None) -> None:
    """Keep a function and let nobody call it."""
    typer.echo(commands.functions.switch(data, name, is_on=False))


@functions_group.command("test")
def try_function(
    name: str,
    source: Annotated[str | None, typer.Option(help="a sample event of this trigger source: PreSignUp_SignUp")] = None,
    event: Annotated[Path | None, typer.Option(help="a file with an event in JSON, instead of a sample")] = None,
    pool: Annotated[str | None, typer.Option(help="the user pool for which it is called; else for none")] = None,
    version: Annotated[str | None, typer.Option(help="of samples of TokenGeneration: 1, 2 or 3")] = None,
    data: ServerData = None,
) -> None:
    """Call a function and show its answer and its log. Exit code 1 unless it answered."""
    text, has_answered = commands.functions.test(data, name, source, event, pool, version)
    typer.echo(text)
    raise typer.Exit(not has_answered)


@functions_group.command("logs")
def show_logs(
    name: str,
    number: Annotated[int, typer.Option("--number", "-n", min=1, max=10_000, help="how many calls")] = 20,
    data: ServerData = None,
) -> None:
    """The last calls of a function: when, for which pool, what became of them, what was printed."""
    typer.echo(commands.functions.logs(data, name, number))


@functions_group.command("replay")
def replay_call(call_id: str, data: ServerData = None) -> None:
    """Call a function again with the event of a recorded call, which only `poolhouse dev` keeps."""
    text, has_answered = commands.functions.replay(data, call_id)
    typer.echo(text)
    raise typer.Exit(not has_answered)


@functions_group.command("rotate-secret")
def rotate_secret(name: str, data: ServerData = None) -> None:
    """Make a webhook's next secret. Both sign until the old one is retired."""
    typer.echo(commands.functions.rotate_secret(data, name))


@functions_group.command("retire-secret")
def retire_secret(name: str, data: ServerData = None) -> None:
    """End the older of a webhook's two secrets."""
    typer.echo(commands.functions.retire_secret(data, name))


@messages_group.command("list")
def list_messages(
    pool_id: str,
    state: Annotated[str | None, typer.Option(help="waiting, sending, delivered or dead")] = None,
    number: Annotated[int, typer.Option("-n", min=1, help="how many at most")] = 100,
    data: ServerData = None,
) -> None:
    """The newest messages of a pool, without what they say and to whom."""
    typer.echo(commands.messages.list_messages(data, pool_id, state, number))


@messages_group.command("retry")
def retry_messages(
    pool_id: str,
    message_ids: Annotated[list[str] | None, typer.Argument(help="some of them; else all that wait")] = None,
    data: ServerData = None,
) -> None:
    """Try messages that wait at once. What was given up is blank: there is nothing left to send."""
    typer.echo(commands.messages.retry(data, pool_id, message_ids or ()))


@messages_group.command("use")
def use_gateway(
    pool_id: str,
    medium: Annotated[str, typer.Argument(help="email or sms")],
    kind: Annotated[str, typer.Argument(help="smtp, ses, sns, twilio or webhook")],
    members: Annotated[list[str], typer.Argument(help="what it needs: Name=value, or Name=@file")],
    data: ServerData = None,
) -> None:
    """Send a pool's messages by a gateway of its own, for example `... use <pool id> email smtp Url=@smtp-url`."""
    typer.echo(commands.messages.put_gateway(data, pool_id, medium, kind, members))


@messages_group.command("gateways")
def list_gateways(pool_id: str, data: ServerData = None) -> None:
    """The gateways that a pool has of its own."""
    typer.echo(commands.messages.list_gateways(data, pool_id))


@messages_group.command("use-server")
def use_server_gateway(
    pool_id: str, medium: Annotated[str, typer.Argument(help="email or sms")], data: ServerData = None
) -> None:
    """Send a pool's messages by the server's gateway again."""
    typer.echo(commands.messages.delete_gateway(data, pool_id, medium))


@templates_group.command("check")
def check_templates(
    pool: Annotated[str | None, typer.Option(help="one pool's folder only, or `default`")] = None,
    folder: Annotated[Path | None, typer.Option(help="instead of POOLHOUSE_TEMPLATES")] = None,
) -> None:
    """Render every page and message with sample data, in every language, and tell what breaks."""
    raise typer.Exit(commands.templates.check(folder, pool, typer.echo))


@cli.command("doctor")
def doctor_command(data: Data = None) -> None:
    """Look for what would keep a server from starting or working."""
    raise typer.Exit(commands.doctor.doctor(data, typer.echo))


@cli.command()
def version() -> None:
    """The version of this installation."""
    typer.echo(commands.environment.installed_version())


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
