import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { variantNames, variantRun } from "./support/variantRuns.ts";

// A run amplifies the rounding of every step: 50 steps of Adam take 1e-7 to about 1e-4.
const tolerance = { rtol: 1e-3 };

describe.each(variantNames)("%s", (name) => {
  const eager = variantRun(name, { engine: "eager" });

  test.each(["native", "wasm"] as const)("50 steps on %s equal 50 eager steps", async (engine) => {
    const compiled = await variantRun(name, { engine });
    expect(compiled.engine).toBe(`${engine} on cpu`);
    expectClose(compiled.losses, (await eager).losses, tolerance);
  });
});
