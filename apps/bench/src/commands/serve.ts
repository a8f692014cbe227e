import { once } from "node:events";
import { rules } from "@elbo/common";
import { Command } from "commander";
import { textReader } from "../readText.ts";
import { openStore } from "../run/store.ts";
import { serveLive } from "../serve/server.ts";
import type { CommandAround } from "./command.ts";

const readText = textReader("bench serve");

/**
 * The command `serve`: shows a folder in a browser while its trials are worked on.
 *
 * @param around what a command works with
 */
export function serveCommand({ writer, signal }: CommandAround): Command {
  return new Command("serve")
    .description("Show the trials of a folder in a browser of this machine while they train.")
    .option("--out <dir>", "folder of the plan", "runs/bench")
    .option("--port <n>", "port on 127.0.0.1, 0 for one that is free", "8417")
    .action(async ({ out, port }: { readonly out: string; readonly port: string }) => {
      const number = readText("port", rules.integer({ min: 0, max: 65535 }), port);
      const store = openStore(out);
      const server = await serveLive(store, number);
      if (store.readPlan() === undefined)
        writer.line(`There is no plan in ${out} yet; the page waits for one.`);
      writer.line(`Open ${server.url}; Ctrl-C ends it, the trials go on.`);
      if (!signal.aborted) await once(signal, "abort");
      await server.close();
    });
}
