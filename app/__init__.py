"""Poolhouse: a self-hosted customer identity platform that speaks Amazon Cognito's API and OpenID Connect.

Imports only go down: `__main__ > commands > main > web | jobs > flows > core | gateways > db > kit`.
The contracts in pyproject.toml hold this, and the tests run them.
"""
