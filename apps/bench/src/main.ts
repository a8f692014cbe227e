#!/usr/bin/env node
import { runCli } from "./cli.ts";
import { createWriter } from "./writer.ts";

const writer = createWriter();
const stop = new AbortController();

for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    if (stop.signal.aborted) process.exit(130);
    writer.line("Stopping as soon as what is in progress allows; once more stops at once.");
    stop.abort();
  });
}

await runCli(process.argv.slice(2), {
  writer,
  signal: stop.signal,
  exit: (code) => {
    process.exitCode = code;
  },
});
