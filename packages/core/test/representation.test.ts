import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import {
  embed,
  latentDirection,
  manifold,
  moveAlong,
  nearestNeighbours,
  normalQuantile,
  principalComponents,
  Random,
} from "../src/index.ts";
import { spherical, straight, throughData } from "../src/operations/latentPaths.ts";
import { npyOf } from "../src/representation/embed.ts";
import { bars, smallModel } from "./support/models.ts";

const model = smallModel();
const images = bars(20);

test("codes are written as NumPy's format and as a table, and come back", async () => {
  const folder = await emptyFolder();
  const codes = await embed(model, images, { file: join(folder, "codes.npy") });
  expect(codes).toEqual(await model.encode(images));
  const bytes = await readFile(join(folder, "codes.npy"));
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from([0x93, 78, 85, 77, 80, 89, 1, 0]));
  const length = bytes.readUInt16LE(8);
  expect((10 + length) % 64).toBe(0);
  expect(
    bytes
      .subarray(10, 10 + length)
      .toString()
      .trimEnd(),
  ).toBe("{'descr': '<f4', 'fortran_order': False, 'shape': (20, 2), }");
  const values = new Float32Array(
    bytes.buffer.slice(bytes.byteOffset + 10 + length, bytes.byteOffset + bytes.length),
  );
  expect(values).toEqual(codes.data);
  await embed(model, images, { file: join(folder, "codes.csv") });
  const lines = (await readFile(join(folder, "codes.csv"), "utf8")).trim().split("\n");
  expect(lines[0]).toBe("z1,z2");
  expect(Float32Array.from(lines.slice(1).join(",").split(","), Number)).toEqual(codes.data);
  await expect(embed(model, images, { file: "codes.txt" })).rejects.toThrow(
    "embed: file must end in .npy or .csv, got codes.txt",
  );
  expect(
    new TextDecoder().decode(npyOf({ data: Int32Array.of(1), shape: [1] }).subarray(10, 80)),
  ).toContain("'<i4', 'fortran_order': False, 'shape': (1,)");
});

test("the nearest neighbour of a code among all is itself", async () => {
  const codes = await model.encode(images);
  const { indices, distances } = nearestNeighbours(codes, codes, 3);
  expect(indices.shape).toEqual([20, 3]);
  expect(indices.data.filter((_, i) => i % 3 === 0)).toEqual(
    Int32Array.from({ length: 20 }, (_, i) => i),
  );
  expect(distances.data.filter((_, i) => i % 3 === 0)).toEqual(new Float32Array(20));
});

test("principal components are the axes of an ellipse, with its variances", () => {
  const noise = new Float32Array(4000);
  new Random(1).fillNormalInto(noise);
  const [c, s] = [Math.cos(0.5), Math.sin(0.5)];
  const data = noise.map((_, i) => {
    const [a, b] = [3 * noise[i - (i % 2)], noise[i - (i % 2) + 1]];
    return i % 2 === 0 ? 5 + c * a - s * b : s * a + c * b;
  });
  const codes = { data, shape: [2000, 2] };
  const components = principalComponents(codes);
  const { mean, directions, variances, shares } = components;
  expectClose(mean, [5, 0], { atol: 0.2 });
  expectClose(directions.subarray(0, 2), [c, s], { atol: 0.05 });
  expectClose(variances, [9, 1], { rtol: 0.1 });
  expectClose([shares[0] + shares[1]], [1], { rtol: 1e-12 });
  const projected = components.project(codes);
  let variance = 0;
  for (let i = 0; i < 2000; i++) variance += projected.data[2 * i] ** 2 / 1999;
  expectClose([variance], [variances[0]], { rtol: 1e-5 });
});

test("a direction is the difference of the means, and moving along it is decoding moved codes", async () => {
  const codes = await model.encode(images);
  const has = Array.from(images.labels, (label) => label === 0);
  const direction = latentDirection(codes, has);
  const mean = (mark: boolean, d: number) => {
    const own = has.flatMap((h, i) => (h === mark ? [codes.data[2 * i + d]] : []));
    return own.reduce((sum, x) => sum + x / own.length, 0);
  };
  expectClose(
    direction.data,
    [0, 1].map((d) => mean(true, d) - mean(false, d)),
    { rtol: 1e-4, atol: 1e-6 },
  );
  const moved = await moveAlong(model, { x: images, direction }, { strengths: [0, 2] });
  expect(moved.shape).toEqual([20, 2, 8, 8, 1]);
  const still = await model.reconstruct(images);
  expectClose(moved.data.subarray(0, 64), still.data.subarray(0, 64), { atol: 1e-6 });
  const code = codes.data.map((x, i) => x + 2 * direction.data[i % 2]);
  const shown = await model.decode({ data: code as Float32Array, shape: [20, 2] });
  expectClose(moved.data.subarray(64, 128), shown.data.subarray(0, 64), { atol: 1e-6 });
});

test("the manifold's middle is near the origin, its corners at the outer quantiles, of latents or of components", async () => {
  const shown = await manifold(model, { side: 3 });
  expect(shown.shape).toEqual([3, 3, 8, 8, 1]);
  const origin = await model.decode({ data: new Float32Array(2), shape: [1, 2] });
  expectClose(shown.data.subarray(4 * 64, 5 * 64), origin.data, { atol: 1e-6 });
  const q = 0.967421566101701; // of a share 5/6
  const corner = await model.decode({ data: Float32Array.of(-q, q), shape: [1, 2] });
  expectClose(shown.data.subarray(0, 64), corner.data, { atol: 1e-6 });
  const codes = await model.encode(images);
  const plane = principalComponents(codes);
  const ofCodes = await manifold(model, { side: 3, plane });
  const middle = await model.decode({ data: Float32Array.from(plane.mean), shape: [1, 2] });
  expectClose(ofCodes.data.subarray(4 * 64, 5 * 64), middle.data, { atol: 1e-6 });
});

test("a great circle keeps the norm, and the straight line halves it between orthogonal ends", () => {
  const [a, b] = [Float64Array.of(2, 0), Float64Array.of(0, 2)];
  const circle = spherical(a, b, 3);
  expectClose(circle, [2, 0, Math.SQRT2, Math.SQRT2, 0, 2], { atol: 1e-12 });
  expectClose(straight(a, b, 3), [2, 0, 1, 1, 0, 2]);
  expectClose(spherical(a, Float64Array.of(4, 0), 3), [2, 0, 3, 0, 4, 0]);
});

test("the way along the data goes around a gap at even speed", () => {
  const points = 60;
  const codes = Float32Array.from({ length: 2 * points }, (_, i) => {
    const angle = (Math.PI * Math.floor(i / 2)) / (points - 1);
    return i % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
  });
  const way = throughData(codes, 2)(Float64Array.of(1, 0), Float64Array.of(-1, 0), 9);
  for (let i = 0; i < 9; i++) expect(Math.hypot(way[2 * i], way[2 * i + 1])).toBeGreaterThan(0.95);
  expectClose(way.subarray(8, 10), [0, 1], { atol: 0.05 });
  expectClose([way[0], way[1], way[16], way[17]], [1, 0, -1, 0], { atol: 1e-12 });
});

test("interpolation takes the path that it is told, with the same ends", async () => {
  const [a, b] = [0, 1].map((i) => ({
    data: images.data.subarray(64 * i, 64 * i + 64),
    shape: [1, 8, 8, 1],
  }));
  const line = await model.interpolate(a, b, { steps: 5 });
  const circle = await model.interpolate(a, b, { steps: 5, path: "spherical" });
  const data = await model.interpolate(a, b, { steps: 5, path: "data", through: images });
  for (const shown of [circle, data]) {
    expect(shown.shape).toEqual([1, 5, 8, 8, 1]);
    expectClose(shown.data.subarray(0, 64), line.data.subarray(0, 64), { atol: 1e-5 });
    expectClose(shown.data.subarray(256), line.data.subarray(256), { atol: 1e-5 });
  }
  await expect(model.interpolate(a, b, { path: "data" })).rejects.toThrow(
    'interpolate: through must be given with the path "data" and no other, got none',
  );
});

test("quantiles of the normal distribution", () => {
  expectClose(
    [0.5, 0.975, 0.001, 1e-6].map(normalQuantile),
    [0, 1.959963984540054, -3.090232306167813, -4.753424308822899],
    { atol: 1e-7 },
  );
});
