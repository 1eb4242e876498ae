"""Which pool answers on a host name, and which domains are hidden by the server's own names."""

from uuid import uuid4

from app.core.domains import create_domain, find_host_pool, list_hidden_domains
from app.flows.work import Resources
from tests.factories import Factory


def test_prefixes_and_custom_domains_are_never_taken_for_each_other(resources: Resources, make: Factory) -> None:
    tag = uuid4().hex[:12]
    first, second = make.pool(), make.pool()
    with resources.database.write() as db:
        for pool_id, name, is_custom in ((first, tag, False), (second, f"{tag}.example", True)):
            create_domain(db, pool_id, name, is_custom=is_custom, configuration={}, now=1)
    with resources.database.read() as db:
        found = {
            (host, suffix): find_host_pool(db, host, suffix)
            for host in (tag, f"{tag}.example", f"{tag}.pools.net", f"{tag}.example.pools.net", f"x.{tag}.pools.net")
            for suffix in ("", "pools.net", "example")
        }
    assert {key: pool_id for key, pool_id in found.items() if pool_id} == {
        (f"{tag}.example", ""): second,
        (f"{tag}.example", "pools.net"): second,
        (f"{tag}.example", "example"): first,
        (f"{tag}.pools.net", "pools.net"): first,
    }


def test_domains_that_the_servers_own_names_hide(resources: Resources, make: Factory) -> None:
    tag = uuid4().hex[:12]
    custom, under, beside = f"{tag}.login.example", f"{tag}.pools.example.org", f"{tag}.xpools.example.org"
    pool_ids = [make.pool() for _ in range(3)]
    with resources.database.write() as db:
        for pool_id, name in zip(pool_ids, (custom, under, beside), strict=True):
            create_domain(db, pool_id, name, is_custom=True, configuration={}, now=1)
    with resources.database.read() as db:
        assert list_hidden_domains(db, [], "") == []
        assert list_hidden_domains(db, [custom, "nobody.example"], "") == [custom]
        assert list_hidden_domains(db, [custom], "pools.example.org") == sorted([custom, under])
        assert list_hidden_domains(db, [], "ools.example.org") == []
