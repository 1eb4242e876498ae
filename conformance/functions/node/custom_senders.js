// CustomEmailSender and CustomSMSSender: the code is decrypted here and sent by our own providers.
const { CommitmentPolicy } = require("@aws-crypto/material-management-node");
const { buildDecrypt } = require("@aws-crypto/decrypt-node");
const { RawAesKeyringNode, RawAesWrappingSuiteIdentifier } = require("@aws-crypto/raw-aes-keyring-node");
const { send } = require("./mail");

const { KEY_NAME, KEY_NAMESPACE, WRAPPING_KEY, SMS_URL } = process.env;
const { decrypt } = buildDecrypt(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
// With AWS this is a KmsKeyringNode, told the ARN of the key.
const keyring = new RawAesKeyringNode({
  keyName: KEY_NAME,
  keyNamespace: KEY_NAMESPACE,
  unencryptedMasterKey: new Uint8Array(Buffer.from(WRAPPING_KEY, "base64")),
  wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
});

exports.email = async (event) => {
  const subject = event.triggerSource.replace("CustomEmailSender_", "");
  await send(event.request.userAttributes.email, subject, `Your code is ${await codeOf(event)}`);
  return event;
};

exports.sms = async (event) => {
  const text = { to: event.request.userAttributes.phone_number, text: `Your code is ${await codeOf(event)}` };
  const sent = await fetch(SMS_URL, { method: "POST", body: JSON.stringify(text) });
  if (!sent.ok) throw new Error(`The SMS provider answered ${sent.status}`);
  return event;
};

async function codeOf(event) {
  const { plaintext } = await decrypt(keyring, Buffer.from(event.request.code, "base64"));
  const code = plaintext.toString("utf8");
  return event.triggerSource.endsWith("_AdminCreateUser") ? unescaped(code) : code;
}

const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
