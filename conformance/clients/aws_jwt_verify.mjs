// npm aws-jwt-verify's generic verifier: its Cognito one derives Amazon's issuer from the pool id, so it fits no other host.
import "./webcrypto.mjs";
import { JwtVerifier } from "aws-jwt-verify";
import { answer, input, refusal } from "./input.mjs";

const { issuer, idToken, accessToken, clientId } = input;
const configuration = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
const jwks = await (await fetch(configuration.jwks_uri)).json();

function verifier(tokenUse, audience, owner = issuer) {
  const made = JwtVerifier.create({
    issuer: owner,
    audience,
    jwksUri: configuration.jwks_uri,
    customJwtCheck: ({ payload }) => {
      if (payload.token_use !== tokenUse) throw new Error(`token_use is ${payload.token_use}`);
      if (tokenUse === "access" && payload.client_id !== clientId) throw new Error(`client_id is ${payload.client_id}`);
    },
  });
  // It refuses to fetch over http, which the dev server speaks, but takes a key set.
  made.cacheJwks(jwks);
  return made;
}

function forged(token) {
  const [header, payload, signature] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url"));
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: "00000000-0000-0000-0000-000000000000" }));
  return [header, changed.toString("base64url"), signature].join(".");
}

answer({
  id: idToken ? await verifier("id", clientId).verify(idToken) : null,
  access: await verifier("access", null).verify(accessToken),
  forged: await refusal(verifier("access", null).verify(forged(accessToken))),
  swapped: await refusal(verifier("id", null).verify(accessToken)),
  otherAudience: idToken ? await refusal(verifier("id", "another-client").verify(idToken)) : null,
  otherIssuer: await refusal(verifier("access", null, `${issuer}x`).verify(accessToken)),
});
