import { defineProject } from "vitest/config";

export default defineProject({
  ssr: { resolve: { conditions: ["@elbo/source"] } },
  test: {
    name: "bench",
    include: ["test/**/*.test.ts"],
    testTimeout: 300_000,
  },
});
