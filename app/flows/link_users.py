"""Users are linked to identities at third-party providers (API: AdminLinkProviderForUser, AdminDisableProviderForUser).

The links are rows of their own; the user's attribute `identities`, which every view of a user shows, is kept in step with
them by each write here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from app.core import codes, credentials, identities, identity_providers, provider_configuration, users
from app.core.identities import SUBJECT, LinkedIdentity
from app.core.identity_providers import IdentityProvider
from app.core.pools import Pool
from app.core.provider_configuration import OWN_NAME, SOCIAL
from app.core.users import EXTERNAL_PROVIDER, User
from app.flows import passwords
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import InvalidParameterException, UserNotFoundException


@dataclass(frozen=True, slots=True)
class ProviderUser:
    """Somebody as a provider names them: ProviderUserIdentifierType, what is missing is empty."""

    provider: str
    attribute: str
    value: str

    @property
    def is_local(self) -> bool:
        """Whether the pool itself is the provider."""
        return self.provider.casefold() == OWN_NAME


def provider_user(member: str, given: Mapping[str, str]) -> ProviderUser:
    """ProviderUserIdentifierType as given for a member of the input; raises InvalidParameterException."""
    found = ProviderUser(
        given.get("ProviderName", ""), given.get("ProviderAttributeName", ""), given.get("ProviderAttributeValue", "")
    )
    if not found.provider or not found.value.strip():
        raise InvalidParameterException(f"{member} needs a ProviderName and a ProviderAttributeValue.")
    return found


def link_user(work: Work, pool: Pool, destination: ProviderUser, source: ProviderUser) -> None:
    """Lets whoever the source is sign in as the destination, who exists.

    Raises ResourceNotFoundException for an unknown provider, UserNotFoundException, InvalidParameterException,
    AliasExistsException for an identity of another user, LimitExceededException for a sixth one.
    """
    if source.is_local:
        raise _no_source()
    with work.write() as db:
        provider = identity_providers.get_identity_provider(db, work.keyring, pool.pool_id, source.provider)
        _check_source(db, pool, provider, source)
        user = users.lock_user(db, pool.pool_id, _destination(db, pool, destination).sub)
        identity = LinkedIdentity(
            pool_id=pool.pool_id,
            provider=provider.name,
            attribute=source.attribute,
            value=source.value,
            sub=user.sub,
            provider_type=provider.type,
            issuer=provider.configuration.issuer,
            linked_at=work.now,
        )
        identities.link_identity(db, identity)
        _show(db, pool, user, work.now)
        record_user_event(db, work, user, "identity.linked", provider=provider.name, attribute=source.attribute)


def unlink_user(work: Work, pool: Pool, source: ProviderUser) -> None:
    """Removes the link of an identity, named as when it was made; the provider itself may be gone.

    Raises UserNotFoundException for an identity without a link, ResourceNotFoundException, InvalidParameterException.
    """
    with work.write() as db:
        identity = identities.find_identity(db, pool.pool_id, source.provider, source.attribute, source.value)
        if identity is None:
            provider = identity_providers.get_identity_provider(db, work.keyring, pool.pool_id, source.provider)
            _check_attribute(provider, source)
            raise UserNotFoundException
        user = users.lock_user(db, pool.pool_id, identity.sub)
        if not identities.unlink_identity(db, identity):
            raise UserNotFoundException
        _show(db, pool, user, work.now)
        record_user_event(db, work, user, "identity.unlinked", provider=identity.provider, attribute=identity.attribute)


def disable_password(work: Work, pool: Pool, local: ProviderUser) -> None:
    """Takes a local user's password away: only an operator who sets another lets them sign in by password again.

    The user becomes EXTERNAL_PROVIDER, the status of those who have no password here and cannot ask for one. Raises
    UserNotFoundException, InvalidParameterException.
    """
    if local.attribute != SUBJECT:
        raise InvalidParameterException(f"ProviderAttributeName must be {SUBJECT} for users of the user pool itself.")
    with work.write() as db:
        user = users.lock_user(db, pool.pool_id, users.get_user(db, pool, local.value).sub)
        credentials.delete_password(db, pool.pool_id, user.sub, history_size=passwords.history_size(pool))
        codes.drop_code(db, pool.pool_id, user.sub, codes.RESET_PASSWORD)
        users.set_status(db, pool.pool_id, user.sub, EXTERNAL_PROVIDER, work.now)
        record_user_event(db, work, user, "password.disabled")


def _destination(db: Connection, pool: Pool, destination: ProviderUser) -> User:
    """A local user by name, or the profile that a provider's user has."""
    if destination.is_local:
        return users.get_user(db, pool, destination.value)
    user = _find_named(db, pool, destination)
    if user is None or user.status != EXTERNAL_PROVIDER:
        raise UserNotFoundException
    return user


def _check_source(db: Connection, pool: Pool, provider: IdentityProvider, source: ProviderUser) -> None:
    """An identity can be linked before it has a profile of its own, not after."""
    _check_attribute(provider, source)
    if len(source.value) > identities.MAX_VALUE:
        raise InvalidParameterException(
            f"ProviderAttributeValue of SourceUser can have at most {identities.MAX_VALUE} characters."
        )
    known = _find_named(db, pool, source) if source.attribute == SUBJECT else None
    if known is not None and known.status == EXTERNAL_PROVIDER:
        raise InvalidParameterException(
            "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link"
        )
    if known is not None:
        raise _no_source()


def _check_attribute(provider: IdentityProvider, source: ProviderUser) -> None:
    mapping = provider.configuration.attribute_mapping
    if provider_configuration.is_link_attribute(provider.type, mapping, source.attribute):
        return
    allowed = SUBJECT if provider.type in SOCIAL else f"{SUBJECT} or an attribute that the identity provider maps"
    raise InvalidParameterException(f"ProviderAttributeName must be {allowed}.")


def _find_named(db: Connection, pool: Pool, identity: ProviderUser) -> User | None:
    """The user whose username is the one that an identity's profile has."""
    name = users.folded(pool, f"{identity.provider}_{identity.value}")
    user = users.find_user(db, pool, name)
    return user if user and users.folded(pool, user.username) == name else None


def _show(db: Connection, pool: Pool, user: User, now: int) -> None:
    """Writes the attribute that tells of a user's links."""
    shown = identities.to_attribute(identities.list_identities(db, pool.pool_id, user.sub))
    others = {name: value for name, value in user.attributes.items() if name != identities.ATTRIBUTE}
    users.replace_attributes(db, pool, user, {**others, identities.ATTRIBUTE: shown} if shown else others, now)


def _no_source() -> InvalidParameterException:
    return InvalidParameterException(
        "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, "
        "only as a DestinationUser"
    )
