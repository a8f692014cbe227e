import { torchScript, workerFile } from "./place.ts";
import type { Work, WorkGroup } from "./cases/work.ts";

/** How the processes of a run are started. */
export interface Launch {
  /** A Python that has PyTorch. */
  readonly python: string;
  readonly threads: number;
  /** Arguments for Node before the worker's file. */
  readonly nodeArguments: readonly string[];
}

/** Something that is timed. */
export interface Contestant {
  readonly name: string;
  readonly title: string;
  /** What brings it onto the machine. */
  readonly how: string;
  /** Why it does not take part in a work, if so. */
  declines(work: Work): string | undefined;
  command(launch: Launch): { readonly file: string; readonly args: readonly string[] };
}

const takesAll = (): undefined => undefined;

const inGroups =
  (groups: readonly WorkGroup[], reason: string) =>
  ({ group }: Work): string | undefined =>
    groups.includes(group) ? undefined : reason;

interface NodeOptions {
  readonly how: string;
  readonly declines?: Contestant["declines"];
  /** The contestant that this one is on a single thread. */
  readonly alone?: string;
}

function nodeContestant(
  name: string,
  title: string,
  { how, declines = takesAll, alone }: NodeOptions,
): Contestant {
  return {
    name,
    title,
    how,
    declines,
    command: ({ nodeArguments, threads }) => ({
      file: process.execPath,
      args: [...nodeArguments, workerFile(), alone ?? name, String(alone ? 1 : threads)],
    }),
  };
}

function torchContestant(
  mode: "eager" | "fused" | "compile",
  name: string,
  { title, declines = takesAll }: { title: string; declines?: Contestant["declines"] },
): Contestant {
  return {
    name,
    title,
    how: "python3 -m venv DIR && DIR/bin/pip install torch, then --torch DIR/bin/python",
    declines,
    command: ({ python, threads }) => ({
      file: python,
      args: [torchScript(), mode, String(threads)],
    }),
  };
}

const optional = "pnpm install with optional dependencies";

const stepsOnly = ({ kind }: Work): string | undefined =>
  kind === "fit" ? "timed by its steps alone" : undefined;

/** The native engine on one thread, which shows what further ones bring. */
export const oneThread = "native-1";

/** Everyone, in the order of their turns. */
export const contestants: readonly Contestant[] = [
  nodeContestant("native", "elbo, native", { how: optional }),
  nodeContestant(oneThread, "elbo, native, one thread", { how: optional, alone: "native" }),
  nodeContestant("wasm", "elbo, wasm", { how: optional }),
  nodeContestant("ort-web", "elbo, onnxruntime-web", { how: optional, declines: stepsOnly }),
  torchContestant("eager", "torch", { title: "PyTorch eager" }),
  torchContestant("fused", "torch-fused", {
    title: "PyTorch, fused Adam",
    declines: ({ kind }) =>
      kind === "train" || kind === "fit" ? undefined : "as PyTorch eager: nothing is updated",
  }),
  torchContestant("compile", "torch-compile", { title: "PyTorch, fused Adam, torch.compile" }),
  nodeContestant("tfjs-node", "tfjs-node, eager", {
    how: "pnpm setup:tfjs-node",
    declines: stepsOnly,
  }),
  nodeContestant("tfjs-wasm", "tfjs-wasm, eager", {
    how: optional,
    declines: (work) =>
      work.kind === "train" && work.model !== "mlp"
        ? "TF.js's wasm backend has no gradient of a convolution's filter"
        : stepsOnly(work),
  }),
  nodeContestant("tfjs-cpu", "tfjs-cpu, eager", {
    how: optional,
    declines: inGroups(["mlp"], "takes minutes where there are convolutions"),
  }),
  nodeContestant("jax-js", "jax-js", {
    how: optional,
    declines: inGroups(["mlp"], "written for the MLP's training only"),
  }),
];
