/** Arrays that NumPy 2.4 wrote; the values are those that it reads. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fromNpy, fromNpz } from "../src/index.ts";

const at = (name: string): string =>
  fileURLToPath(new URL(`./files/arrays/${name}`, import.meta.url));
const whole = { testFraction: 0 } as const;

test.each([
  ["big8.npy", [20, 5], [0.6369616985321045, 0.2697867155075073], 0.8223738074302673],
  ["f2.npy", [20, 5], [0.63671875, 0.269775390625], 0.822265625],
  ["bool.npy", [20, 5], [1, 0, 0, 0, 1, 1], 1],
  ["u2.npy", [20, 5], [41743, 17680, 2685], 53894],
  ["i8.npy", [20, 5], [162, 68, 10, 4], 209],
  ["onerow.npy", [1, 5], [0.6369616985321045], 0.8132702112197876],
  ["fortran4d.npy", [7, 4, 3, 2], [0.4799879193305969, 0.2323729246854782], 0.11261366307735443],
])("%s", async (name, shape, first, last) => {
  const { train } = await fromNpy(at(name), whole);
  expect(train.shape).toEqual(shape);
  expect(train.data.subarray(0, first.length)).toEqual(Float32Array.from(first));
  expect(train.data.at(-1)).toBe(Math.fround(last));
});

test("images with their channels first are taken as such when that is said", async () => {
  await expect(fromNpy(at("nchw.npy"), whole)).rejects.toThrow(
    'must end with 1 to 4 channels unless layout is given ("nchw" if they stand before height and width), got [6, 3, 8, 9] in ',
  );
  const { train } = await fromNpy(at("nchw.npy"), { ...whole, layout: "nchw" });
  const stored = await fromNpy(at("nchw.npy"), { ...whole, layout: "nhwc" });
  expect(train.shape).toEqual([6, 8, 9, 3]);
  // Value (i, c, y, x) of the file.
  const place = [5, 2, 7, 3];
  const [i, c, y, x] = place;
  expect(train.data[((i * 8 + y) * 9 + x) * 3 + c]).toBe(
    stored.train.data[((i * 3 + c) * 8 + y) * 9 + x],
  );
});

test.each([
  ["five.npy", "[count, features], got [6, 2, 3, 8, 9] in "],
  ["nan.npy", "values must be finite, got NaN at 5 in "],
  ["obj.npy", 'got "|O" in '],
  ["struct.npy", "header must give descr, fortran_order and shape of a plain array"],
])("%s is refused with its name", async (name, message) => {
  await expect(fromNpy(at(name))).rejects.toThrow(message);
  await expect(fromNpy(at(name))).rejects.toThrow(new RegExp(`^fromNpy: .* in .*${name}$`, "u"));
});

test("labels of every type are the same classes", async () => {
  const labels = async (key: string): Promise<number[]> => {
    const { train } = await fromNpz(at("comp.npz"), { data: "x", labels: key }, whole);
    return [...(train.labels ?? [])];
  };
  const expected = await labels("y");
  expect(new Set(expected)).toEqual(new Set([0, 1, 2]));
  for (const key of ["yu", "yf", "y1", "ycol"]) expect(await labels(key)).toEqual(expected);
  const { train, classNames } = await fromNpz(at("comp.npz"), { data: "x", labels: "ys" }, whole);
  expect(classNames).toEqual(["a", "b", "c"]);
  expect([...(train.labels ?? [])]).toEqual(expected);
  expect(await labels("yb")).toEqual(expected.map((label) => (label > 0 ? 1 : 0)));
});

test.each(["stream.npz", "zip64.npz"])("%s is read", async (name) => {
  const { train } = await fromNpz(at(name), { data: "x", labels: "y" }, whole);
  expect([train.shape, train.labels?.length]).toEqual([[20, 5], 20]);
});
