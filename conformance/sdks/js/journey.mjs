// The AWS SDK for JavaScript v3 as its documentation has it, told nothing but the environment: an operator sets a user pool
// up, a person signs up and in with an authenticator app. Prints what it was told as one JSON document; see ../journey.py.
import { createHmac, randomBytes } from "node:crypto";
import * as cognito from "@aws-sdk/client-cognito-identity-provider";

const STEP_MS = 30_000;
const PASSWORD = "Correct-Horse-7";
const NEW_PASSWORD = "Another-Horse-8";
const region = process.env.AWS_REGION;
const operator = new cognito.CognitoIdentityProviderClient({ maxAttempts: 1 });
const call = (name, input) => operator.send(new cognito[`${name}Command`](input));

// What a call is refused with: the class is the SDK's own only where it knows the code.
async function refusal(promise) {
  try {
    return { answered: await promise };
  } catch (error) {
    const { httpStatusCode, requestId } = error.$metadata ?? {};
    const isTyped = typeof cognito[error.name] === "function" && error instanceof cognito[error.name];
    return { type: isTyped ? error.name : "", code: error.name, message: error.message, status: httpStatusCode, hasRequestId: Boolean(requestId) };
  }
}

async function codeFor(to, count) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const reply = await fetch(`${process.env.POOLHOUSE_INBOX}?to=${encodeURIComponent(to)}`);
    const messages = await reply.json();
    if (messages.length >= count) return messages[0].code;
    if (Date.now() > deadline) throw new Error(`${messages.length} of ${count} messages`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// RFC 6238 with its defaults, which authenticator apps use.
function totp(secret, at) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / STEP_MS)));
  const mac = createHmac("sha1", key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

const another = (code) => (code === "000000" ? "000001" : "000000");
const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
const valuesOf = (attributes) => Object.fromEntries(attributes.map(({ Name, Value }) => [Name, Value]));

async function setUp() {
  const name = `journey-js-${randomBytes(4).toString("hex")}`;
  const { UserPool: pool } = await call("CreateUserPool", {
    PoolName: name,
    AutoVerifiedAttributes: ["email"],
    UserPoolTags: { sdk: "js", stage: "test" },
  });
  const mfa = await call("SetUserPoolMfaConfig", {
    UserPoolId: pool.Id,
    MfaConfiguration: "OPTIONAL",
    SoftwareTokenMfaConfiguration: { Enabled: true },
  });
  await call("UntagResource", { ResourceArn: pool.Arn, TagKeys: ["stage"] });
  await call("TagResource", { ResourceArn: pool.Arn, Tags: { owner: "nobody" } });
  const { Tags: tags } = await call("ListTagsForResource", { ResourceArn: pool.Arn });
  const { UserPoolClient: client } = await call("CreateUserPoolClient", {
    UserPoolId: pool.Id,
    ClientName: "app",
    GenerateSecret: true,
    ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    PreventUserExistenceErrors: "ENABLED",
  });
  const described = await call("DescribeUserPool", { UserPoolId: pool.Id });
  const facts = {
    isNamed: pool.Name === name,
    createdMs: described.UserPool.CreationDate.getTime(),
    mfa: mfa.MfaConfiguration,
    tags,
    secretLength: client.ClientSecret.length,
    users: described.UserPool.EstimatedNumberOfUsers,
  };
  return { pool, client, facts };
}

async function staff({ pool }) {
  const UserPoolId = pool.Id;
  const { Group } = await call("CreateGroup", { UserPoolId, GroupName: "engineers", Precedence: 3 });
  for (const Username of ["member-0", "member-1", "member-2", "member-3", "member-4"]) {
    await call("AdminCreateUser", { UserPoolId, Username, MessageAction: "SUPPRESS" });
    await call("AdminSetUserPassword", { UserPoolId, Username, Password: PASSWORD, Permanent: true });
    await call("AdminAddUserToGroup", { UserPoolId, Username, GroupName: "engineers" });
  }
  const [pages, members, first] = [[], [], []];
  for await (const page of cognito.paginateListUsers({ client: operator, pageSize: 2 }, { UserPoolId }))
    pages.push(page.Users.map((user) => user.Username));
  const inGroup = { UserPoolId, GroupName: "engineers" };
  for await (const page of cognito.paginateListUsersInGroup({ client: operator, pageSize: 2 }, inGroup))
    members.push(...page.Users.map((user) => user.Username));
  const filter = { UserPoolId, Filter: 'username = "member-0"', AttributesToGet: ["sub"] };
  for (const user of (await call("ListUsers", filter)).Users) first.push([user.Username, user.UserStatus, user.Enabled]);
  return {
    group: [Group.GroupName, Group.Precedence],
    pageSizes: pages.map((page) => page.length),
    users: pages.flat().sort(),
    members: members.sort(),
    first,
    existing: await refusal(call("AdminCreateUser", { UserPoolId, Username: "member-0" })),
    badFilter: await refusal(call("ListUsers", { UserPoolId, Filter: "shoe = 7" })),
    unknownPool: await refusal(call("DescribeUserPool", { UserPoolId: `${region}_Nowhere99` })),
  };
}

async function wrongKey() {
  const stranger = new cognito.CognitoIdentityProviderClient({
    maxAttempts: 1,
    credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: "not-the-secret" },
  });
  return refusal(stranger.send(new cognito.ListUserPoolsCommand({ MaxResults: 1 })));
}

class Person {
  constructor({ pool, client }) {
    this.username = `zoë-${randomBytes(4).toString("hex")}`;
    this.email = `${randomBytes(4).toString("hex")}@example.com`;
    this.pool = pool;
    this.client = client;
    const mac = createHmac("sha256", client.ClientSecret).update(this.username + client.ClientId);
    this.secretHash = mac.digest("base64");
    this.named = { ClientId: client.ClientId, Username: this.username, SecretHash: this.secretHash };
  }

  signUp(Password) {
    return call("SignUp", { ...this.named, Password, UserAttributes: [{ Name: "email", Value: this.email }] });
  }

  signIn(PASSWORD) {
    return call("InitiateAuth", {
      ClientId: this.client.ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: this.username, PASSWORD, SECRET_HASH: this.secretHash },
    });
  }

  answer({ ChallengeName, Session }, code) {
    return call("RespondToAuthChallenge", {
      ClientId: this.client.ClientId,
      ChallengeName,
      Session,
      ChallengeResponses: { USERNAME: this.username, SECRET_HASH: this.secretHash, SOFTWARE_TOKEN_MFA_CODE: code },
    });
  }

  refresh({ RefreshToken }) {
    return call("InitiateAuth", {
      ClientId: this.client.ClientId,
      AuthFlow: "REFRESH_TOKEN_AUTH",
      AuthParameters: { REFRESH_TOKEN: RefreshToken, SECRET_HASH: this.secretHash },
    });
  }
}

async function signUp(person) {
  const weak = await refusal(person.signUp("short"));
  const made = await person.signUp(PASSWORD);
  const early = await refusal(person.signIn(PASSWORD));
  const code = await codeFor(person.email, 1);
  const wrongCode = await refusal(call("ConfirmSignUp", { ...person.named, ConfirmationCode: another(code) }));
  await call("ConfirmSignUp", { ...person.named, ConfirmationCode: code });
  const { AttributeName, DeliveryMedium, Destination } = made.CodeDeliveryDetails;
  const delivery = [AttributeName, DeliveryMedium, Destination === `${person.email[0]}***@e***`];
  return { isConfirmed: made.UserConfirmed, sub: made.UserSub, delivery, weak, early, wrongCode };
}

async function setUpAuthenticator(person) {
  const wrongPassword = await refusal(person.signIn("Wrong-Horse-7"));
  const { AuthenticationResult: tokens } = await person.signIn(PASSWORD);
  const AccessToken = tokens.AccessToken;
  const user = await call("GetUser", { AccessToken });
  const { SecretCode } = await call("AssociateSoftwareToken", { AccessToken });
  const now = Date.now();
  const { Status } = await call("VerifySoftwareToken", { AccessToken, UserCode: totp(SecretCode, now) });
  const SoftwareTokenMfaSettings = { Enabled: true, PreferredMfa: true };
  await call("SetUserMFAPreference", { AccessToken, SoftwareTokenMfaSettings });
  const { PreferredMfaSetting } = await call("GetUser", { AccessToken });
  const asked = await person.signIn(PASSWORD);
  const right = totp(SecretCode, now + STEP_MS); // a code counts once: this is the one after
  const wrongTotp = await refusal(person.answer(asked, another(right)));
  const { AuthenticationResult: result } = await person.answer(asked, right);
  const facts = {
    wrongPassword,
    attributes: valuesOf(user.UserAttributes),
    username: user.Username,
    status: Status,
    preferred: PreferredMfaSetting,
    challenge: asked.ChallengeName,
    wrongTotp,
    tokens: [result.TokenType, result.ExpiresIn],
    idClaims: claims(result.IdToken),
    accessClaims: claims(result.AccessToken),
  };
  return { result, facts };
}

async function useTokens(person, tokens) {
  const { AuthenticationResult: refreshed } = await person.refresh(tokens);
  const [before, after] = [claims(tokens.AccessToken), claims(refreshed.AccessToken)];
  await call("RevokeToken", { ClientId: person.client.ClientId, ClientSecret: person.client.ClientSecret, Token: tokens.RefreshToken });
  const revoked = await refusal(person.refresh(tokens));
  const signedOut = await refusal(call("GetUser", { AccessToken: refreshed.AccessToken }));
  return {
    sameSub: before.sub === after.sub,
    sameAuthTime: before.auth_time === after.auth_time,
    newId: before.jti !== after.jti,
    hasRefreshToken: Boolean(refreshed.RefreshToken),
    revoked,
    signedOut,
  };
}

async function recover(person) {
  await call("AdminSetUserMFAPreference", {
    UserPoolId: person.pool.Id,
    Username: person.username,
    SoftwareTokenMfaSettings: { Enabled: false, PreferredMfa: false },
  });
  const { CodeDeliveryDetails } = await call("ForgotPassword", person.named);
  const ConfirmationCode = await codeFor(person.email, 2);
  await call("ConfirmForgotPassword", { ...person.named, ConfirmationCode, Password: NEW_PASSWORD });
  const old = await refusal(person.signIn(PASSWORD));
  const { AuthenticationResult: tokens } = await person.signIn(NEW_PASSWORD);
  await call("DeleteUser", { AccessToken: tokens.AccessToken });
  const gone = await refusal(call("AdminGetUser", { UserPoolId: person.pool.Id, Username: person.username }));
  return { medium: CodeDeliveryDetails.DeliveryMedium, old, gone };
}

const made = await setUp();
const person = new Person(made);
const told = { username: person.username, email: person.email, clientId: made.client.ClientId, poolId: made.pool.Id };
Object.assign(told, { pool: made.facts, staff: await staff(made), wrongKey: await wrongKey(), signUp: await signUp(person) });
const { result, facts } = await setUpAuthenticator(person);
Object.assign(told, { authenticator: facts, tokens: await useTokens(person, result), recovery: await recover(person) });
await call("DeleteUserPool", { UserPoolId: made.pool.Id });
told.afterwards = await refusal(call("DescribeUserPool", { UserPoolId: made.pool.Id }));
process.stdout.write(JSON.stringify(told));
