#!/usr/bin/env node
import { runCli } from "./cli.ts";
import { createWriter } from "./writer.ts";

const writer = createWriter();
const stop = new AbortController();

/** A worker on a terminal hears Ctrl-C, and SIGTERM from the run that it works for: that is no second word. */
const heard = new Set<string>();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    if (heard.has(name)) process.exit(130);
    heard.add(name);
    if (stop.signal.aborted) return;
    writer.line("Stopping as soon as what is in progress allows; once more stops at once.");
    stop.abort();
  });
}

// A worker that a run started ends with it, also where that was killed.
process.once("disconnect", () => {
  stop.abort();
});
process.channel?.unref();

await runCli(process.argv.slice(2), {
  writer,
  signal: stop.signal,
  exit: (code) => {
    process.exitCode = code;
  },
});

// A store of trials that is away would be waited for by what is left of its connections.
if (stop.signal.aborted) process.stdout.write("", () => process.exit());
