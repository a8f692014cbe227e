import { describe, expect, it } from "vitest";
import { firstListing } from "../src/readmeExample.ts";

describe("firstListing", () => {
  it("is the first TypeScript listing, without its fences", () => {
    const markdown =
      "# a\n\n```sh\nnpm i a\n```\n\n```ts\nlet a = 1;\n\na++;\n```\n\n```ts\nb\n```\n";
    expect(firstListing(markdown)).toBe("let a = 1;\n\na++;\n");
  });

  it("refuses a text without one", () => {
    expect(() => firstListing("# a\n\n```js\n1\n```\n")).toThrow("must hold a ```ts listing");
  });
});
