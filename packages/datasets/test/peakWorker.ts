/** A process of its own that reads one file and reports its largest memory: function, path, options as JSON. */
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fromCsv, fromImageFolder, fromNpz } from "../src/index.ts";

const [name, path, options] = process.argv.slice(2) as [string, string, string];
const run = {
  fromCsv: async () => fromCsv(new Uint8Array(await readFile(path)), JSON.parse(options) as object),
  fromImageFolder: () => fromImageFolder(path, JSON.parse(options) as object),
  fromNpz: () => fromNpz(path, { data: "x" }, JSON.parse(options) as object),
}[name];

const outcome = await run?.().then(
  ({ train }) => JSON.stringify(train.shape),
  (error: unknown) => (error as Error).message,
);

/** Largest memory in kB. On Linux maxRSS begins with that of the process that started this one, VmHWM does not. */
function peak(): number {
  const status = "/proc/self/status";
  const own = existsSync(status) && /VmHWM:\s+(\d+)/u.exec(readFileSync(status, "utf8"))?.[1];
  return own ? Number(own) : process.resourceUsage().maxRSS;
}

process.stdout.write(JSON.stringify({ outcome, megabytes: peak() / 1024 }));
