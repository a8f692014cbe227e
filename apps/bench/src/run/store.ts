import { describeValue } from "@elbo/common";
import { writeWhole } from "@elbo/common/node";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { firstDifference } from "../configuration/configuration.ts";
import { Refusal } from "../refusal.ts";
import type { SeedResult } from "../results/schema.ts";

/** The folder of a comparison: what is finished in it stays finished, whatever happens to the process. */
export interface Store {
  readonly out: string;
  /** The folder of one training, made if it is not there. */
  unitDirectory(model: string, seed: number): string;
  /** The stored result of one training, or undefined if it is not finished. */
  readUnit(model: string, seed: number): SeedResult | undefined;
  /** A file of a training, or undefined if it is not there. */
  readUnitFile(unit: { model: string; seed: number }, name: string): Uint8Array | undefined;
  /** Writes a file of a training, whole or not at all. */
  writeUnitFile(
    unit: { model: string; seed: number },
    name: string,
    bytes: Uint8Array,
  ): Promise<void>;
  /** Stores the result of a training; its presence is what marks the training as finished. */
  finishUnit(result: SeedResult): Promise<void>;
  /** Writes a file of the report, whole or not at all. */
  write(name: string, content: string | Uint8Array): Promise<void>;
}

const protocolFile = "protocol.json";
const ownEntries = ["units", "pictures", protocolFile, "results.json", "table.md", "report.html"];

/**
 * Opens the folder of a comparison. A folder that holds results of another protocol is refused: they would not compare. Other models
 * and seeds of the same protocol join those that are there.
 *
 * @param out the folder, made if it is not there
 * @param protocol what all results in the folder share
 * @param options `isFresh` discards what the bench wrote there before
 * @throws Refusal when the folder is a file, or holds results of another protocol
 */
export async function openStore(
  out: string,
  protocol: Readonly<Record<string, unknown>>,
  options: { readonly isFresh?: boolean } = {},
): Promise<Store> {
  if (existsSync(out) && !statSync(out).isDirectory())
    throw new Refusal(`bench run: --out must be a folder, got the file ${out}`);
  if (options.isFresh === true) {
    for (const entry of ownEntries) rmSync(join(out, entry), { recursive: true, force: true });
  }
  checkProtocol(out, protocol);
  mkdirSync(out, { recursive: true });
  await writeWhole(join(out, protocolFile), `${JSON.stringify(protocol, undefined, 2)}\n`);
  const unitDirectory = (model: string, seed: number): string =>
    join(out, "units", `${model}-seed-${seed}`);
  const store: Store = {
    out,
    unitDirectory(model, seed) {
      const directory = unitDirectory(model, seed);
      mkdirSync(directory, { recursive: true });
      return directory;
    },
    readUnit(model, seed) {
      const bytes = readIfThere(join(unitDirectory(model, seed), "result.json"));
      return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as SeedResult);
    },
    readUnitFile: ({ model, seed }, name) => readIfThere(join(unitDirectory(model, seed), name)),
    async writeUnitFile({ model, seed }, name, bytes) {
      await writeWhole(join(store.unitDirectory(model, seed), name), bytes);
    },
    async finishUnit(result) {
      const directory = store.unitDirectory(result.model, result.seed);
      await writeWhole(join(directory, "result.json"), `${JSON.stringify(result, undefined, 2)}\n`);
      for (const entry of ["checkpoint", "elapsed.json"])
        rmSync(join(directory, entry), { recursive: true, force: true });
    },
    async write(name, content) {
      const path = join(out, name);
      mkdirSync(join(path, ".."), { recursive: true });
      await writeWhole(path, content);
    },
  };
  return store;
}

function checkProtocol(out: string, protocol: Readonly<Record<string, unknown>>): void {
  const bytes = readIfThere(join(out, protocolFile));
  if (bytes === undefined) return;
  const stored = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  const difference = firstDifference(stored, protocol);
  if (difference === undefined) return;
  throw new Refusal(
    `bench run: --out must be a folder without results of another configuration, got ${out}, whose results have ${difference.key} ` +
      `${describeValue(difference.stored)} where this run has ${describeValue(difference.asked)}; give another --out, or --fresh to discard them`,
  );
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
