import { describeValue } from "@elbo/common";
import { Refusal } from "../refusal.ts";
import { works } from "./cases/index.ts";
import { workGroups } from "./cases/work.ts";
import { contestants } from "./contestants.ts";
import type { Work } from "./cases/work.ts";
import type { Contestant } from "./contestants.ts";

/** The options of `bench perf` as the command line gives them. */
export interface PerfArguments {
  readonly works?: string;
  readonly engines?: string;
  readonly threads?: string;
  readonly repetitions?: string;
  readonly json?: string;
  readonly torch?: string;
  readonly profile?: boolean;
  readonly quick?: boolean;
}

/** What `bench perf` was asked to do. */
export interface PerfRequest {
  readonly works: readonly Work[];
  readonly contestants: readonly Contestant[];
  readonly threads: number;
  readonly repetitions: number;
  readonly turnMs: number;
  readonly python: string;
  readonly json: string | undefined;
  readonly isProfile: boolean;
}

const quickWorks = ["mlp/128", "conv/64", "vq/32", "mlp/encode/256", "mlp/decode/256"];
const slowEngines = ["tfjs-cpu", "torch-compile", "ort-web"]; // left out of --quick unless they are named

/**
 * Turns the arguments of `bench perf` into a checked request.
 *
 * @param args the options as texts
 * @param cores threads where none are asked for
 * @throws Refusal naming the argument, the rule and the value
 */
export function parsePerfArguments(args: PerfArguments, cores: number): PerfRequest {
  const isQuick = args.quick === true;
  const quickNames = isQuick ? quickWorks : works.map(({ name }) => name);
  return {
    works:
      args.works === undefined
        ? works.filter(({ name }) => quickNames.includes(name))
        : chooseWorks(args.works),
    contestants:
      args.engines === undefined
        ? contestants.filter(({ name }) => !isQuick || !slowEngines.includes(name))
        : chooseContestants(args.engines),
    threads: wholeNumber("--threads", args.threads, { least: 1, most: 256, standard: cores }),
    repetitions: wholeNumber("--repetitions", args.repetitions, {
      least: 1,
      most: 10_000,
      standard: isQuick ? 3 : 15,
    }),
    turnMs: isQuick ? 100 : 400,
    python: nonEmpty("--torch", args.torch) ?? "python3",
    json: nonEmpty("--json", args.json),
    isProfile: args.profile === true,
  };
}

function chooseWorks(text: string): Work[] {
  const asked = listOf(text);
  const known = [...workGroups, ...works.map(({ name }) => name)];
  refuseUnknown("--works", asked, known);
  return works.filter(({ name, group }) => asked.includes(name) || asked.includes(group));
}

function chooseContestants(text: string): Contestant[] {
  const asked = listOf(text);
  refuseUnknown(
    "--engines",
    asked,
    contestants.map(({ name }) => name),
  );
  return contestants.filter(({ name }) => asked.includes(name));
}

const listOf = (text: string): string[] => text.split(",").map((entry) => entry.trim());

function refuseUnknown(name: string, asked: readonly string[], known: readonly string[]): void {
  const unknown = asked.find((entry) => !known.includes(entry));
  if (unknown !== undefined) {
    throw new Refusal(
      `bench perf: ${name} must be one or more of ${known.join(", ")}, got ${describeValue(unknown)}`,
    );
  }
}

function wholeNumber(
  name: string,
  text: string | undefined,
  { least, most, standard }: { least: number; most: number; standard: number },
): number {
  if (text === undefined) return standard;
  const value = text.trim() === "" ? NaN : Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Refusal(
    `bench perf: ${name} must be a whole number from ${least} to ${most}, got ${describeValue(text)}`,
  );
}

function nonEmpty(name: string, text: string | undefined): string | undefined {
  if (text !== undefined && text.trim() === "") {
    throw new Refusal(`bench perf: ${name} must name a file, got nothing`);
  }
  return text;
}
