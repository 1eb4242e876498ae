"""Where a pool answers: its issuer, and the one origin on which a browser sees it (design: one browser origin a pool)."""

from app.flows.snapshots import PoolSnapshot
from app.kit.settings import Settings


def pool_base(settings: Settings, snapshot: PoolSnapshot) -> str:
    """The URL under which the pool's issuer paths live, `{base}/{pool_id}`. Equal to the issuer unless the base URL moved."""
    return f"{settings.base_url.rstrip('/')}/{snapshot.pool.pool_id}"


def browser_base(settings: Settings, snapshot: PoolSnapshot) -> str:
    """The URL before `/login` and `/oauth2/authorize`: the pool's custom domain, else its prefix domain where the server
    has a suffix for those, else the issuer path. In `dev` always that one, since nothing there may need DNS or TLS."""
    if settings.mode == "dev":
        return pool_base(settings, snapshot)
    hosts = [host for domain in snapshot.domains if (host := domain_host(settings, domain.domain, domain.is_custom))]
    return f"https://{hosts[-1]}" if hosts else pool_base(settings, snapshot)


def may_show_uploads(settings: Settings, snapshot: PoolSnapshot) -> bool:
    """Whether browsers see the pool where no other pool is: only there are its own style sheets and pictures shown.

    In `dev` they are wherever it is, for there is nobody else.
    """
    return settings.mode == "dev" or browser_base(settings, snapshot) != pool_base(settings, snapshot)


def domain_host(settings: Settings, domain: str, is_custom: bool) -> str | None:
    """The host name on which a domain answers; None for a prefix while the server has no suffix for prefixes."""
    if is_custom:
        return domain
    return f"{domain}.{settings.domain_suffix}" if settings.domain_suffix else None
