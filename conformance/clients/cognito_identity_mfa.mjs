// npm amazon-cognito-identity-js: second factors, by an authenticator app and by SMS, switched on, chosen, and off again.
import { TOTP } from "otpauth";
import { codeFor } from "./inbox.mjs";
import { answer, input, refusal } from "./input.mjs";
import { callback, callbacks, challenged, person, signIn, signInPlainly } from "./user_pool.mjs";

const { endpoint, password, phoneNumber } = input;
const PERIOD = 30;
const ON = { Enabled: true, PreferredMfa: false };
const OFF = { Enabled: false, PreferredMfa: false };
const otherThan = (code) => (code === "000000" ? "000001" : "000000");

// A code is good once: the next one is taken ahead of its time, as the server allows.
function authenticator(secret) {
  const app = new TOTP({ secret });
  let steps = 0;
  return () => app.generate({ timestamp: Date.now() + 1000 * PERIOD * steps++ });
}

const secretFor = (user) =>
  new Promise((resolve, reject) => {
    user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject });
  });

async function setUp() {
  const user = person();
  await signIn(user, password);
  const before = await callback((done) => user.getMFAOptions(done));
  const next = authenticator(await secretFor(user));
  const code = next();
  const wrong = await refusal(callbacks((handlers) => user.verifySoftwareToken(otherThan(code), "phone", handlers)));
  const verified = await callbacks((handlers) => user.verifySoftwareToken(code, "phone", handlers));
  const preferred = await callback((done) =>
    user.setUserMfaPreference(null, { Enabled: true, PreferredMfa: true }, done),
  );
  const told = await callback((done) => user.getUserData(done, { bypassCache: true }));
  const preference = [told.PreferredMfaSetting, told.UserMFASettingList];
  return { next, told: { before: before ?? null, wrong, verified, preferred, preference } };
}

async function giveCode(next) {
  const user = person();
  const asked = await signIn(user, password);
  const code = next();
  const wrong = await refusal(
    callbacks((handlers) => user.sendMFACode(otherThan(code), handlers, "SOFTWARE_TOKEN_MFA")),
  );
  const session = await callbacks((handlers) => user.sendMFACode(code, handlers, "SOFTWARE_TOKEN_MFA"));
  return { asked, wrong, amr: session.getAccessToken().decodePayload().amr };
}

async function switchOnSms(user) {
  const enabled = await callback((done) => user.enableMFA(done));
  const options = await callback((done) => user.getMFAOptions(done));
  await callback((done) => user.setUserMfaPreference(ON, ON, done));
  return { enabled, options };
}

async function choose() {
  const user = person();
  const asked = await signInPlainly(user, password);
  const totp = await challenged((handlers) => user.sendMFASelectionAnswer("SOFTWARE_TOKEN_MFA", handlers));
  await signInPlainly(user, password);
  const sms = await challenged((handlers) => user.sendMFASelectionAnswer("SMS_MFA", handlers));
  const code = await codeFor(endpoint, phoneNumber);
  const session = await callbacks((handlers) => user.sendMFACode(code, handlers));
  return { user, told: { asked, totp, sms, amr: session.getAccessToken().decodePayload().amr } };
}

async function switchOff(user) {
  const disabled = await callback((done) => user.disableMFA(done));
  await callback((done) => user.setUserMfaPreference(OFF, OFF, done));
  const session = await signInPlainly(person(), password);
  return { disabled, isSignedIn: session.isValid() };
}

const first = await setUp();
const given = await giveCode(first.next);
const signedIn = person();
await callback((done) => signedIn.getSession(done));
const sms = await switchOnSms(signedIn);
const chosen = await choose();

answer({ setUp: first.told, given, sms, chosen: chosen.told, off: await switchOff(chosen.user) });
