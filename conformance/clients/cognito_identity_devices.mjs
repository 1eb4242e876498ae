// npm amazon-cognito-identity-js in a pool that tracks devices: it confirms its device by itself, proves it, and forgets it.
import cognito from "amazon-cognito-identity-js";
import { answer, input, refusal } from "./input.mjs";
import { callback, callbacks, person } from "./user_pool.mjs";

// The device is in the pool's storage, where the next CognitoUser finds it.
function signIn(user) {
  const details = new cognito.AuthenticationDetails({ Username: input.username, Password: input.password });
  return new Promise((resolve, reject) => {
    user.authenticateUser(details, {
      onSuccess: (session, mustAsk) => resolve({ session, mustAsk: Boolean(mustAsk) }),
      onFailure: reject,
    });
  });
}

const keyOf = (session) => session.getAccessToken().decodePayload().device_key;
const keysOf = async (user) => {
  const listed = await new Promise((resolve, reject) =>
    user.listDevices(60, undefined, { onSuccess: resolve, onFailure: reject }),
  );
  return listed.Devices.map((device) => device.DeviceKey);
};

const first = person();
const confirmed = await signIn(first);
const remembered = await callbacks((handlers) => first.setDeviceStatusRemembered(handlers));
const device = await callbacks((handlers) => first.getDevice(handlers));
const listed = await keysOf(first);

// Now with DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER.
const second = person();
const proven = await signIn(second);
second.getCachedDeviceKeyAndPassword();
const refreshed = await callback((done) => second.refreshSession(proven.session.getRefreshToken(), done));
const notRemembered = await callbacks((handlers) => second.setDeviceStatusNotRemembered(handlers));
const unlisted = await keysOf(second);
const third = person();
const unproven = await signIn(third);
const forgotten = await callbacks((handlers) => third.forgetDevice(handlers));
const ended = await refusal(callback((done) => third.refreshSession(unproven.session.getRefreshToken(), done)));
const fourth = person();
const anew = await signIn(fourth);

// Forgotten behind its back: the storage still has the device, and the next sign-in must find out and begin anew.
await callbacks((handlers) => fourth.forgetSpecificDevice(keyOf(anew.session), handlers));
const after = await signIn(person());

answer({
  mustAsk: confirmed.mustAsk,
  remembered,
  device,
  listed,
  keys: [confirmed, proven, unproven, anew, after].map(({ session }) => keyOf(session)),
  refreshedKey: keyOf(refreshed),
  notRemembered,
  unlisted,
  forgotten,
  ended,
});
