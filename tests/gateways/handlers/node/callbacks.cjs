// CommonJS: a callback handler and its variants, and a module beside it.
const words = require("./words.js");

exports.handler = (event, context, callback) => {
  if (event.raise) return callback(new Error(event.raise));
  if (event.text) return callback(event.text);
  if (event.throw) throw new TypeError(event.throw);
  setTimeout(() => callback(null, { event, word: words.word }), 5);
};

exports.waiting = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = event.waits;
  const answer = { timers: 0 };
  setTimeout(() => { answer.timers += 1; }, 50);
  callback(null, answer);
};

exports.old = (event, context) => {
  if (event.raise) context.fail(new Error(event.raise));
  else context.succeed({ old: true });
};

exports.silent = () => {};
