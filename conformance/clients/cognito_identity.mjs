// npm amazon-cognito-identity-js: a person from sign-up to sign-out everywhere.
import cognito from "amazon-cognito-identity-js";
import { codeFor } from "./inbox.mjs";
import { answer, input, refusal } from "./input.mjs";
import { callback, callbacks, person, pool, signIn, signInPlainly } from "./user_pool.mjs";

const { CognitoUserAttribute } = cognito;
const { endpoint, username, email, newEmail, passwords } = input;
const attribute = (Name, Value) => new CognitoUserAttribute({ Name, Value });

async function signUp() {
  const attributes = [attribute("email", email)];
  const made = await callback((done) => pool.signUp(username, passwords.first, attributes, [], done));
  const early = await refusal(signInPlainly(person(), passwords.first));
  const wrong = await refusal(callback((done) => person().confirmRegistration("000000", false, done)));
  await codeFor(endpoint, email);
  const again = await callback((done) => person().resendConfirmationCode(done));
  const code = await codeFor(endpoint, email, 2);
  const confirmed = await callback((done) => person().confirmRegistration(code, false, done));
  return {
    sub: made.userSub,
    isConfirmedAtOnce: made.userConfirmed,
    delivery: made.codeDeliveryDetails,
    early,
    wrong,
    again: again.CodeDeliveryDetails,
    confirmed,
  };
}

async function useSession() {
  const wrong = await refusal(signIn(person(), "Wrong-Password-1"));
  const user = person();
  const session = await signIn(user, passwords.first);
  const attributes = await callback((done) => user.getUserAttributes(done));
  const userData = await callback((done) => user.getUserData(done, { bypassCache: true }));
  const refreshed = await callback((done) => user.refreshSession(session.getRefreshToken(), done));
  const changed = await callback((done) => user.changePassword(passwords.first, passwords.second, done));
  return {
    wrong,
    flow: user.getAuthenticationFlowType(),
    idClaims: session.getIdToken().decodePayload(),
    accessClaims: session.getAccessToken().decodePayload(),
    isValid: session.isValid(),
    attributes: Object.fromEntries(attributes.map((one) => [one.getName(), one.getValue()])),
    username: userData.Username,
    refreshedIdClaims: refreshed.getIdToken().decodePayload(),
    isRefreshedTokenNew: refreshed.getAccessToken().getJwtToken() !== session.getAccessToken().getJwtToken(),
    changed,
  };
}

// What an app does when it is opened again: the storage names the user, and holds the session.
async function returnLater() {
  const user = pool.getCurrentUser();
  const session = await callback((done) => user.getSession(done));
  const other = person();
  other.setSignInUserSession(session);
  return {
    username: user.getUsername(),
    isSame: other.getSignInUserSession() === user.getSignInUserSession(),
    pool: [pool.getUserPoolId(), pool.getUserPoolName(), pool.getClientId()],
  };
}

async function changeAttributes() {
  const user = pool.getCurrentUser();
  await callback((done) => user.getSession(done));
  const changes = [attribute("name", "Zoë"), attribute("nickname", "Zo"), attribute("email", newEmail)];
  const updated = await new Promise((resolve, reject) => {
    user.updateAttributes(changes, (error, result, sent) => (error ? reject(error) : resolve({ result, sent })));
  });
  await codeFor(endpoint, newEmail);
  const asked = await callbacks((handlers) => user.getAttributeVerificationCode("email", handlers));
  const code = await codeFor(endpoint, newEmail, 2);
  const wrong = await refusal(callbacks((handlers) => user.verifyAttribute("email", code === "1" ? "2" : "1", handlers)));
  const verified = await callbacks((handlers) => user.verifyAttribute("email", code, handlers));
  const deleted = await callback((done) => user.deleteAttributes(["name"], done));
  const attributes = await callback((done) => user.getUserAttributes(done));
  return {
    updated,
    asked,
    wrong,
    verified,
    deleted,
    attributes: Object.fromEntries(attributes.map((one) => [one.getName(), one.getValue()])),
  };
}

async function forgetPassword() {
  const user = person();
  const sent = await new Promise((resolve, reject) =>
    user.forgotPassword({ inputVerificationCode: resolve, onFailure: reject }),
  );
  const code = await codeFor(endpoint, newEmail, 3);
  const reset = await callbacks((handlers) => user.confirmPassword(code, passwords.third, handlers));
  const old = await refusal(signInPlainly(person(), passwords.second));
  return { delivery: sent.CodeDeliveryDetails, reset, old };
}

async function signOutEverywhere() {
  const [here, elsewhere] = [person(), person()];
  await signInPlainly(here, passwords.third);
  const other = await signInPlainly(elsewhere, passwords.third);
  const signedOut = await callbacks((handlers) => here.globalSignOut(handlers));
  const read = await refusal(callback((done) => elsewhere.getUserAttributes(done)));
  const refresh = await refusal(callback((done) => elsewhere.refreshSession(other.getRefreshToken(), done)));
  return { signedOut, read, refresh };
}

async function signOutHere() {
  const user = person();
  const session = await signInPlainly(user, passwords.third);
  await new Promise((resolve) => user.signOut(resolve));
  return {
    current: pool.getCurrentUser(),
    refresh: await refusal(callback((done) => person().refreshSession(session.getRefreshToken(), done))),
  };
}

async function deleteSelf() {
  const user = person();
  await signInPlainly(user, passwords.third);
  const deleted = await callback((done) => user.deleteUser(done));
  return { deleted, gone: await refusal(signInPlainly(person(), passwords.third)) };
}

answer({
  signUp: await signUp(),
  session: await useSession(),
  later: await returnLater(),
  attributes: await changeAttributes(),
  recovery: await forgetPassword(),
  signOutEverywhere: await signOutEverywhere(),
  signOutHere: await signOutHere(),
  deleteSelf: await deleteSelf(),
});
