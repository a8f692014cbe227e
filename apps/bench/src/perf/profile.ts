/** @file ONNX Runtime's profiles, by operator and shape. A profile is a JSON array of events in Chrome's trace format, times in µs. */

/** One event, as far as it is read here. */
interface ProfileEvent {
  readonly cat?: string;
  readonly name?: string;
  readonly dur?: number;
  readonly ts?: number;
  readonly args?: {
    readonly op_name?: string;
    readonly node_index?: string;
    readonly input_type_shape?: readonly TypedShape[];
    readonly output_type_shape?: readonly TypedShape[];
  };
}

/** What one operator took on operands of one set of shapes. */
export interface ProfileRow {
  readonly operator: string;
  /** `128x784 784x400 -> 128x400`. */
  readonly shapes: string;
  /** How often it ran per run of the model. */
  readonly calls: number;
  /** ms per run of the model. */
  readonly ms: number;
}

/**
 * The runs of a model, each operator as in the run that was quickest for it: what it costs where nothing else wants the processor. (On a
 * machine that others use, medians grow with the length of an operator, because the longer ones are interrupted.)
 */
export interface Profile {
  /** How many runs were taken together. */
  readonly runs: number;
  /** ms per run of the whole model. */
  readonly modelMs: number;
  /** The longest first. */
  readonly rows: readonly ProfileRow[];
}

/**
 * Reads a profile.
 *
 * @param text the file; one that was cut off before its end is read as far as it goes
 * @param skip how many runs at its start are left out, because they allocate
 * @returns undefined when it holds no more runs than that
 * @throws TypeError when it is not a list of events
 */
export function parseProfile(text: string, skip = 0): Profile | undefined {
  const events = parseEvents(text);
  const runs = events.filter(({ cat, name }) => cat === "Session" && name === "model_run");
  const kept = [...runs].sort((a, b) => (a.ts ?? 0) - (b.ts ?? 0)).slice(skip);
  if (kept.length === 0) return undefined;
  const start = kept[0].ts ?? 0;
  const nodes = events.filter(
    ({ cat, name, ts }) =>
      cat === "Node" && (name ?? "").endsWith("_kernel_time") && (ts ?? 0) >= start,
  );
  return {
    runs: kept.length,
    modelMs: least(kept),
    rows: rowsOf(nodes, kept.length),
  };
}

function parseEvents(text: string): ProfileEvent[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = JSON.parse(`${text.slice(0, text.lastIndexOf("}") + 1)}]`);
  }
  if (!Array.isArray(parsed)) {
    throw new TypeError(`parseProfile: text must be a list of events, got ${typeof parsed}`);
  }
  return parsed as ProfileEvent[];
}

function rowsOf(events: readonly ProfileEvent[], runs: number): ProfileRow[] {
  const rows = new Map<string, ProfileRow>();
  for (const node of groups(
    events,
    ({ name, args }) => `${name ?? ""} ${args?.node_index ?? ""}`,
  )) {
    const row = { operator: node[0].args?.op_name ?? "?", shapes: shapesOf(node[0]) };
    const key = `${row.operator} ${row.shapes}`;
    const { calls = 0, ms = 0 } = rows.get(key) ?? {};
    const perRun = node.length / runs;
    const nodeMs = perRun * least(node);
    rows.set(key, { ...row, calls: calls + perRun, ms: ms + nodeMs });
  }
  return [...rows.values()].sort((a, b) => b.ms - a.ms);
}

function groups(
  events: readonly ProfileEvent[],
  keyOf: (event: ProfileEvent) => string,
): ProfileEvent[][] {
  const found = new Map<string, ProfileEvent[]>();
  for (const event of events) {
    const key = keyOf(event);
    const group = found.get(key);
    if (group) group.push(event);
    else found.set(key, [event]);
  }
  return [...found.values()];
}

/** Rows of one operator added up, the longest first. */
export function byOperator(rows: readonly ProfileRow[]): ProfileRow[] {
  const sums = new Map<string, ProfileRow>();
  for (const { operator, calls, ms } of rows) {
    const sum = sums.get(operator);
    sums.set(operator, {
      operator,
      shapes: "",
      calls: calls + (sum?.calls ?? 0),
      ms: ms + (sum?.ms ?? 0),
    });
  }
  return [...sums.values()].sort((a, b) => b.ms - a.ms);
}

type TypedShape = Readonly<Record<string, readonly number[]>>;

/** Shapes without the small integer operands that say where to slice or how to pad; repeated ones are counted. */
function shapesOf({ args }: ProfileEvent): string {
  const inputs = (args?.input_type_shape ?? []).filter(
    (operand, i) => i === 0 || !("int64" in operand),
  );
  return `${shapeTexts(inputs)} -> ${shapeTexts(args?.output_type_shape ?? [])}`;
}

function shapeTexts(operands: readonly TypedShape[]): string {
  const counted: { text: string; count: number }[] = [];
  for (const operand of operands) {
    const text = Object.values(operand)[0]?.join("x") || "scalar";
    const last = counted.at(-1);
    if (last?.text === text) last.count++;
    else counted.push({ text, count: 1 });
  }
  return counted
    .map(({ text, count }) => (count > 2 ? `${count}*(${text})` : `${text} `.repeat(count).trim()))
    .join(" ");
}

const least = (events: readonly ProfileEvent[]): number =>
  Math.min(...events.map(({ dur = 0 }) => dur)) / 1000;
