import { expect, test } from "vitest";
import { bars, smallModel } from "./support/models.ts";

test("decode(encode(x)) equals reconstruct(x) bit for bit", async () => {
  const model = smallModel();
  const x = bars(5);
  const code = await model.encode(x);
  expect(code.shape).toEqual([5, 2]);
  const decoded = await model.decode(code);
  const reconstructed = await model.reconstruct(x);
  expect(decoded.shape).toEqual([5, 8, 8, 1]);
  expect(decoded.data).toEqual(reconstructed.data);
  model.dispose();
});
