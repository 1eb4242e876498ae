// Custom authentication by npm amazon-cognito-identity-js: each step gives { asked } with the public parameters of the next
// challenge, or { claims } of the ID token once signed in.
import cognito from "amazon-cognito-identity-js";
import { input } from "./input.mjs";
import { person } from "./user_pool.mjs";

const { AuthenticationDetails } = cognito;

function step(call) {
  return new Promise((resolve, reject) => {
    call({
      onSuccess: (session) => resolve({ claims: session.getIdToken().decodePayload() }),
      onFailure: reject,
      customChallenge: (asked) => resolve({ asked }),
    });
  });
}

function customPerson(username) {
  const user = person(username);
  user.setAuthenticationFlowType("CUSTOM_AUTH");
  return user;
}

export async function begin(username = input.username) {
  const user = customPerson(username);
  const details = new AuthenticationDetails({ Username: username });
  return { user, ...(await step((handlers) => user.initiateAuth(details, handlers))) };
}

export async function beginWithPassword(password, username = input.username) {
  const user = customPerson(username);
  const details = new AuthenticationDetails({ Username: username, Password: password });
  return { user, ...(await step((handlers) => user.authenticateUser(details, handlers))) };
}

export const reply = (user, text, metadata) =>
  step((handlers) => user.sendCustomChallengeAnswer(text, handlers, metadata));
