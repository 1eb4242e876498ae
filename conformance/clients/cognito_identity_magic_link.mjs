// npm amazon-cognito-identity-js: sign-in by a link in a mail, by the functions of the pool; opened where it was asked for,
// and on another device.
import { begin, reply } from "./custom_auth.mjs";
import { answer, input, refusal } from "./input.mjs";
import { mailsTo, mailTo } from "./mail.mjs";

const { user, asked } = await begin();
const sent = await reply(user, "-", { step: "SEND_LINK" });
const link = new URL((await mailTo(input.email)).trim());
const token = link.searchParams.get("token");
const here = await reply(user, token);

const other = await begin();
await reply(other.user, "-", { step: "HAVE_LINK" });
const there = await reply(other.user, token);

async function refused(given, username) {
  const attempt = await begin(username);
  await reply(attempt.user, "-", { step: "HAVE_LINK" });
  return refusal(reply(attempt.user, given));
}
const [until, signature] = token.split(".");
const longer = await refused(`${Number(until) + 3600}.${signature}`);
const ofAnother = await refused(token, input.another);
const ofNobody = await refused(token, input.nobody);
const mails = (await mailsTo(input.email)).length;

answer({ asked, sent, link: link.origin + link.pathname, here, there, longer, ofAnother, ofNobody, mails });
