"""The operations of Amazon Cognito user pools (`cognito-idp`), one file a noun.

Each function is named as its operation in snake_case; this package is walked when the process starts.
May import: web.aws.registry, flows, core, kit.
"""
