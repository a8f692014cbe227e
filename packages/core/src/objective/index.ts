export { importanceWeightedBound } from "./bounds.ts";
export { product, sequence, sum } from "./combinations.ts";
export type { SequencePart } from "./combinations.ts";
export { cosine, cyclical, linear } from "./ramps.ts";
export type { CyclicalOptions, RampOptions } from "./ramps.ts";
export { constant, createSchedule, resolveSchedule, scheduleRule } from "./schedule.ts";
export type { Schedule, ScheduleDefinition, ScheduleJson } from "./schedule.ts";
export { registerSchedule, scheduleFromJson } from "./scheduleFromJson.ts";
export type { ScheduleMaker } from "./scheduleFromJson.ts";
