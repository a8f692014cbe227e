import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodePytorch } from "../src/files/pytorch/decodePytorch.ts";
import type { StoredTensor } from "../src/files/elementTypes.ts";

/** Files of reference/pytorchFiles.py and what PyTorch says that they hold. */
const folder = new URL("reference/pytorch/", import.meta.url);
const bytesOf = (name: string): Promise<Uint8Array> => readFile(new URL(`${name}.pt`, folder));
const expected = JSON.parse(await readFile(new URL("expected.json", folder), "utf8")) as Record<
  string,
  Record<string, { shape: number[]; data: string[] }>
>;

const numbers: Readonly<Record<string, number>> = { inf: Infinity, "-inf": -Infinity, nan: NaN };
const plain = (tensors: ReadonlyMap<string, StoredTensor>): unknown =>
  Object.fromEntries(
    [...tensors].map(([name, { data, shape }]) => [name, { shape, data: [...data] }]),
  );

test.each(
  ["layers", "kinds", "views", "checkpoint"].flatMap((name) => [
    [name, name],
    [`${name}-old`, name],
  ]),
)("%s.pt is read as PyTorch reads it", async (file, name) => {
  const truth = Object.entries(expected[name]).map(([key, { shape, data }]) => [
    key,
    { shape, data: data.map((text) => numbers[text] ?? Number(text)) },
  ]);
  expect(plain(decodePytorch(await bytesOf(file), file))).toEqual(Object.fromEntries(truth));
});

test("floats are 32-bit ones, but for doubles; integers and flags keep to integers", async () => {
  const kinds = decodePytorch(await bytesOf("kinds"), "kinds");
  const names = [...kinds].map(([name, { data }]) => [name, data.constructor.name]);
  expect(Object.fromEntries(names)).toEqual({
    half: "Float32Array",
    brain: "Float32Array",
    double: "Float64Array",
    short: "Int32Array",
    bytes: "Uint8Array",
    signs: "Int32Array",
    flags: "Uint8Array",
    empty: "Float32Array",
    number: "Float32Array",
    infinite: "Float32Array",
  });
});

test("tied tensors share their memory", async () => {
  const views = decodePytorch(await bytesOf("views"), "views");
  expect(views.get("tied")?.data.buffer).toBe(views.get("whole")?.data.buffer);
});

const rule = "must hold the tensors of a state_dict as torch.save writes them, got";

test.each([
  ["attack", /posix\.system \(save model\.state_dict\(\) alone\)/u],
  ["module", /torch\.nn\.modules\.\S+ \(save model\.state_dict\(\) alone\)/u],
  ["wide", /integers of more than 32 bits/u],
])("%s.pt is refused by what it holds", async (name, reason) => {
  const bytes = await bytesOf(name);
  expect(() => decodePytorch(bytes, "x.pt")).toThrow(reason);
  expect(() => decodePytorch(bytes, "x.pt")).toThrow(`decodePytorch: x.pt ${rule}`);
});

/** A pickle of protocol 2 behind the first three of an old file. */
const oldFile = async (pickle: string): Promise<Uint8Array> => {
  const begin = (await bytesOf("views-old")).subarray(0, headBytes(await bytesOf("views-old")));
  return Uint8Array.from([...begin, ...Buffer.from(`\x80\x02${pickle}`, "latin1")]);
};
/** Magic number, version and system end with the third STOP that a PROTO follows. */
function headBytes(bytes: Uint8Array): number {
  let pickles = 0;
  for (let at = 0; ; at++) {
    if (bytes[at] === 0x2e && bytes[at + 1] === 0x80 && ++pickles === 3) return at + 1;
  }
}

test("dictionaries that hold one another a thousand times a thousand times are refused soon", async () => {
  // d = {}; then nine times d = {0: d, 1: d, ..., 99: d}
  const layer = (key: number): string =>
    `}(${Array.from({ length: 100 }, (_, i) => `K${String.fromCharCode(i)}h${String.fromCharCode(key)}`).join("")}u`;
  let pickle = "}q\x00";
  for (let key = 1; key < 8; key++) pickle += `0${layer(key - 1)}q${String.fromCharCode(key)}`;
  const bytes = await oldFile(`${pickle}.\x80\x02].`);
  expect(() => decodePytorch(bytes, "x.pt")).toThrow("dictionaries within dictionaries");
});

test.each([
  ["what calls a value", "K\x01)R.", "a call of something else than a constructor"],
  ["an empty stack", ".", "a value that is not there"],
  ["a value that is not remembered", "h\x07.", "a value that is not remembered"],
  ["an unknown opcode", "\xff.", "opcode 0xff"],
  ["a text beyond the file", "X\xff\xff\xff\x7fa.", "the end of the file"],
  ["a dictionary that holds itself", "}q\x00K\x01h\x00s.\x80\x02].", "without an end"],
])("%s is refused", async (_, pickle, reason) => {
  const bytes = await oldFile(pickle);
  expect(() => decodePytorch(bytes, "x.pt")).toThrow(reason);
});

test("a dictionary without tensors, and bytes of another kind", async () => {
  const nothing = await oldFile("}.\x80\x02].");
  expect(() => decodePytorch(nothing, "x.pt")).toThrow(
    "decodePytorch: x.pt must hold a dictionary of tensors, got none",
  );
  expect(() => decodePytorch(new Uint8Array(0), "x.pt")).toThrow(rule);
  expect(() => decodePytorch(Buffer.from("PK no ZIP"), "x.pt")).toThrow("a ZIP directory");
});

test.each(["checkpoint", "checkpoint-old", "kinds", "views-old"])(
  "random damage to %s.pt is refused in one sentence, or harmless",
  async (name) => {
    const bytes = await bytesOf(name);
    const size = bytes.length;
    fc.assert(
      fc.property(fc.nat(size - 1), fc.nat(255), fc.option(fc.nat(size)), (at, value, cut) => {
        const damaged = Uint8Array.from(bytes.subarray(0, cut ?? size));
        if (at < damaged.length) damaged[at] = value;
        try {
          decodePytorch(damaged, "x.pt");
        } catch (error) {
          expect((error as Error).message).toMatch(/^decodePytorch: x\.pt must hold .*, got .+$/u);
        }
      }),
      { numRuns: 500, seed: 1 },
    );
  },
);

test("members of a ZIP file that overlap are refused before they take memory", async () => {
  // The directory says that every storage is where data.pkl is.
  const bytes = Uint8Array.from(await bytesOf("kinds"));
  const view = new DataView(bytes.buffer);
  const entries: number[] = [];
  for (let at = 0; at + 46 < bytes.length; at++) {
    if (view.getUint32(at, true) === 0x02014b50) entries.push(at);
  }
  const large = entries.find((at) => view.getUint32(at + 24, true) > 500) ?? 0; // data.pkl
  for (const at of entries) {
    const name = Buffer.from(
      bytes.subarray(at + 46, at + 46 + view.getUint16(at + 28, true)),
    ).toString();
    if (!name.includes("/data/")) continue;
    for (const field of [20, 24, 42])
      view.setUint32(at + field, view.getUint32(large + field, true), true);
  }
  expect(() => decodePytorch(bytes, "x.pt")).toThrow("storages that overlap");
});
