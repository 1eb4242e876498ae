// What the Python test wants, and the way back: one JSON document on standard input, one on standard output.
import { readFileSync } from "node:fs";

export const input = JSON.parse(readFileSync(0, "utf8"));

export function answer(document) {
  process.stdout.write(JSON.stringify(document));
}

// What a client throws, as data: scripts report refusals that the tests expect.
export async function refusal(promise) {
  try {
    return { refused: false, value: await promise };
  } catch (error) {
    const { code, message, status } = error;
    return { refused: true, name: error.constructor.name, code, error: error.error, message, status, cause: error.cause };
  }
}
