"""CustomEmailSender and CustomSMSSender: the code is decrypted here and sent by our own providers."""

import base64
import html
import os
import smtplib
from email.message import EmailMessage
from typing import Any

import aws_encryption_sdk
import urllib3
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import AesWrappingAlg, CreateRawAesKeyringInput

CLIENT = aws_encryption_sdk.EncryptionSDKClient()
# With AWS this is create_aws_kms_keyring, told the ARN of the key.
KEYRING = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig()).create_raw_aes_keyring(
    CreateRawAesKeyringInput(
        key_namespace=os.environ["KEY_NAMESPACE"],
        key_name=os.environ["KEY_NAME"],
        wrapping_key=base64.b64decode(os.environ["WRAPPING_KEY"]),
        wrapping_alg=AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16,
    )
)


def email(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    mail = EmailMessage()
    mail["From"], mail["To"] = "hello@example.org", event["request"]["userAttributes"]["email"]
    mail["Subject"] = event["triggerSource"].removeprefix("CustomEmailSender_")
    mail.set_content(f"Your code is {code_of(event)}")
    with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as server:
        server.send_message(mail)
    return event


def sms(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    to = event["request"]["userAttributes"]["phone_number"]
    text = {"to": to, "text": f"Your code is {code_of(event)}"}
    sent = urllib3.request("POST", os.environ["SMS_URL"], json=text, timeout=3)
    if sent.status != 200:
        raise RuntimeError(f"The SMS provider answered {sent.status}")
    return event


def code_of(event: dict[str, Any]) -> str:
    ciphertext = base64.b64decode(event["request"]["code"])
    plaintext, _header = CLIENT.decrypt(source=ciphertext, keyring=KEYRING)
    code = plaintext.decode()
    return html.unescape(code) if event["triggerSource"].endswith("_AdminCreateUser") else code
