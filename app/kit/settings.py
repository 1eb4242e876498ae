"""The server's settings, read from `POOLHOUSE_*` environment variables and checked once at start."""

import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each field is the variable `POOLHOUSE_<NAME>`; README.md lists them, and a test holds the two together."""

    model_config = SettingsConfigDict(env_prefix="POOLHOUSE_", extra="ignore", frozen=True)

    mode: Literal["dev", "serve"] = Field(
        "serve", exclude=True, description="set by the command, not by the environment"
    )
    base_url: str = Field("", description="public https URL of this server; issuers are made from it")
    database_url: str = Field("", description="postgresql://... ; `dev` uses SQLite in its data folder")
    master_key: SecretStr = Field(SecretStr(""), description="32 bytes in base64 that seal every data key")
    master_key_file: Path | None = Field(None, description="a file that holds the master key instead")
    secrets_dir: Path | None = Field(
        None, description="folder of files that hold settings: poolhouse_smtp_url and others, named as the variables"
    )
    region: str = Field("us-east-1", description="home region of new pools when a call names none")
    account_id: str = Field("000000000000", pattern=r"^\d{12}$", description="12-digit account of the root access key")
    root_access_key_id: str = Field("", description="access key id of the operator with all rights")
    root_secret_access_key: SecretStr = Field(
        SecretStr(""), description="its secret; at least 32 characters under `serve`"
    )
    root_secret_access_key_previous: SecretStr = Field(
        SecretStr(""), description="still accepted while the secret is rotated"
    )
    allowed_hosts: str = Field("", description="further Host names, separated by commas; the base URL stays canonical")
    trusted_proxies: str = Field("", description="proxy addresses or networks whose X-Forwarded-* headers are believed")
    domain_suffix: str = Field("", description="prefix domains answer on <prefix>.<suffix>; empty: under the base URL")
    templates: Path | None = Field(
        None, description="folder of the operator's own page and message templates: docs/templates.md"
    )
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(9229, ge=0, le=65535, description="port to listen on")
    workers: int = Field(1, ge=1, le=64, description="worker processes of `serve`")
    metrics_host: str = Field("127.0.0.1", description="address of the /metrics and detailed readiness listener")
    metrics_port: int = Field(9230, ge=0, le=65535, description="its port")
    jobs_metrics_port: int = Field(
        9231, ge=0, le=65535, description="port of the same listener in `poolhouse jobs`; 0: it has none"
    )
    smtp_url: SecretStr = Field(
        SecretStr(""), description="smtp://user:password@host:587 or smtps://...; where mail goes"
    )
    mail_from: str = Field("no-reply@localhost", description="sender address unless the pool names one")
    email: Literal["", "smtp", "ses", "webhook"] = Field(
        "", description="where mail goes; SMTP if a URL for it is all that is set"
    )
    sms: Literal["", "sns", "twilio", "webhook"] = Field("", description="where SMS goes")
    messages_aws_region: str = Field(
        "", description="region of SES and SNS where a pool names none; empty: the home region"
    )
    messages_aws_endpoint_url: str = Field("", description="what answers as SES and SNS in place of AWS")
    sns_sender_id: str = Field("", max_length=11, description="sender that phones show for SMS by SNS, where they can")
    twilio_account_sid: str = Field("", description="account at Twilio or a service that speaks as it")
    twilio_auth_token: SecretStr = Field(SecretStr(""), description="its token")
    twilio_from: str = Field("", description="number that SMS comes from ...")
    twilio_messaging_service_sid: str = Field("", description="... or the messaging service that picks one")
    twilio_url: str = Field("", description="base URL of a service that speaks as Twilio")
    messages_webhook_url: str = Field("", description="where each message is posted, signed by Standard Webhooks")
    messages_webhook_secret: SecretStr = Field(SecretStr(""), description="its secret: whsec_ and base64")
    outbound_allow: str = Field(
        "", description="hosts and networks that webhooks may call besides public ones, separated by commas"
    )
    tier_gating: Literal["off", "on"] = Field(
        "off", description="`on` keeps pools to the features of their UserPoolTier as Cognito does"
    )
    rate_limits: Literal["off", "cognito"] = Field(
        "off", description="`cognito` enforces Cognito's published request-rate quotas, over all nodes"
    )
    password_hash: Literal["argon2id", "test-only"] = Field(
        "argon2id", description="`test-only` is refused outside `dev`"
    )
    argon2_memory_kib: int = Field(19_456, ge=8_192, le=4_194_304, description="Argon2id memory in KiB")
    argon2_time_cost: int = Field(2, ge=1, le=64, description="Argon2id passes")
    argon2_parallelism: int = Field(1, ge=1, le=16, description="Argon2id lanes")
    database_pool_size: int = Field(16, ge=1, le=256, description="PostgreSQL connections a worker keeps")
    threads: int = Field(40, ge=4, le=512, description="threads for work that may wait on the database, a worker")
    function_threads: int = Field(
        96, ge=4, le=1024, description="calls of functions that a worker makes at once; one pool has a quarter of them"
    )
    function_user: str = Field(
        "", description="user, or range of user ids, as whom local functions run; for a server that runs as root"
    )
    lambda_allow: str = Field(
        "",
        description="ARNs of the Lambda functions elsewhere that may be invoked, `*` at the end for all that begin so; "
        "separated by commas; empty: none",
    )
    shutdown_seconds: int = Field(30, ge=1, le=600, description="how long requests in flight may take at shutdown")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="lowest level that is logged")

    @field_validator("domain_suffix")
    @classmethod
    def _as_in_host_names(cls, suffix: str) -> str:
        return suffix.strip().strip(".").lower()

    def cores_per_worker(self) -> int:
        """How many CPU cores one worker may count on, at least one."""
        return max(1, (os.cpu_count() or 1) // self.workers)

    def read_master_key(self) -> str:
        """The master key, from its file where one is named; raises OSError."""
        if self.master_key_file:
            return self.master_key_file.read_text(encoding="ascii").strip()
        return self.master_key.get_secret_value()

    def lambda_allowed(self) -> tuple[str, ...]:
        """The ARNs, or beginnings of ARNs with `*`, of Lambda functions that may be invoked."""
        return tuple(part.strip() for part in self.lambda_allow.split(",") if part.strip())

    def own_hosts(self) -> frozenset[str]:
        """The host names of the server itself, in lower case: the base URL's and those that are allowed besides."""
        named = [urlsplit(self.base_url).hostname or "", *self.allowed_hosts.split(",")]
        return frozenset(name.strip().lower() for name in named if name.strip())
