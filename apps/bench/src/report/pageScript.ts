import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * The page's script: `src/page/main.ts` with everything that it imports, the runner of plans among them, as one script for browsers.
 *
 * @returns JavaScript that may stand in a script element
 */
export const pageScript = (): Promise<string> => bundled("main.ts");

/**
 * A file of `src/page` with everything that it imports, as one script for browsers.
 *
 * @returns JavaScript that may stand in a script element
 */
export async function bundled(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../page/${name}`, import.meta.url))],
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
