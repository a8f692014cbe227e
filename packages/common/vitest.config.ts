import { defineProject } from "vitest/config";

export default defineProject({
  ssr: { resolve: { conditions: ["@elbo/source"] } },
  test: {
    name: "common",
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
