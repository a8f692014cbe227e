import { canonicalJson } from "../json.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import type { StepPhase } from "./phases.ts";
import type { RunSetup } from "./runSetup.ts";

const asJson = (value: unknown): JsonValue =>
  JSON.parse(JSON.stringify(value ?? null)) as JsonValue;

/** Everything that a run's result depends on besides its length, as JSON; what a checkpoint is compared by. */
export function runIdentity(
  {
    trainable,
    parts: { phases },
    options,
    data,
  }: Pick<RunSetup, "trainable" | "parts" | "options" | "data">,
  start: number,
): Record<string, JsonValue> {
  const { validationGiven, training, plan, batchSize } = data;
  return {
    ...trainable.identity,
    kind: trainable.kind,
    columns: asJson(trainable.columns),
    phases: asJson(phases.map(phaseIdentity)),
    optimizer: asJson(phases.map(optimizerIdentity)),
    data: training.rows.fingerprint(),
    validation:
      typeof validationGiven === "number" ? validationGiven : validationGiven.fingerprint(),
    batchSize,
    plan: asJson({ kind: plan.kind, ...plan.options }),
    microBatches: options.microBatches,
    seed: options.seed,
    startStep: start,
    clipNorm: options.clipNorm ?? null,
    ema: options.ema ?? null,
    earlyStopping: asJson(options.earlyStopping),
    logEvery: options.logEvery,
  };
}

/** What tells an optimizer from another. */
export const optimizerIdentity = ({ name, optimizer }: StepPhase): JsonObject => ({
  phase: name,
  kind: optimizer.kind,
  options: asJson(optimizer.options ?? {}),
});

const phaseIdentity = ({ name, variables, weights }: StepPhase): JsonObject => ({
  name,
  variables: Object.fromEntries([...variables].map(([key, { shape }]) => [key, shape])),
  weights: Object.fromEntries(
    [...weights].map(([term, weight]) => [term, asJson(weight.toJSON())]),
  ),
});

/**
 * Refuses to go on with a run that was another one.
 *
 * @throws Error naming the first thing that differs
 */
export function assertSameRun(directory: string, saved: JsonObject, given: JsonObject): void {
  for (const name of new Set([...Object.keys(given), ...Object.keys(saved)])) {
    if (canonicalJson(saved[name]) === canonicalJson(given[name])) continue;
    throw new Error(
      `train: ${name} must be that of the checkpoint in ${directory} (${show(saved[name])}) to resume it, got ${show(given[name])}; give another checkpoint.directory to begin anew`,
    );
  }
}

function show(value: JsonValue | undefined): string {
  const text = typeof value === "string" ? value : canonicalJson(value);
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}
