// The dev inbox of the server, read as a person reads mail: wait for the next one.
const SECONDS = 10;

export async function codeFor(endpoint, to, count = 1) {
  const url = `${endpoint}/_dev/inbox.json?to=${encodeURIComponent(to)}`;
  const deadline = Date.now() + SECONDS * 1000;
  for (;;) {
    const messages = await (await fetch(url)).json();
    if (messages.length >= count) return messages[0].code;
    if (Date.now() > deadline) throw new Error(`${messages.length} of ${count} messages to ${to} after ${SECONDS} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
