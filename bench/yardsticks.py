"""What one signature, and one password hash, costs on this machine right now: the yardsticks of every other figure."""

import time
from concurrent.futures import ThreadPoolExecutor

import argon2
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256


def rsa_2048_us(count: int = 400) -> float:
    """CPU microseconds of one RSA-2048 PKCS #1 v1.5 signature with SHA-256."""
    key = rsa.generate_private_key(65537, 2048)
    for _ in range(20):
        key.sign(b"warm", padding.PKCS1v15(), SHA256())
    started = time.process_time()
    for _ in range(count):
        key.sign(b"x" * 600, padding.PKCS1v15(), SHA256())
    return (time.process_time() - started) / count * 1e6


def es256_us(count: int = 2_000) -> float:
    """CPU microseconds of one P-256 signature with SHA-256."""
    key = ec.generate_private_key(ec.SECP256R1())
    started = time.process_time()
    for _ in range(count):
        key.sign(b"x" * 600, ec.ECDSA(SHA256()))
    return (time.process_time() - started) / count * 1e6


def argon2_us(count: int = 20) -> float:
    """CPU microseconds of one hash where two run at once, as they do in the server: they share caches and memory."""
    hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(hasher.hash, ["warm"] * 4))
        started = time.process_time()
        list(threads.map(hasher.hash, ["Correct-Horse-7"] * count))
        return (time.process_time() - started) / count * 1e6
