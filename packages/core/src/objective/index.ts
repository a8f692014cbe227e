export { elbo, importanceWeightedBound } from "./bounds.ts";
export { Objective } from "./objective.ts";
export type { Terms, Weights } from "./objective.ts";
export {
  constant,
  cosine,
  cyclical,
  linear,
  product,
  resolveSchedule,
  scheduleFromJson,
  sequence,
  sum,
} from "./schedule.ts";
export type {
  CyclicalOptions,
  RampOptions,
  Schedule,
  ScheduleJson,
  SequencePart,
  SequencePartJson,
} from "./schedule.ts";
