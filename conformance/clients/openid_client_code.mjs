// npm openid-client, a certified relying party: discovery, authorization code with PKCE, user info, refresh, revocation,
// introspection, sign-out. With a secret the client is confidential, without one it is public.
import "./webcrypto.mjs";
import * as client from "openid-client";
import { Browser } from "./browser.mjs";
import { answer, input, refusal } from "./input.mjs";

const { issuer, clientId, clientSecret, authentication, redirectUri, logoutUri, username, password, scope, algorithm } = input;
const METHODS = { none: client.None, basic: client.ClientSecretBasic, post: client.ClientSecretPost };

const config = await client.discovery(
  new URL(issuer),
  clientId,
  { client_secret: clientSecret, id_token_signed_response_alg: algorithm },
  METHODS[authentication](clientSecret),
  // The dev server speaks http on loopback; signatures are checked all the same.
  { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] },
);

const browser = new Browser();

async function authorize(more = {}) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...more,
  });
  return { url, checks };
}

async function signIn() {
  const { url, checks } = await authorize();
  const page = await browser.open(url.href, redirectUri);
  if (page.home) throw new Error("signed in without a password");
  const { home } = await browser.submit(page, { username, password }, redirectUri);
  if (!home) throw new Error("the sign-in did not lead back to the app");
  const tokens = await client.authorizationCodeGrant(config, home, checks);
  const replay = await refusal(client.authorizationCodeGrant(config, home, checks));
  return { tokens, replay };
}

async function signInAgainSilently() {
  const { url, checks } = await authorize({ prompt: "none" });
  const { home } = await browser.open(url.href, redirectUri);
  return client.authorizationCodeGrant(config, home, checks);
}

async function signOut(idToken) {
  const end = client.buildEndSessionUrl(config, { post_logout_redirect_uri: logoutUri, id_token_hint: idToken });
  const { home } = await browser.open(end.href, logoutUri);
  const { url, checks } = await authorize({ prompt: "none" });
  const after = await browser.open(url.href, redirectUri);
  return {
    isHome: Boolean(home),
    after: await refusal(client.authorizationCodeGrant(config, after.home, checks)),
  };
}

const { tokens, replay } = await signIn();
const claims = tokens.claims();
// The replay has revoked what the first use gave: go on with a second code, from the session of the browser.
const second = await signInAgainSilently();
const userInfo = await client.fetchUserInfo(config, second.access_token, claims.sub);
const refreshed = await client.refreshTokenGrant(config, second.refresh_token);
const latest = refreshed.refresh_token ?? second.refresh_token;
const introspected = clientSecret ? await client.tokenIntrospection(config, refreshed.access_token) : null;
await client.tokenRevocation(config, latest);
const afterRevocation = await refusal(client.refreshTokenGrant(config, latest));
const introspectedAfter = clientSecret ? await client.tokenIntrospection(config, refreshed.access_token) : null;

answer({
  metadata: config.serverMetadata(),
  claims,
  replay,
  afterReplay: await refusal(client.refreshTokenGrant(config, tokens.refresh_token)),
  tokens: second,
  secondClaims: second.claims(),
  userInfo,
  refreshed,
  refreshedClaims: refreshed.claims() ?? null,
  introspected,
  introspectedAfter,
  afterRevocation,
  signOut: await signOut(second.id_token),
});
