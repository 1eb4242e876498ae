// npm openid-client: a service gets a token for itself, with both ways to show its secret, and is refused with a wrong one.
import "./webcrypto.mjs";
import * as client from "openid-client";
import { answer, input, refusal } from "./input.mjs";

const { issuer, clientId, clientSecret, scope } = input;

async function service(authentication) {
  return client.discovery(new URL(issuer), clientId, undefined, authentication, {
    execute: [client.allowInsecureRequests],
  });
}

const basic = await service(client.ClientSecretBasic(clientSecret));
const post = await service(client.ClientSecretPost(clientSecret));
const wrong = await service(client.ClientSecretBasic("not-the-secret"));

answer({
  basic: await client.clientCredentialsGrant(basic, { scope }),
  post: await client.clientCredentialsGrant(post, { scope }),
  withoutScope: await client.clientCredentialsGrant(basic),
  wrongSecret: await refusal(client.clientCredentialsGrant(wrong, { scope })),
  wrongScope: await refusal(client.clientCredentialsGrant(basic, { scope: "nobody/knows" })),
});
