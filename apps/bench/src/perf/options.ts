import { rules } from "@elbo/common";
import type { Options, OptionValues } from "@elbo/common";
import { textReader } from "../readText.ts";
import { works } from "./cases/index.ts";
import { workGroups } from "./cases/work.ts";
import { contestants, oneThread } from "./contestants.ts";
import type { Work } from "./cases/work.ts";
import type { Contestant } from "./contestants.ts";

/** The options of `bench perf` as the command line gives them. */
export interface PerfArguments {
  readonly works?: string;
  readonly engines?: string;
  readonly threads?: string;
  readonly repetitions?: string;
  readonly folder?: string;
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
  /** Images that a training end to end goes through. */
  readonly visits: number;
  readonly folder: string | undefined;
  readonly python: string;
  readonly json: string | undefined;
  readonly isProfile: boolean;
}

const quickWorks = ["mlp/128", "conv/64", "vq/32", "mlp/encode/256", "mlp/decode/256", "fit/mlp"];
const notQuick = ["tfjs-cpu", "torch-compile", "ort-web", oneThread]; // left out of --quick unless they are named

const names = (list: readonly { readonly name: string }[]): string[] =>
  list.map(({ name }) => name);

/** Options that are texts on the command line. */
const table = {
  works: {
    rule: rules.list(rules.oneOf([...workGroups, ...names(works)])),
    default: undefined,
  },
  engines: { rule: rules.list(rules.oneOf(names(contestants))), default: undefined },
  threads: { rule: rules.integer({ min: 1, max: 256 }), default: undefined },
  repetitions: { rule: rules.integer({ min: 1, max: 10_000 }), default: undefined },
  folder: { rule: rules.path(), default: undefined },
  torch: { rule: rules.path(), default: "python3" },
  json: { rule: rules.path(), default: undefined },
} satisfies Options;

/**
 * Turns the arguments of `bench perf` into a checked request.
 *
 * @param args the options as texts
 * @param cores threads where none are asked for
 * @throws Refusal naming the argument, the rule and the value
 */
export function parsePerfArguments(args: PerfArguments, cores: number): PerfRequest {
  const isQuick = args.quick === true;
  const said = read(args);
  const asked = said.works ?? (isQuick ? quickWorks : names(works));
  const engines =
    said.engines ?? names(contestants).filter((name) => !isQuick || !notQuick.includes(name));
  const threads = said.threads ?? cores;
  return {
    works: works.filter(({ name, group }) => asked.includes(name) || asked.includes(group)),
    contestants: contestants.filter(
      ({ name }) => engines.includes(name) && (name !== oneThread || threads > 1),
    ),
    threads,
    repetitions: said.repetitions ?? (isQuick ? 3 : 15),
    turnMs: isQuick ? 100 : 400,
    visits: isQuick ? 10_000 : 120_000,
    folder: said.folder,
    python: said.torch,
    json: said.json,
    isProfile: args.profile === true,
  };
}

const readText = textReader("bench perf");

function read(args: PerfArguments): OptionValues<typeof table> {
  const values = Object.entries(table).map(([name, option]) => {
    const text = args[name as keyof typeof table];
    return [name, text === undefined ? option.default : readText<unknown>(name, option.rule, text)];
  });
  return Object.fromEntries(values) as OptionValues<typeof table>;
}
