import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** What decides where a user's cache lies. */
export interface Surroundings {
  readonly platform: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

function here(): Surroundings {
  return { platform: process.platform, home: homedir(), env: process.env };
}

/**
 * Folder for downloaded sets: `ELBO_CACHE`, else `elbo` in the cache folder that the platform gives each user.
 *
 * @param surroundings platform, home folder and environment; by default those of this process
 */
export function cacheFolder({ platform, home, env }: Surroundings = here()): string {
  const { ELBO_CACHE, LOCALAPPDATA, XDG_CACHE_HOME } = env;
  if (ELBO_CACHE) return ELBO_CACHE;
  if (platform === "win32") return join(LOCALAPPDATA ?? join(home, "AppData", "Local"), "elbo");
  if (platform === "darwin") return join(home, "Library", "Caches", "elbo");
  // The XDG specification asks to ignore relative paths.
  const isUsable = XDG_CACHE_HOME !== undefined && isAbsolute(XDG_CACHE_HOME);
  return join(isUsable ? XDG_CACHE_HOME : join(home, ".cache"), "elbo");
}

/**
 * Folders where an operating system keeps data sets for all users, such as Debian's `/usr/share/datasets`.
 *
 * @param surroundings platform and environment; by default those of this process
 */
export function systemFolders({ platform, env }: Surroundings = here()): readonly string[] {
  if (platform === "win32") return [];
  return (env["XDG_DATA_DIRS"] || "/usr/local/share:/usr/share")
    .split(":")
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, "datasets"));
}
