// The user pool that the test names, as npm amazon-cognito-identity-js sees it, told nothing but another endpoint.
import "./webcrypto.mjs";
import cognito from "amazon-cognito-identity-js";
import { input } from "./input.mjs";

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = cognito;

export const pool = new CognitoUserPool({
  UserPoolId: input.userPoolId,
  ClientId: input.clientId,
  endpoint: input.endpoint,
});

export const person = (username = input.username) => new CognitoUser({ Username: username, Pool: pool });

export const callback = (call) =>
  new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));

export const callbacks = (call, more = {}) =>
  new Promise((resolve, reject) => call({ onSuccess: resolve, onFailure: reject, ...more }));

// What a sign-in may ask before it is done: the answer of one that is asked is { asked, parameters }.
const CHALLENGES = ["mfaRequired", "totpRequired", "selectMFAType", "mfaSetup"];

function questions(resolve) {
  return Object.fromEntries(CHALLENGES.map((name) => [name, (asked, parameters) => resolve({ asked, parameters })]));
}

export const challenged = (call) =>
  new Promise((resolve, reject) => call({ onSuccess: resolve, onFailure: reject, ...questions(resolve) }));

export function signIn(user, password, metadata) {
  const details = new AuthenticationDetails({
    Username: user.getUsername(),
    Password: password,
    ClientMetadata: metadata,
  });
  return challenged((handlers) => user.authenticateUser(details, handlers));
}

// Without SRP, whose arithmetic takes this library a second or two.
export function signInPlainly(user, password) {
  user.setAuthenticationFlowType("USER_PASSWORD_AUTH");
  return signIn(user, password);
}
