import { describe, expect, it } from "vitest";
import { firstListing, packagesToInstall } from "../src/readmeExample.ts";

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

describe("packagesToInstall", () => {
  it("are the arguments of the first npm install", () => {
    expect(packagesToInstall("```sh\nnpm i @elbo/a @elbo/b\n```\n\n`npm i x`")).toEqual([
      "@elbo/a",
      "@elbo/b",
    ]);
    expect(packagesToInstall("npm install @elbo/c\n")).toEqual(["@elbo/c"]);
  });

  it("refuses a text that does not say", () => {
    expect(() => packagesToInstall("# a")).toThrow("must say `npm install @elbo/...`");
  });
});
