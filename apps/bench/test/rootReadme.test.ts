import { runReadmeExample } from "@elbo/test-utils";
import { test, vi } from "vitest";

test("the example of the repository's README runs as it is printed, but for fewer steps", async () => {
  const silence = vi.spyOn(console, "log").mockImplementation(() => undefined);
  try {
    await runReadmeExample({
      url: import.meta.url,
      readme: "../../../README.md",
      replace: { "{ epochs: 10 }": '{ steps: 3, progress: "silent" }' },
    });
  } finally {
    silence.mockRestore();
  }
});
