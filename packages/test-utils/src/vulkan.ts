import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { findChromium } from "./chromium.ts";

/** The description of a Vulkan driver: what `VK_ICD_FILENAMES` says, or the software renderer that Chromium brings. */
function findDriver(): string | undefined {
  const besideChromium = join(dirname(findChromium() ?? ""), "vk_swiftshader_icd.json");
  return [
    process.env.VK_ICD_FILENAMES,
    besideChromium,
    "/usr/lib/chromium/vk_swiftshader_icd.json",
  ].find((file) => file !== undefined && existsSync(file));
}

/**
 * The environment in which a process finds WebGPU natively; drivers are looked for when a process starts, so this is for
 * a child.
 *
 * @param folder an empty folder, for the driver's sockets
 * @returns `undefined` where there is no driver
 */
export function webgpuEnvironment(folder: string): NodeJS.ProcessEnv | undefined {
  const driver = findDriver();
  if (driver === undefined) return undefined;
  return {
    ...process.env,
    VK_ICD_FILENAMES: driver,
    // Chromium brings the loader of drivers too, beside its own.
    LD_LIBRARY_PATH: [dirname(driver), process.env.LD_LIBRARY_PATH ?? ""].join(":"),
    XDG_RUNTIME_DIR: folder,
  };
}
