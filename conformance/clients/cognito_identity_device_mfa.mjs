// npm amazon-cognito-identity-js in a pool with devices and MFA: a remembered device spares its user the code, once one was given on it.
import { TOTP } from "otpauth";
import { answer, input } from "./input.mjs";
import { callback, callbacks, person, signIn } from "./user_pool.mjs";

const PERIOD = 30;
const keyOf = (session) => session.getAccessToken().decodePayload().device_key;

const first = person();
const begun = await signIn(first, input.password);
await callbacks((handlers) => first.setDeviceStatusRemembered(handlers));
const secret = await new Promise((resolve, reject) => {
  first.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject });
});
const app = new TOTP({ secret });
await callbacks((handlers) => first.verifySoftwareToken(app.generate(), "phone", handlers));
await callback((done) => first.setUserMfaPreference(null, { Enabled: true, PreferredMfa: true }, done));

// The library answers DEVICE_SRP_AUTH with the session of the code's challenge here.
const second = person();
const asked = await signIn(second, input.password);
const next = app.generate({ timestamp: Date.now() + 1000 * PERIOD });
const proven = await callbacks((handlers) => second.sendMFACode(next, handlers, "SOFTWARE_TOKEN_MFA"));

const spared = await signIn(person(), input.password);

answer({ asked: asked.asked, keys: [begun, proven, spared].map(keyOf) });
