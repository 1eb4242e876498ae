// Custom authentication after the password: the user also answers a question. DefineAuthChallenge, CreateAuthChallenge and
// VerifyAuthChallengeResponse of one pool.
const next = { SRP_A: "PASSWORD_VERIFIER", "SRP_A PASSWORD_VERIFIER": "CUSTOM_CHALLENGE" };
const all = "SRP_A PASSWORD_VERIFIER CUSTOM_CHALLENGE";

exports.define = async (event) => {
  const { session } = event.request;
  const names = session.map((challenge) => challenge.challengeName).join(" ");
  const isRight = session.every((challenge) => challenge.challengeResult);
  event.response.issueTokens = isRight && names === all;
  event.response.failAuthentication = !event.response.issueTokens && (!isRight || !next[names]);
  if (next[names]) event.response.challengeName = next[names];
  return event;
};

exports.create = async (event) => {
  if (event.request.challengeName === "CUSTOM_CHALLENGE") {
    event.response.publicChallengeParameters = { question: "Where did you grow up?" };
    event.response.privateChallengeParameters = { answer: event.request.userAttributes.address };
    event.response.challengeMetadata = "HOME_TOWN";
  }
  return event;
};

exports.verify = async (event) => {
  const expected = event.request.privateChallengeParameters.answer;
  event.response.answerCorrect = event.request.challengeAnswer.toLowerCase() === expected.toLowerCase();
  return event;
};
