"""What index.py imports."""


def is_ours(email: str) -> bool:
    return email.endswith("@example.com")
