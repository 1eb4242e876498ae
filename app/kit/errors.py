"""Errors once, rendered three ways.

An `AppError` is raised anywhere and rendered at one edge. Its class name **is** the AWS error code; `oauth_error` is what
the OAuth door says (RFC 6749 section 5.2) and the pages choose their translated text by class. No HTTP status lives here:
it belongs to the door. A message must never hold a password, a code, a token or an account's existence that its caller may
not know.
"""

from typing import ClassVar


class AppError(Exception):
    """Base of everything that a caller did wrong or may be told. `members` are extra members of the AWS error shape."""

    default_message: ClassVar[str] = ""
    oauth_error: ClassVar[str] = "invalid_request"

    def __init__(self, message: str | None = None, **members: str) -> None:
        self.message = self.default_message if message is None else message
        self.members = members
        super().__init__(self.message)

    @property
    def code(self) -> str:
        return type(self).__name__


class AccessDeniedException(AppError):
    oauth_error = "access_denied"


class AliasExistsException(AppError):
    default_message = "An account with the given email already exists."


class CodeDeliveryFailureException(AppError):
    default_message = "Unable to deliver code to user"


class CodeMismatchException(AppError):
    default_message = "Invalid verification code provided, please try again."


class ConcurrentModificationException(AppError):
    default_message = "The resource was changed by another request."


class DeviceKeyExistsException(AppError):
    default_message = "Device already exists."


class EnableSoftwareTokenMFAException(AppError):
    default_message = "Code mismatch"


class DuplicateProviderException(AppError):
    pass


class ExpiredCodeException(AppError):
    default_message = "Invalid code provided, please request a code again."


class FeatureUnavailableInTierException(AppError):
    pass


class GroupExistsException(AppError):
    default_message = "A group with the name already exists."


class IncompleteSignatureException(AppError):
    pass


class InternalErrorException(AppError):
    """The only modelled error that is the server's fault. Its text is fixed so that nothing internal leaks."""

    default_message = "An internal error occurred."
    oauth_error = "server_error"


class InvalidLambdaResponseException(AppError):
    default_message = "Unrecognizable lambda output"
    oauth_error = "server_error"


class InvalidOAuthFlowException(AppError):
    pass


class InvalidParameterException(AppError):
    pass


class InvalidPasswordException(AppError):
    pass


class InvalidSignatureException(AppError):
    default_message = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
    )


class InvalidUserPoolConfigurationException(AppError):
    pass


class LimitExceededException(AppError):
    default_message = "Attempt limit exceeded, please try after some time."


class ManagedLoginBrandingExistsException(AppError):
    default_message = "A managed login branding style already exists for the app client."


class MissingAuthenticationTokenException(AppError):
    default_message = "Missing Authentication Token"


class NotAuthorizedException(AppError):
    default_message = "Incorrect username or password."
    oauth_error = "invalid_grant"


class NotImplementedException(AppError):
    """An operation of the model that Poolhouse has not built yet: an honest HTTP 501, never a made-up answer."""


class OperationNotEnabledException(AppError):
    pass


class PasswordHistoryPolicyViolationException(AppError):
    default_message = "Password has previously been used."


class PasswordResetRequiredException(AppError):
    default_message = "Password reset required for the user"


class PreconditionNotMetException(AppError):
    pass


class RefreshTokenReuseException(AppError):
    default_message = "Refresh token has been reused."
    oauth_error = "invalid_grant"


class ResourceNotFoundException(AppError):
    pass


class ScopeDoesNotExistException(AppError):
    oauth_error = "invalid_scope"


class SerializationException(AppError):
    pass


class ServiceQuotaExceededException(AppError):
    pass


class ServiceUnavailableException(AppError):
    """What this server needs is away for the moment (HTTP 503): the same request may succeed soon."""

    default_message = "The request has failed due to a temporary failure of the server."
    oauth_error = "temporarily_unavailable"


class TermsExistsException(AppError):
    default_message = "Terms documents with the name already exist for the app client."


class SoftwareTokenMFANotFoundException(AppError):
    default_message = "Software Token MFA has not been enabled by the userPool"


class TierChangeNotAllowedException(AppError):
    pass


class TooManyFailedAttemptsException(AppError):
    default_message = "Attempt limit exceeded, please try after some time."


class TooManyRequestsException(AppError):
    default_message = "Rate exceeded"
    oauth_error = "temporarily_unavailable"


class UnauthorizedException(AppError):
    oauth_error = "invalid_client"


class UnexpectedLambdaException(AppError):
    oauth_error = "server_error"


class UnknownOperationException(AppError):
    pass


class UnrecognizedClientException(AppError):
    default_message = "The security token included in the request is invalid."


class UnsupportedIdentityProviderException(AppError):
    pass


class UnsupportedOperationException(AppError):
    pass


class UnsupportedTokenTypeException(AppError):
    oauth_error = "unsupported_token_type"


class UnsupportedUserStateException(AppError):
    pass


class UserImportInProgressException(AppError):
    default_message = "An import job of the user pool is in progress."


class UserLambdaValidationException(AppError):
    """A function of the pool refused; `own_text` is what it said itself, which the hosted pages show."""

    oauth_error = "access_denied"

    def __init__(self, message: str | None = None, own_text: str = "") -> None:
        super().__init__(message)
        self.own_text = own_text


class UserNotConfirmedException(AppError):
    default_message = "User is not confirmed."
    oauth_error = "invalid_grant"


class UserNotFoundException(AppError):
    default_message = "User does not exist."
    oauth_error = "invalid_grant"


class UserPoolAddOnNotEnabledException(AppError):
    pass


class UserPoolTaggingException(AppError):
    pass


class UsernameExistsException(AppError):
    default_message = "User already exists"


class WebAuthnChallengeNotFoundException(AppError):
    default_message = "The challenge of the passkey is not known, or has expired."


class WebAuthnClientMismatchException(AppError):
    default_message = "The registration of the passkey was begun by another app client."


class WebAuthnConfigurationMissingException(AppError):
    default_message = "The user pool has neither a relying party ID nor a domain that can be one."


class WebAuthnCredentialNotSupportedException(AppError):
    default_message = "The passkey is not supported."


class WebAuthnNotEnabledException(AppError):
    default_message = "Passkeys are not enabled for the user pool."


class WebAuthnOriginNotAllowedException(AppError):
    default_message = "The origin of the passkey does not belong to the relying party ID of the user pool."


class WebAuthnRelyingPartyMismatchException(AppError):
    default_message = "The passkey is for another relying party ID than that of the user pool."
