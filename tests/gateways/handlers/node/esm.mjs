// An async handler, as an ES module.
import { createHash } from "node:crypto";

export const handler = async (event, context) => {
  console.log("saw", event.userName);
  if (event.raise) throw Object.assign(new Error(event.raise), { name: event.name ?? "Error" });
  if (event.throwText) throw event.throwText;
  if (event.never) await new Promise(() => {});
  if (event.hang) await new Promise(() => setInterval(() => {}, 1000));
  if (event.crash) process.abort();
  if (event.exit) process.exit(event.exit);
  if (event.big) return "x".repeat(event.big);
  if (event.cycle) return Object.assign(event, { event });
  if (event.bigint) return 1n;
  if (event.nothing) return undefined;
  if (event.environment) return process.env;
  if (event.strayError) setTimeout(() => { throw new Error("stray"); }, 1);
  if (event.strayRejection) void Promise.reject(new Error("stray rejection"));
  if (event.strayError || event.strayRejection) await new Promise((resolve) => setTimeout(resolve, 1000));
  if (event.megabytes) { globalThis.kept = []; for (let i = 0; i < event.megabytes; i++) globalThis.kept.push(Buffer.alloc(1024 * 1024, 1)); await new Promise((resolve) => setTimeout(resolve, 1000)); }
  if (event.heap) { globalThis.kept = []; for (;;) globalThis.kept.push(new Array(100_000).fill(event)); }
  return {
    event,
    digest: createHash("sha256").update("x").digest("hex").slice(0, 8),
    context: {
      awsRequestId: context.awsRequestId,
      functionName: context.functionName,
      invokedFunctionArn: context.invokedFunctionArn,
      memoryLimitInMB: context.memoryLimitInMB,
      remaining: context.getRemainingTimeInMillis(),
    },
  };
};

export const nested = { inner: async () => "nested" };
