import { defineProject } from "vitest/config";

export default defineProject({
  ssr: { resolve: { conditions: ["@elbo/source"] } },
  test: {
    name: "bench",
    include: ["test/**/*.test.ts"],
    setupFiles: ["@elbo/test-utils/tfjsCpu"],
    isolate: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
