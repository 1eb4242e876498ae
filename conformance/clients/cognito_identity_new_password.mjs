// npm amazon-cognito-identity-js: the first sign-in of a user that an administrator made, who must choose a password.
import cognito from "amazon-cognito-identity-js";
import { answer, input } from "./input.mjs";
import { callbacks, person } from "./user_pool.mjs";

const user = person();
const details = new cognito.AuthenticationDetails({ Username: input.username, Password: input.password });

const asked = await new Promise((resolve, reject) => {
  user.authenticateUser(details, {
    onSuccess: () => reject(new Error("signed in with a temporary password")),
    onFailure: reject,
    newPasswordRequired: (userAttributes, requiredAttributes) => resolve({ userAttributes, requiredAttributes }),
  });
});
const session = await callbacks((handlers) =>
  user.completeNewPasswordChallenge(input.newPassword, { nickname: "Zo" }, handlers),
);

answer({ asked, claims: session.getIdToken().decodePayload() });
