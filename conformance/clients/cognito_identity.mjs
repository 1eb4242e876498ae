// npm amazon-cognito-identity-js, told nothing but another endpoint: a person from sign-up to sign-out everywhere.
import "./webcrypto.mjs";
import cognito from "amazon-cognito-identity-js";
import { codeFor } from "./inbox.mjs";
import { answer, input, refusal } from "./input.mjs";

const { AuthenticationDetails, CognitoUser, CognitoUserAttribute, CognitoUserPool } = cognito;
const { endpoint, userPoolId, clientId, username, email, passwords } = input;
const pool = new CognitoUserPool({ UserPoolId: userPoolId, ClientId: clientId, endpoint });

const callback = (call) =>
  new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));
const callbacks = (call, more = {}) =>
  new Promise((resolve, reject) => call({ onSuccess: resolve, onFailure: reject, ...more }));

function person() {
  return new CognitoUser({ Username: username, Pool: pool });
}

function signIn(user, password) {
  const details = new AuthenticationDetails({ Username: user.getUsername(), Password: password });
  return callbacks((handlers) => user.authenticateUser(details, handlers));
}

// Without SRP, whose arithmetic takes this library a second or two.
function signInPlainly(user, password) {
  user.setAuthenticationFlowType("USER_PASSWORD_AUTH");
  return signIn(user, password);
}

async function signUp() {
  const attributes = [new CognitoUserAttribute({ Name: "email", Value: email })];
  const made = await callback((done) => pool.signUp(username, passwords.first, attributes, [], done));
  const early = await refusal(signInPlainly(person(), passwords.first));
  const wrong = await refusal(callback((done) => person().confirmRegistration("000000", false, done)));
  const code = await codeFor(endpoint, email);
  const confirmed = await callback((done) => person().confirmRegistration(code, false, done));
  return { sub: made.userSub, isConfirmedAtOnce: made.userConfirmed, delivery: made.codeDeliveryDetails, early, wrong, confirmed };
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
    idClaims: session.getIdToken().decodePayload(),
    accessClaims: session.getAccessToken().decodePayload(),
    isValid: session.isValid(),
    attributes: Object.fromEntries(attributes.map((one) => [one.getName(), one.getValue()])),
    userStatus: userData.Username,
    refreshedIdClaims: refreshed.getIdToken().decodePayload(),
    isRefreshedTokenNew: refreshed.getAccessToken().getJwtToken() !== session.getAccessToken().getJwtToken(),
    changed,
    idToken: refreshed.getIdToken().getJwtToken(),
    accessToken: refreshed.getAccessToken().getJwtToken(),
  };
}

async function forgetPassword() {
  const user = person();
  const sent = await new Promise((resolve, reject) =>
    user.forgotPassword({ inputVerificationCode: resolve, onFailure: reject }),
  );
  const code = await codeFor(endpoint, email, 2);
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
  return { refresh: await refusal(callback((done) => person().refreshSession(session.getRefreshToken(), done))) };
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
  recovery: await forgetPassword(),
  signOutEverywhere: await signOutEverywhere(),
  signOutHere: await signOutHere(),
  deleteSelf: await deleteSelf(),
});
