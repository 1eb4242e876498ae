// npm amazon-cognito-identity-js: the first sign-in of a user that an administrator made, who must choose a password.
import "./webcrypto.mjs";
import cognito from "amazon-cognito-identity-js";
import { answer, input } from "./input.mjs";

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = cognito;
const pool = new CognitoUserPool({ UserPoolId: input.userPoolId, ClientId: input.clientId, endpoint: input.endpoint });
const user = new CognitoUser({ Username: input.username, Pool: pool });
const details = new AuthenticationDetails({ Username: input.username, Password: input.password });

const asked = await new Promise((resolve, reject) => {
  user.authenticateUser(details, {
    onSuccess: () => reject(new Error("signed in with a temporary password")),
    onFailure: reject,
    newPasswordRequired: (userAttributes, requiredAttributes) => resolve({ userAttributes, requiredAttributes }),
  });
});
const session = await new Promise((resolve, reject) => {
  user.completeNewPasswordChallenge(input.newPassword, {}, { onSuccess: resolve, onFailure: reject });
});

answer({ asked, claims: session.getIdToken().decodePayload() });
