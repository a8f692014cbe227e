import { reasonOf } from "@elbo/common";
import type { NdArray, OnnxRuntimeLike, OnnxSessionLike } from "@elbo/core";
import { digestOf, readOnnxFile, runtimeOf } from "./onnxRuntime.ts";
import { shownShape } from "./shapes.ts";
import type { FoundRuntime } from "./onnxRuntime.ts";
import type { Declared } from "./shapes.ts";

/** What ONNX Runtime tells of an input or output. */
interface PortMetadata {
  readonly name: string;
  readonly type?: string;
  readonly shape?: Declared;
}

interface Session extends OnnxSessionLike {
  readonly inputMetadata?: readonly PortMetadata[];
  readonly outputMetadata?: readonly PortMetadata[];
}

/** Which file, and which of its inputs is fed. */
export interface GraphChoice {
  readonly file: string;
  readonly sha256?: string | undefined;
  readonly input?: string | undefined;
}

/** Rows at a time, where the file leaves the size of the batch open. */
const mostRows = 256;

/** One network of a pair: a file with one input, rows in and rows out. */
export class OnnxGraph {
  readonly what: "encoder" | "decoder";
  /** The name of its input, and the sizes of its axes without the batch; undefined where the file does not say. */
  readonly input: string;
  readonly declared: Declared | undefined;
  private readonly session: Session;
  private readonly runtime: OnnxRuntimeLike;
  /** The size of the batch that the file insists on. */
  private readonly batch: number | undefined;

  private constructor(
    what: OnnxGraph["what"],
    session: Session,
    { runtime, input }: { readonly runtime: OnnxRuntimeLike; readonly input: string },
  ) {
    this.what = what;
    this.session = session;
    this.runtime = runtime;
    this.input = input;
    const shape = session.inputMetadata?.find(({ name }) => name === input)?.shape;
    this.declared = shape?.slice(1);
    this.batch = typeof shape?.[0] === "number" && shape[0] > 0 ? shape[0] : undefined;
  }

  /**
   * Opens a file.
   *
   * @throws RangeError or Error for a file that is another one than planned, no ONNX model, or one of several inputs
   */
  static async open(
    what: OnnxGraph["what"],
    choice: GraphChoice,
    found: FoundRuntime,
  ): Promise<OnnxGraph> {
    const file = readOnnxFile(choice.file);
    const digest = digestOf(file);
    if (choice.sha256 !== undefined && choice.sha256 !== digest)
      throw new RangeError(
        `onnx: ${what} must be the file with the digest ${choice.sha256}, got another one in ${choice.file} (${digest}); plan anew`,
      );
    const runtime = runtimeOf(found, choice.file, file);
    const session = (await runtime.InferenceSession.create(file.graph).catch((cause: unknown) => {
      throw new Error(
        `onnx: ${what} must be an ONNX model, got ${choice.file}: ${reasonOf(cause)}`,
        { cause },
      );
    })) as Session;
    return new OnnxGraph(what, session, { runtime, input: inputOf(what, choice, session) });
  }

  /** @throws RangeError for a name that no output has */
  assertOutput(key: string, name: string): void {
    const { outputNames } = this.session;
    if (outputNames.includes(name)) return;
    throw new RangeError(
      `onnx: ${key} of the ${this.what} must be one of its outputs (${this.outputsInWords()}), got ${JSON.stringify(name)}`,
    );
  }

  /** Names and shapes of its outputs. */
  private outputsInWords(): string {
    const { outputNames, outputMetadata } = this.session;
    return outputNames
      .map((name) => {
        const shape = outputMetadata?.find((port) => port.name === name)?.shape;
        return shape === undefined ? name : `${name} ${shownShape(shape.slice(1))}`;
      })
      .join(", ");
  }

  /**
   * Some outputs of rows of the input.
   *
   * @param rows `[n, ...shape]` as the file has its axes
   * @returns `[n, ...]` each, by name
   * @throws RangeError or Error for outputs that are no rows of float32
   */
  async run(
    rows: NdArray<Float32Array>,
    outputs: readonly string[],
  ): Promise<Record<string, NdArray<Float32Array>>> {
    const [count, ...inner] = rows.shape;
    const size = inner.reduce((a, b) => a * b, 1);
    const joined: Record<string, NdArray<Float32Array>> = {};
    const most = this.batch ?? mostRows;
    for (let from = 0; from < count; from += most) {
      const n = Math.min(most, count - from);
      const fed = new Float32Array((this.batch ?? n) * size); // rows beyond the last are zeros
      fed.set(rows.data.subarray(from * size, (from + n) * size));
      const given = await this.call(fed, [this.batch ?? n, ...inner], outputs);
      for (const [name, { data, shape }] of Object.entries(given)) {
        const width = data.length / shape[0];
        joined[name] ??= {
          data: new Float32Array(count * width),
          shape: [count, ...shape.slice(1)],
        };
        joined[name].data.set(data.subarray(0, n * width), from * width);
      }
    }
    return joined;
  }

  private async call(
    data: Float32Array,
    shape: number[],
    outputs: readonly string[],
  ): Promise<Record<string, NdArray<Float32Array>>> {
    const tensor = new this.runtime.Tensor("float32", data, shape);
    const given = await this.session
      .run({ [this.input]: tensor }, outputs)
      .catch((cause: unknown) => {
        throw new Error(
          `onnx: ${this.what} must run on float32 of [${shape.join(", ")}], got: ${reasonOf(cause)}`,
          { cause },
        );
      });
    return Object.fromEntries(
      outputs.map((name) => {
        const { data: values, dims } = given[name];
        if (!(values instanceof Float32Array) || dims[0] !== shape[0])
          throw new RangeError(
            `onnx: ${name} of the ${this.what} must be float32 with a row for each of ${shape[0]}, got [${dims.join(", ")}]`,
          );
        return [name, { data: values, shape: dims }];
      }),
    );
  }

  async close(): Promise<void> {
    await this.session.release();
  }
}

/** The input that is fed: the only one, whose name may be given. */
function inputOf(
  what: OnnxGraph["what"],
  { input, file }: GraphChoice,
  { inputNames }: Session,
): string {
  const [first, ...others] = inputNames;
  if (others.length > 0)
    throw new RangeError(
      `onnx: ${what} must have one input, ${what === "encoder" ? "images" : "latents"}, got ${inputNames.join(", ")} in ${file}; a model that is told something else too cannot be measured`,
    );
  if (input === undefined || input === first) return first;
  throw new RangeError(
    `onnx: input of the ${what} must be its input, ${first}, got ${JSON.stringify(input)}`,
  );
}
