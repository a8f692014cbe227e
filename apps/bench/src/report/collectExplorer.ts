import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { decoderPlan, loadModel, symmetricEigen } from "@elbo/core";
import { isPictured } from "../data/benchData.ts";
import { pick, spreadIndices } from "../data/pick.ts";
import { showcaseIndices } from "../data/pictureMaterial.ts";
import { isTrained } from "../models/resolve.ts";
import { colorsOf } from "./html.ts";
import type { LatentModel, NdArray } from "@elbo/core";
import type { BenchData } from "../data/benchData.ts";
import type { Trial } from "../plan/trial.ts";
import type { Row } from "../run/rows.ts";
import type { Store } from "../run/store.ts";
import type { ExplorerData, ExplorerModel } from "./explorerData.ts";

/** Examples of the map. */
const mapped = 500;

/** Standard deviations of a latent that its slider goes to. */
const deviations = 3;

interface ExplorerInput {
  readonly rows: readonly Row[];
  readonly trials: readonly Trial[];
  readonly data: BenchData;
  readonly store: Store;
  /** Bytes that the explorer may have in all. */
  readonly room: number;
}

/**
 * What the report's explorer plays with: the models of the first seed, as many of them as there is room for.
 *
 * @returns undefined where nothing can be shown
 */
export async function collectExplorer(input: ExplorerInput): Promise<ExplorerData | undefined> {
  const { rows, trials, data, store, room } = input;
  if (!isPictured(data)) return undefined;
  const chosen = examplesOf(data);
  const colors = colorsOf(rows.map(({ name }) => name));
  const kernels = deflated(readFileSync(createRequire(import.meta.url).resolve("@elbo/jit/wasm")));
  const pictures = base64(
    bytesOf(
      pick(
        data.test,
        chosen.shown.map((at) => chosen.indices[at]),
      ).data,
    ),
  );
  const models: ExplorerModel[] = [];
  const leftOut: string[] = [];
  const unsuited: string[] = [];
  let size = kernels.length + pictures.length;
  for (const { name, title } of rows) {
    const [{ seed }] = trials;
    const trial = trials.find((one) => one.row === name && one.seed === seed);
    if (trial === undefined) continue;
    if (!isTrained(trial.model)) unsuited.push(title);
    if (store.readTrialFile(trial.id, join("model", "model.json")) === undefined) continue;
    const model = await loadModel<LatentModel>(join(store.trialDirectory(trial.id), "model"));
    try {
      const known = { name, title, color: colors.get(name) ?? 0 };
      const shown = await explorerModel(model, { data, chosen, known });
      if (shown === undefined) {
        unsuited.push(title);
        continue;
      }
      const more = JSON.stringify(shown).length;
      if (size + more > room) leftOut.push(title);
      else {
        size += more;
        models.push(shown);
      }
    } finally {
      model.dispose();
    }
  }
  if (models.length === 0) return undefined;
  return {
    image: data.image,
    classes: chosen.indices.flatMap((at) => data.test.labels?.[at] ?? []),
    classNames: data.classNames ?? [],
    shown: chosen.shown,
    pictures,
    models,
    leftOut,
    unsuited,
    kernels,
  };
}

interface Chosen {
  /** Test examples of the map. */
  readonly indices: readonly number[];
  /** Positions among them of those with a picture. */
  readonly shown: readonly number[];
}

/** The showcase first, then examples spread over the test split. */
function examplesOf({ test }: BenchData): Chosen {
  const first = showcaseIndices(test);
  const rest = spreadIndices(test.shape[0], mapped).filter((index) => !first.includes(index));
  return { indices: [...first, ...rest], shown: first.map((_, i) => i) };
}

interface ModelInput {
  readonly data: BenchData;
  readonly chosen: Chosen;
  readonly known: Pick<ExplorerModel, "name" | "title" | "color">;
}

/** One model, if its latents are one vector or one grid of indices and the page can tell it its condition. */
async function explorerModel(
  model: LatentModel,
  { data, chosen, known }: ModelInput,
): Promise<ExplorerModel | undefined> {
  const levels = Object.values(model.levels);
  const condition = Object.keys(model.condition?.columns ?? {});
  const [{ codeSpec, latent }] = levels;
  if (levels.length !== 1 || condition.some((name) => name !== "label")) return undefined;
  const examples = pick(data.test, chosen.indices);
  const { limit } = codeSpec ?? {};
  const isGrid =
    codeSpec?.dtype === "int32" && codeSpec.shape.length === 2 && typeof limit === "number";
  if (!isGrid && (codeSpec !== undefined || latent.length !== 1)) return undefined;
  const codes = await model.encode(examples);
  const plan = deflated(await decoderPlan(model, { weights: "int8" }));
  const labels =
    condition.length === 0
      ? {}
      : { labels: Array.from({ length: data.classes }, (_, i) => data.classNames?.[i] ?? `${i}`) };
  return {
    ...known,
    plan,
    ...labels,
    latents: isGrid ? grid(codes, chosen.shown.length, limit) : vectors(codes),
  };
}

function grid({ data, shape }: NdArray, shown: number, entries: number): ExplorerModel["latents"] {
  const [, rows, columns] = shape;
  const codes = Int32Array.from(data.slice(0, shown * rows * columns));
  return { kind: "codes", grid: [rows, columns], entries, codes: base64(bytesOf(codes)) };
}

function vectors({ data, shape }: NdArray): ExplorerModel["latents"] {
  const [count, size] = shape;
  const mean = Array.from({ length: size }, (_, d) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += data[i * size + d];
    return sum / count;
  });
  const covariance = new Float64Array(size * size);
  for (let i = 0; i < count; i++)
    for (let a = 0; a < size; a++)
      for (let b = 0; b < size; b++)
        covariance[a * size + b] +=
          ((data[i * size + a] - mean[a]) * (data[i * size + b] - mean[b])) / count;
  const { vectors: all } = symmetricEigen(covariance);
  const variances = mean.map((_, d) => covariance[d * size + d]);
  return {
    kind: "vector",
    size,
    codes: base64(bytesOf(Float32Array.from(data))),
    mean,
    reach: variances.map((variance) => deviations * Math.max(1, Math.sqrt(variance))),
    axes: [0, Math.min(1, size - 1)].map((k) =>
      Array.from({ length: size }, (_, i) => all[k * size + i]),
    ),
    order: [...variances.keys()].sort((a, b) => variances[b] - variances[a]),
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

const deflated = (bytes: Uint8Array): string => base64(deflateSync(bytes, { level: 9 }));
