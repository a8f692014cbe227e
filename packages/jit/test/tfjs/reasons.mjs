/** Why a test that does not pass need not. */

/** Tests of covered kernels by file and name. */
const known = {
  "ops/gather gather throws when index is out of bound":
    "indices are not known while tracing; the runtime refuses them when the step runs (negative ones count from the end)",
  "ops/step step kernel propagates NaNs":
    "step is the gradient of relu and abs: where x is NaN, the forward value already is; keeping it here too takes a second pass",
  "ops/step step kernel with 1d tensor and alpha": "as above",
  "ops/tan tan numbers exceed float32 precision":
    "tan(3.141559) is off by one unit in the last place of 30144; the test asks for an absolute 1e-3",
};

/** Tests outside of what is compiled, by what they fail with. */
const outside = [
  [/got string/, () => "strings"],
  [/Kernel 'Complex' not registered/, () => "complex numbers"],
  [/Kernel '(\w+)' not registered/, (match) => `kernel ${match[1]}, not covered`],
];

/** @type {import("./index.d.mts").reasonFor} */
export function reasonFor({ file, name, message }) {
  const reason = known[`${file} ${name}`];
  if (reason) return { covered: true, reason };
  for (const [pattern, describe] of outside) {
    const match = pattern.exec(message);
    if (match) return { covered: false, reason: describe(match) };
  }
  return undefined;
}
