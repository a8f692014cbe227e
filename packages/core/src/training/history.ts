import type { StoredTensor } from "../files/elementTypes.ts";

/** Figures by name: `loss`, and the terms, in nats per example. */
export type Figures = Readonly<Record<string, number>> & { readonly loss: number };

/** What a logged step reported, computed with the weights before its update. */
export interface StepRecord {
  /** Updates made before this one. */
  readonly step: number;
  readonly epoch: number;
  /** The first phase's weighted sum of terms, nats per example. */
  readonly loss: number;
  /** Means over the batch, without weights of terms, nats per example; of later phases `<phase>.loss` and `<phase>.<term>`. */
  readonly terms: Readonly<Record<string, number>>;
}

/** What an epoch reported. */
export interface EpochRecord {
  readonly epoch: number;
  /** Updates made by the end of the epoch. */
  readonly step: number;
  /** Means over the logged steps of the epoch: `loss` and the terms. */
  readonly training: Figures;
  /** Means over the held-out examples: `loss` with the weights that terms have in the end, the terms, and further figures of the model such as `elbo`; absent without validation. */
  readonly validation?: Figures;
}

/** What a run reported. */
export interface History {
  readonly steps: readonly StepRecord[];
  readonly epochs: readonly EpochRecord[];
}

/** Collects records, and turns them into tables of float64 for checkpoints. */
export class HistoryLog implements History {
  readonly steps: StepRecord[] = [];
  readonly epochs: EpochRecord[] = [];

  /** Means of the logged steps of an epoch. */
  epochMeans(epoch: number): Figures {
    const sums: Record<string, number> & { loss: number } = { loss: 0 };
    let count = 0;
    for (let i = this.steps.length - 1; i >= 0 && this.steps[i].epoch === epoch; i--) {
      const { loss, terms } = this.steps[i];
      for (const [name, value] of Object.entries({ loss, ...terms })) {
        sums[name] = (sums[name] ?? 0) + value;
      }
      count++;
    }
    for (const name of Object.keys(sums)) sums[name] /= count;
    return sums;
  }

  /** The names of the columns of {@link toTables}. */
  columns(): { steps: string[]; epochs: string[] } {
    const [step] = this.steps;
    const [epoch] = this.epochs;
    return {
      steps: step === undefined ? [] : ["step", "epoch", "loss", ...Object.keys(step.terms)],
      epochs:
        epoch === undefined
          ? []
          : [
              "epoch",
              "step",
              ...Object.keys(epoch.training).map((name) => `training/${name}`),
              ...Object.keys(epoch.validation ?? {}).map((name) => `validation/${name}`),
            ],
    };
  }

  /** The records as tables of float64, a row per record. */
  toTables(): { steps: StoredTensor; epochs: StoredTensor } {
    const { steps, epochs } = this.columns();
    return {
      steps: table(
        this.steps.map(({ step, epoch, loss, terms }) => ({ step, epoch, loss, ...terms })),
        steps,
      ),
      epochs: table(
        this.epochs.map(({ epoch, step, training, validation = {} }) => ({
          epoch,
          step,
          ...prefixed("training/", training),
          ...prefixed("validation/", validation),
        })),
        epochs,
      ),
    };
  }

  /** Restores the records of {@link toTables}. */
  static fromTables(
    tables: { readonly steps: StoredTensor; readonly epochs: StoredTensor },
    columns: { readonly steps: readonly string[]; readonly epochs: readonly string[] },
  ): HistoryLog {
    const log = new HistoryLog();
    for (const { step, epoch, loss, ...terms } of rows(tables.steps, columns.steps)) {
      log.steps.push({ step, epoch, loss, terms });
    }
    for (const row of rows(tables.epochs, columns.epochs)) {
      const training = withPrefix("training/", row);
      const validation = withPrefix("validation/", row);
      log.epochs.push({
        epoch: row["epoch"],
        step: row["step"],
        training,
        ...(Object.keys(validation).length === 0 ? {} : { validation }),
      });
    }
    return log;
  }
}

type Row = Record<string, number>;

const prefixed = (prefix: string, row: Readonly<Row>): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [prefix + name, value]));

const withPrefix = (prefix: string, row: Readonly<Row>): Figures =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  ) as Figures;

const table = (records: readonly Readonly<Row>[], columns: readonly string[]): StoredTensor => ({
  data: Float64Array.from(records.flatMap((row) => columns.map((name) => row[name]))),
  shape: [records.length, columns.length],
});

function rows({ data }: StoredTensor, columns: readonly string[]): Row[] {
  const count = columns.length === 0 ? 0 : data.length / columns.length;
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(columns.map((name, i) => [name, data[row * columns.length + i]])),
  );
}
