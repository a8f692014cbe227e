import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * The page's script: `src/page/main.ts` with everything that it imports, the runner of plans among them, as one script for browsers.
 *
 * @returns JavaScript that may stand in a script element
 */
export async function pageScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../page/main.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    target: "es2022",
    minify: true,
    conditions: ["@elbo/source"],
    legalComments: "none",
    logLevel: "silent",
    absWorkingDir: fileURLToPath(new URL("../../../..", import.meta.url)),
  });
  return outputFiles[0].text.replaceAll("</script", "<\\/script");
}
