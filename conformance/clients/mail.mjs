// The mail of the handlers, read as a person reads it: the newest text to an address.
import { input } from "./input.mjs";

const SECONDS = 10;

export const mailsTo = async (to) => (await fetch(`${input.mailbox}/?to=${encodeURIComponent(to)}`)).json();

export async function mailTo(to, count = 1) {
  const deadline = Date.now() + SECONDS * 1000;
  for (;;) {
    const mails = await mailsTo(to);
    if (mails.length >= count) return mails[0].text;
    if (Date.now() > deadline) throw new Error(`${mails.length} of ${count} mails to ${to} after ${SECONDS} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
