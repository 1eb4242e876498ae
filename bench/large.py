"""Whether a figure grows with the number of users or pools: the same requests before and after the tables are filled."""

from collections.abc import Callable
from uuid import UUID, uuid5

import psycopg

from bench.probe import Probe
from bench.report import Figure, figure, show
from bench.scenarios import Subject, prepare, scenarios
from bench.server import Deployment, Server, deployment, serving
from bench.user_scenarios import user_scenarios
from bench.yardsticks import rsa_2048_us

SMALL_USERS = 1_000
LARGE_USERS = 1_000_000
LARGE_POOLS = 10_000
_NAMESPACE = UUID("b0a7b8a4-8f5e-4c55-9d8b-6f2c0b6d2a11")


def compare_sizes(wanted: str) -> None:
    """Measures with 1,000 users in one pool, then 1,000,000, then among 10,000 pools; prints the three side by side."""
    with deployment() as deployed:
        with serving(deployed) as server:
            subject = prepare(deployed, server, users=50)
        steps: list[tuple[str, Callable[[psycopg.Connection], None]]] = [
            (f"{SMALL_USERS:,} users", lambda db: _fill_users(db, subject, 0, SMALL_USERS)),
            (f"{LARGE_USERS:,} users", lambda db: _fill_users(db, subject, SMALL_USERS, LARGE_USERS)),
            (f"{LARGE_POOLS:,} pools", lambda db: _fill_pools(db, subject)),
        ]
        columns = {name: _step(deployed, subject, name, fill, wanted) for name, fill in steps}
    print(f"\n{'CPU us a request, server + PostgreSQL':40}" + "".join(f"{name:>18}" for name in columns))
    for row in zip(*columns.values(), strict=True):
        print(f"{row[0].scenario:40}" + "".join(f"{at.server_cpu_us + at.postgres_cpu_us:>18.0f}" for at in row))


def _step(
    deployed: Deployment, subject: Subject, name: str, fill: Callable[[psycopg.Connection], None], wanted: str
) -> list[Figure]:
    print(f"\n== {name}")
    with deployed.cluster.connect("bench") as db:
        fill(db)
        db.execute("VACUUM ANALYZE")
    with serving(deployed) as server, deployed.resources() as resources:
        return [
            _measure(deployed, server, scenario.name, scenario.measure, scenario.count, scenario.each)
            for scenario in (*scenarios(subject), *user_scenarios(subject, resources))
            if wanted in scenario.name
        ]


def _measure(
    deployed: Deployment, server: Server, name: str, run: Callable[[Probe, int], None], count: int, each: int
) -> Figure:
    probe = Probe(server, deployed.cluster.pid)
    run(probe, count)
    made = figure(name, 1, probe, each, rsa_2048_us())
    show([made])
    return made


def _fill_users(db: psycopg.Connection, subject: Subject, first: int, last: int) -> None:
    """Users with e-mail and password rows as sign-up leaves them, by COPY."""
    template = db.execute("SELECT * FROM users WHERE pool_id = %s LIMIT 1", [subject.pool_id])
    names = [column.name for column in template.description or ()]
    like = dict(zip(names, template.fetchone() or (), strict=True))
    users = (
        {**like, "sub": str(uuid5(_NAMESPACE, str(number))), "username": f"filler-{number}", "number": number}
        for number in range(first, last)
    )
    rows = list(users)
    _copy(db, "users", ({**row, "folded_username": row["username"]} for row in rows), names)
    identifiers = (
        {"pool_id": subject.pool_id, "kind": "username", "folded": r["username"], "sub": r["sub"], "verified": True}
        for r in rows
    )
    _copy(db, "identifiers", identifiers, ["pool_id", "kind", "folded", "sub", "verified"])
    searchable = (
        {"pool_id": subject.pool_id, "sub": r["sub"], "name": "email", "folded": f"{r['username']}@example.com"}
        for r in rows
    )
    _copy(db, "searchable_attributes", searchable, ["pool_id", "sub", "name", "folded"])
    stored = db.execute("SELECT * FROM passwords WHERE pool_id = %s LIMIT 1", [subject.pool_id])
    password_names = [column.name for column in stored.description or ()]
    password = dict(zip(password_names, stored.fetchone() or (), strict=True))
    _copy(db, "passwords", ({**password, "sub": row["sub"]} for row in rows), password_names)
    db.execute(
        "INSERT INTO memberships (pool_id, sub, group_id, created_at) SELECT pool_id, sub, group_id, groups.created_at "
        "FROM users JOIN groups USING (pool_id) WHERE pool_id = %s ON CONFLICT DO NOTHING",
        [subject.pool_id],
    )


def _copy(db: psycopg.Connection, table: str, rows: object, names: list[str]) -> None:
    statement = psycopg.sql.SQL("COPY {} ({}) FROM STDIN").format(
        psycopg.sql.Identifier(table), psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, names))
    )
    with db.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:  # type: ignore[attr-defined]
            copy.write_row([_plain(row[name]) for name in names])


def _plain(value: object) -> object:
    return psycopg.types.json.Jsonb(value) if isinstance(value, dict | list) else value


def _fill_pools(db: psycopg.Connection, subject: Subject) -> None:
    """Copies of the pool's configuration rows under other ids."""
    for table, keys in (("pools", ()), ("signing_keys", ()), ("clients", ("client_id",)), ("resource_servers", ())):
        described = db.execute(f"SELECT * FROM {table} LIMIT 0")  # noqa: S608
        columns = [column.name for column in described.description or ()]
        chosen = [
            "%(pool)s || n" if name == "pool_id" else f"{name} || n" if name in keys else name for name in columns
        ]
        db.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(chosen)} "  # noqa: S608
            f"FROM {table}, generate_series(2, {LARGE_POOLS}) n WHERE pool_id = %(like)s",
            {"pool": "us-east-1_filler", "like": subject.pool_id},
        )
