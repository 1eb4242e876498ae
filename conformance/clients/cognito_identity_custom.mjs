// npm amazon-cognito-identity-js: custom authentication where the pool names no functions.
import cognito from "amazon-cognito-identity-js";
import { answer, input, refusal } from "./input.mjs";
import { callbacks, person, signIn } from "./user_pool.mjs";

const user = person();
const details = new cognito.AuthenticationDetails({ Username: input.username });
const begun = await refusal(callbacks((handlers) => user.initiateAuth(details, handlers)));
user.setAuthenticationFlowType("CUSTOM_AUTH");
const withPassword = await refusal(signIn(user, input.password));
const answered = await refusal(callbacks((handlers) => user.sendCustomChallengeAnswer("42", handlers)));

answer({ begun, withPassword, answered });
