// Sign-in by a link in a mail, without a password: the three functions of custom authentication. The link is good for a
// quarter of an hour on any device: it says who, until when, and by a signature that we wrote it.
//
// The client answers two challenges: the first one says what it wants (`step` in its ClientMetadata: SEND_LINK to be sent a
// link, HAVE_LINK if it was opened with one), the second one is the token in the link.
import { createHmac, timingSafeEqual } from "node:crypto";
import { send } from "./mail.js";

const { LINK_SECRET, APP_URL } = process.env;
const SECONDS = 900;

export const define = async (event) => {
  const { session, userNotFound } = event.request;
  const [, answered] = session;
  event.response.issueTokens = answered?.challengeResult === true && !userNotFound;
  event.response.failAuthentication = session.length >= 2 && !event.response.issueTokens;
  if (session.length < 2) event.response.challengeName = "CUSTOM_CHALLENGE";
  return event;
};

export const create = async (event) => {
  const { session, clientMetadata, userAttributes, userNotFound } = event.request;
  const ask = session.length === 0 ? "STEP" : "TOKEN";
  if (ask === "TOKEN" && clientMetadata?.step === "SEND_LINK" && !userNotFound) {
    await send(userAttributes.email, "Your link", `${APP_URL}?token=${token(event, now() + SECONDS)}`);
  }
  event.response.publicChallengeParameters = { ask };
  event.response.privateChallengeParameters = { ask };
  event.response.challengeMetadata = ask;
  return event;
};

export const verify = async (event) => {
  const { privateChallengeParameters, challengeAnswer, clientMetadata, userNotFound } = event.request;
  event.response.answerCorrect =
    privateChallengeParameters.ask === "STEP"
      ? ["SEND_LINK", "HAVE_LINK"].includes(clientMetadata?.step)
      : !userNotFound && isGood(event, challengeAnswer);
  return event;
};

const now = () => Math.floor(Date.now() / 1000);

function token(event, until) {
  const signed = [event.userPoolId, event.callerContext.clientId, event.request.userAttributes.sub, until].join("|");
  return `${until}.${createHmac("sha256", LINK_SECRET).update(signed).digest("base64url")}`;
}

function isGood(event, given) {
  const until = Number(given.split(".")[0]);
  const [expected, found] = [token(event, until), given].map((text) => Buffer.from(text));
  return until > now() && expected.length === found.length && timingSafeEqual(expected, found);
}
