export { train } from "./train.ts";
export { trainTable } from "./trainTable.ts";
export type { TrainingCallbacks, TrainingStatus, TrainOptions } from "./options.ts";
export type { TrainingResult } from "./run.ts";
export type { StopReason } from "./runState.ts";
export type { CheckpointOptions } from "./checkpointFile.ts";
export type { EarlyStoppingOptions } from "./earlyStopping.ts";
export type { EpochRecord, Figures, History, StepRecord } from "./history.ts";
export type { ProgressOption, ProgressWriter } from "./progress.ts";
