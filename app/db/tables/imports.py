"""User import jobs."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class ImportJob(Base):
    """A job that makes users from a CSV file. `status` is as UserImportJobStatusType names it; counts are of users."""

    __tablename__ = "import_jobs"
    __table_args__ = (Index("import_jobs_by_time", "pool_id", "created_at", "job_id"),)

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    status: Mapped[str]
    log_role_arn: Mapped[str]
    hash_algorithm: Mapped[str | None]
    created_at: Mapped[int]
    started_at: Mapped[int | None]
    completed_at: Mapped[int | None]
    imported: Mapped[int]
    skipped: Mapped[int]
    failed: Mapped[int]
    message: Mapped[str | None]
