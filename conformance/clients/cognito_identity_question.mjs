// npm amazon-cognito-identity-js: a password by SRP and then a question, by the functions of the pool.
import { beginWithPassword, reply } from "./custom_auth.mjs";
import { answer, input, refusal } from "./input.mjs";

const { user, asked } = await beginWithPassword(input.password);
const signedIn = await reply(user, input.answer);

const wrongPassword = await refusal(beginWithPassword("Wrong-Horse-7"));
const again = await beginWithPassword(input.password);
const wrongAnswer = await refusal(reply(again.user, "elsewhere"));

answer({ asked, signedIn, wrongPassword, wrongAnswer });
