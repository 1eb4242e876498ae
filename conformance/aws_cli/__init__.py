"""The AWS CLI over every cognito-idp operation that is built. May import the registry of operations and dev_server."""
