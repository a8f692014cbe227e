import type { JsonObject } from "../json.ts";
import { isRecord, rules } from "@elbo/common";
import type { OptionTable, Rule } from "@elbo/common";
import type { EarlyStoppingState } from "./earlyStopping.ts";
import type { EpochOrigin } from "./epochs.ts";
import type { KeptSince } from "./stepVariables.ts";

/** What computed a run. */
export interface RunEngine {
  readonly engine: string;
  readonly device: string;
  readonly threads: number;
  readonly instructionSet?: string | undefined;
}

/** The part of a checkpoint that is no array. */
export interface CheckpointMetadata {
  /** Updates of the trainable. */
  readonly step: number;
  /** What the run is a run of: every option and the data; the length may change. */
  readonly identity: JsonObject;
  readonly origin: EpochOrigin;
  readonly since: KeptSince;
  readonly engine: RunEngine;
  readonly earlyStopping: EarlyStoppingState | null;
  /** Set when early stopping ended the run. */
  readonly stopped: boolean;
  /** Names of the columns of the history's tables. */
  readonly columns: { readonly steps: readonly string[]; readonly epochs: readonly string[] };
}

const count = rules.integer({ min: 0 });
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/** Null, or what another rule takes. */
const nullOr = <T>(other: Rule<T>): Rule<T | null> => ({
  must: `null, or ${other.must}`,
  read: (at, value) => (value === null ? null : other.read(at, value)),
});

const names = rules.list(rules.text(), { least: 0 });

/** {@link CheckpointMetadata} as a table. */
export const metadataTable = {
  step: { rule: count },
  identity: { rule: rules.such<JsonObject>("an object", isRecord) },
  origin: {
    rule: rules.options({
      step: { rule: count },
      epoch: { rule: count },
      perEpoch: { rule: rules.integer({ min: 1 }) },
    } satisfies OptionTable<EpochOrigin>),
  },
  since: {
    rule: rules.options({
      phases: {
        rule: rules.such<Record<string, number>>(
          "an object of integers at least 0",
          (value) => isRecord(value) && Object.values(value).every(isCount),
        ),
      },
      average: { rule: count },
    } satisfies OptionTable<KeptSince>),
  },
  engine: {
    rule: rules.options({
      engine: { rule: rules.text() },
      device: { rule: rules.text() },
      threads: { rule: rules.integer({ min: 1 }) },
      instructionSet: { rule: rules.text(), default: undefined },
    }),
  },
  earlyStopping: {
    rule: nullOr(
      rules.options({
        best: { rule: nullOr(rules.number()) },
        bestEpoch: { rule: rules.integer({ min: -1 }) },
        waited: { rule: count },
      } satisfies OptionTable<EarlyStoppingState>),
    ),
  },
  stopped: { rule: rules.boolean() },
  columns: { rule: rules.options({ steps: { rule: names }, epochs: { rule: names } }) },
} as const;
