// npm amazon-cognito-identity-js in a pool that requires MFA: an authenticator app is set up within the first sign-in.
import { TOTP } from "otpauth";
import { answer, input } from "./input.mjs";
import { callbacks, person, signIn } from "./user_pool.mjs";

const user = person();
const asked = await signIn(user, input.password);
const secret = await new Promise((resolve, reject) => {
  user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject });
});
const code = new TOTP({ secret }).generate();
const session = await callbacks((handlers) => user.verifySoftwareToken(code, "phone", handlers));

answer({ asked, claims: session.getAccessToken().decodePayload() });
