"""What Terraform's AWS provider asks of a user pool, call by call. May import dev_server.

The provider cannot be built here (README.md says why), so its resources are replayed with boto3: the same operations in the same
order, with what it sends and leaves out, and its rule for what makes a plan non-empty. Followed: the provider's
internal/service/cognitoidp.
"""
