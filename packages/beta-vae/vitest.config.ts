import { defineProject } from "vitest/config";

export default defineProject({
  ssr: { resolve: { conditions: ["@elbo/source"] } },
  test: {
    name: "beta-vae",
    include: ["test/**/*.test.ts"],
    setupFiles: ["@elbo/test-utils/tfjsCpu"],
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
