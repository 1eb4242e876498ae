"""The overview: where the server answers, with which key, and the user pools there are."""

from typing import Literal

from sqlalchemy import select

from app.core.clients import Client
from app.db.tables.clients import Client as ClientRow
from app.db.tables.pools import Pool as PoolRow
from app.flows.account_access import has_account_page
from app.flows.locations import browser_base
from app.flows.work import Resources
from app.web.dev.contexts import Choice, DevClient, DevPool, HomePage
from app.web.dev.facts import DevFacts

_MOST_POOLS = 20
_MOST_CLIENTS = 10


def home_page(resources: Resources, facts: DevFacts) -> HomePage:
    """The context of the overview."""
    settings = resources.settings
    return HomePage(
        endpoint=settings.base_url,
        version=facts.version,
        region=settings.region,
        account_id=settings.account_id,
        access_key_id=settings.root_access_key_id,
        secret_access_key=settings.root_secret_access_key.get_secret_value(),
        data_folder=facts.data_folder,
        pools=[_pool(resources, pool_id, facts) for pool_id in _pool_ids(resources)],
    )


def preview_choices(resources: Resources) -> list[Choice]:
    """Whose look a previewed page may have: of each client of the newest pools, "<pool id> <client id>"."""
    choices = []
    for pool_id in _pool_ids(resources):
        pool = _pool(resources, pool_id, DevFacts())
        choices += [Choice(f"{pool_id} {client.client_id}", f"{pool.name}: {client.name}") for client in pool.clients]
        choices.append(Choice(pool_id, pool.name))
    return choices


def _pool_ids(resources: Resources) -> list[str]:
    newest = select(PoolRow.pool_id).where(PoolRow.deleted_at.is_(None)).order_by(PoolRow.created_at.desc())
    with resources.database.read() as db:
        return list(db.execute(newest.limit(_MOST_POOLS)).scalars())


def _pool(resources: Resources, pool_id: str, facts: DevFacts) -> DevPool:
    snapshot = resources.snapshots.pool(pool_id)
    demo = facts.demo if facts.demo.get("user_pool_id") == pool_id else {}
    oldest = select(ClientRow.client_id).where(ClientRow.pool_id == pool_id).order_by(ClientRow.created_at)
    base = browser_base(resources.settings, snapshot)
    account = f"{base}/account?client_id=" if has_account_page(snapshot.pool) else ""
    with resources.database.read() as db:
        client_ids = list(db.execute(oldest.limit(_MOST_CLIENTS)).scalars())
    return DevPool(
        pool_id=pool_id,
        name=snapshot.pool.name,
        issuer=snapshot.pool.issuer,
        domain_url=base,
        username=demo.get("username", ""),
        password=demo.get("password", ""),
        clients=[_client(resources.snapshots.client(client_id).client, account) for client_id in client_ids],
    )


def _client(client: Client, account: str) -> DevClient:
    """`account` is what the client's id makes the address of the account page, or ""."""
    redirect_uri = next((url for url in client.callback_urls if url.endswith("/_dev/callback")), "")
    return DevClient(
        client_id=client.client_id,
        name=client.name,
        kind=_kind(client),
        secret=client.secrets[0].secret if client.secrets else "",
        scope=" ".join(client.oauth_scopes),
        redirect_uri=redirect_uri,
        login_url=f"/_dev/try?client_id={client.client_id}" if redirect_uri and "code" in client.oauth_flows else "",
        account_url=f"{account}{client.client_id}" if account and "code" in client.oauth_flows else "",
    )


def _kind(client: Client) -> Literal["public", "confidential", "machine"]:
    if "client_credentials" in client.oauth_flows:
        return "machine"
    return "confidential" if client.is_confidential else "public"
