"""Deleting a user pool: it is gone at once, its rows are removed later by a job."""

from app.core import domains, imports, pools
from app.flows.work import Work
from app.kit.errors import InvalidParameterException


def delete_pool(work: Work, pool_id: str) -> None:
    """Raises InvalidParameterException while deletion protection is on or the pool has a domain.

    Raises UserImportInProgressException while users are imported.
    """
    with work.write() as db:
        pool = pools.lock_pool(db, pool_id)
        if pool.is_protected:
            raise InvalidParameterException(
                "The user pool cannot be deleted because deletion protection is activated. "
                "Deletion protection must be inactivated first."
            )
        if domains.list_domains(db, pool_id):
            raise InvalidParameterException(
                "User pool cannot be deleted. It has a domain configured that should be deleted first."
            )
        imports.check_no_active_job(db, pool_id)
        pools.delete_pool(db, pool_id, work.now)
