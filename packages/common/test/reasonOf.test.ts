import { expect, test } from "vitest";
import { reasonOf } from "../src/reasonOf.ts";

test.each([
  [new Error("no  such file"), "no such file"],
  [new Error("\nCannot find module\nRequire stack:\n- a.js"), "Cannot find module"],
  [new RangeError(""), "RangeError"],
  ["thrown text", "thrown text"],
  [undefined, "undefined"],
])("the reason of %s is one line", (error, text) => {
  expect(reasonOf(error)).toBe(text);
});
