// The Lambda runtime client for Node where AWS's own, aws-lambda-ric, is not installed: fetches events from the Runtime API,
// calls the handler as Lambda documents it (async, callback or context.done), and posts what it answers.
// Run by `node bootstrap.mjs index.handler`; the folder of the handler is LAMBDA_TASK_ROOT.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
// The call under way: its request id, and whether it has been answered.
let current = null;

function send(method, name, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const options = { agent, host, port, method, path: `/2018-06-01/runtime/${name}`, headers };
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

function post(name, text, headers = {}) {
  const body = Buffer.from(text);
  return send("POST", name, body, { "Content-Type": "application/json", "Content-Length": body.length, ...headers });
}

function described(error) {
  if (error instanceof Error || Object.prototype.toString.call(error) === "[object Error]") {
    return { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split("\n") };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function postError(name, error) {
  const report = described(error);
  console.error(JSON.stringify(report));
  const type = String(report.errorType).replace(/[^\x21-\x7e]/g, "_");
  return post(name, JSON.stringify(report), { "Lambda-Runtime-Function-Error-Type": type });
}

function named(name, message) {
  return Object.assign(new Error(message), { name });
}

// ---- the handler

async function load(handler) {
  const folder = path.dirname(handler);
  const [, moduleName, member] = path.basename(handler).match(/^([^.]*)\.(.+)$/) ?? [];
  if (!moduleName) throw named("Runtime.MalformedHandlerName", `Bad handler ${handler}`);
  const base = path.resolve(process.env.LAMBDA_TASK_ROOT, folder, moduleName);
  const file = [".js", ".mjs", ".cjs"].map((suffix) => base + suffix).find((name) => fs.existsSync(name));
  if (!file) throw named("Runtime.ImportModuleError", `Cannot find module '${moduleName}'`);
  const loaded = await import(pathToFileURL(file));
  const within = (from) => member.split(".").reduce((found, name) => found?.[name], from);
  const found = within(loaded) ?? within(loaded.default);
  if (typeof found !== "function") {
    throw named("Runtime.HandlerNotFound", `${handler} is undefined or not exported`);
  }
  return found;
}

function contextOf(headers, finish) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const now = (error, result) => finish(error, result, false);
  return {
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadline - Date.now(),
    done: now,
    succeed: (result) => now(null, result),
    fail: (error) => now(error ?? "handled"),
  };
}

// Resolves with the answer of one call. What a callback gives waits for an empty event loop, unless the handler says otherwise.
function call(handler, event, headers) {
  return new Promise((resolve, reject) => {
    const finish = (error, result, waits) => {
      if (error !== undefined && error !== null) reject(error);
      else if (waits) current.atEmptyLoop = () => resolve(result);
      else resolve(result);
    };
    const context = contextOf(headers, finish);
    current.atEmptyLoop = () => resolve(null);
    const callback = (error, result) => finish(error, result, context.callbackWaitsForEmptyEventLoop);
    const answer = handler(event, context, callback);
    if (typeof answer?.then === "function") answer.then(resolve, reject);
  });
}

function written(answer) {
  try {
    return JSON.stringify(answer === undefined ? null : answer) ?? "null";
  } catch {
    throw named("Runtime.MarshalError", "Unable to stringify response body");
  }
}

async function serve(handler) {
  for (;;) {
    const { headers, body } = await send("GET", "invocation/next");
    const id = headers["lambda-runtime-aws-request-id"];
    current = { id, atEmptyLoop: null };
    let text;
    try {
      text = written(await call(handler, JSON.parse(body), headers));
    } catch (error) {
      current = null;
      await postError(`invocation/${id}/error`, error);
      continue;
    }
    current = null;
    await post(`invocation/${id}/response`, text);
  }
}

process.on("beforeExit", () => current?.atEmptyLoop?.());

let isReady = false;
async function giveUp(error) {
  const call = current;
  current = null;
  if (call) await postError(`invocation/${call.id}/error`, error);
  else if (!isReady) await postError("init/error", error);
  process.exit(129);
}
process.on("uncaughtException", (error) => void giveUp(error));
process.on("unhandledRejection", (reason) => {
  void giveUp(named("Runtime.UnhandledPromiseRejection", reason instanceof Error ? reason.message : String(reason)));
});

try {
  const handler = await load(process.argv[2]);
  isReady = true;
  await serve(handler);
} catch (error) {
  await giveUp(error);
}
