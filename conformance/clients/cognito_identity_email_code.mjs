// npm amazon-cognito-identity-js: sign-in with a code by mail, by the functions of the pool.
import { begin, reply } from "./custom_auth.mjs";
import { answer, input, refusal } from "./input.mjs";
import { mailsTo, mailTo } from "./mail.mjs";

const codeIn = (text) => text.match(/\d{6}/)[0];
const another = (code) => String((Number(code) + 1) % 1_000_000).padStart(6, "0");

const { user, asked } = await begin();
const code = codeIn(await mailTo(input.email));
const wrong = await reply(user, another(code));
const signedIn = await reply(user, code);
const mails = (await mailsTo(input.email)).length;

// The code of an earlier sign-in is none of this one, and three answers are all.
const again = await begin();
const later = codeIn(await mailTo(input.email, 2));
await reply(again.user, another(later));
await reply(again.user, another(later));
const refused = await refusal(reply(again.user, another(later)));
const afterwards = await refusal(reply(again.user, later));

const nobody = await begin(input.nobody);
await reply(nobody.user, "000000");
await reply(nobody.user, "000000");
const nobodyRefused = await refusal(reply(nobody.user, "000000"));

answer({ asked, wrong, signedIn, mails, refused, afterwards, nobody: { asked: nobody.asked, refused: nobodyRefused } });
