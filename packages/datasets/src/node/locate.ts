/** Where the files of a set are searched, in this order: the caller's folder, the cache, the system, a download. */
import { join } from "node:path";
import { reasonOf } from "@elbo/common";
import type { PublishedFile, PublishedSet } from "../catalog.ts";
import type { LoadOptions } from "../loadOptions.ts";
import { cacheFolder, systemFolders } from "./cacheFolder.ts";
import { digestRule, verifyFile } from "./digest.ts";
import { downloadFile } from "./download.ts";
import { isPresent } from "./files.ts";

/** A set that is being loaded. */
export interface Request {
  readonly name: string;
  readonly set: PublishedSet;
  readonly options: LoadOptions;
}

/** A file that was found. */
export interface Found {
  readonly path: string;
  /** Who vouches for it: `caller` and `system` files may be compressed in another way than published. */
  readonly place: "caller" | "cache" | "system";
}

/**
 * Folders to search before the cache.
 *
 * @throws Error when the caller's folder does not exist
 */
export async function callerFolders({ name, options }: Request): Promise<readonly string[]> {
  const { folder } = options;
  if (folder === undefined) return [];
  if (!(await isPresent(folder))) {
    throw new Error(`load(${JSON.stringify(name)}): folder must exist, got ${folder}`);
  }
  return [folder, join(folder, name)];
}

/** Path of a file in the cache. */
export function cachePath({ name, options }: Request, file: PublishedFile): string {
  return join(options.cache ?? cacheFolder(), "datasets", name, file.name);
}

async function firstPresent(
  folders: readonly string[],
  names: readonly string[],
): Promise<string | undefined> {
  for (const folder of folders) {
    for (const name of names) {
      const path = join(folder, name);
      if (await isPresent(path)) return path;
    }
  }
  return undefined;
}

/**
 * Finds a file of a set, or downloads it.
 *
 * @param request set and options
 * @param file which file
 * @param names names it may have outside the cache, such as without `.gz`
 * @throws Error naming the file, every place that was searched, and how to provide it
 */
export async function locate(
  request: Request,
  file: PublishedFile,
  names: readonly string[] = [file.name],
): Promise<Found> {
  const own = await callerFolders(request);
  const given = await firstPresent(own, names);
  if (given !== undefined) return { path: given, place: "caller" };

  const cached = cachePath(request, file);
  const notes: string[] = [];
  if (await isPresent(cached)) {
    const wrong = await whyWrong(cached, file);
    if (wrong === undefined) return { path: cached, place: "cache" };
    notes.push(`the cached file is wrong (${wrong})`);
  }
  const system = systemFolders().map((folder) => join(folder, request.name));
  const shared = await firstPresent(system, names);
  if (shared !== undefined) return { path: shared, place: "system" };

  if (request.options.download === false) notes.push("downloads are off");
  else {
    try {
      await downloadPublished(request, file);
      return { path: cached, place: "cache" };
    } catch (error) {
      request.options.signal?.throwIfAborted();
      notes.push(`the download failed (${reasonOf(error)})`);
    }
  }
  const places = [...own, cached, ...system].join(", ");
  throw new Error(
    `load(${JSON.stringify(request.name)}): ${file.name} must be in one of ${places}, got none there, and ${notes.join(", and ")}; put the file into one of these places or pass its folder as options.folder (${digestRule(file)})`,
  );
}

async function whyWrong(path: string, file: PublishedFile): Promise<string | undefined> {
  return verifyFile(path, file).then(() => undefined, reasonOf);
}

async function downloadPublished(request: Request, file: PublishedFile): Promise<void> {
  const { set, name, options } = request;
  const { mirrors = set.mirrors, onProgress, signal, timeout, attempts } = options;
  await downloadFile({
    file: cachePath(request, file),
    addresses: mirrors.map((mirror) => new URL(file.name, `${mirror.replace(/\/*$/u, "")}/`).href),
    maxBytes: file.maxBytes,
    verify: (path) => verifyFile(path, file),
    ...(onProgress
      ? {
          onProgress: (received: number, total: number | undefined) => {
            onProgress({ dataset: name, file: file.name, received, total: file.bytes ?? total });
          },
        }
      : {}),
    ...(signal ? { signal } : {}),
    ...(timeout === undefined ? {} : { timeout }),
    ...(attempts === undefined ? {} : { attempts }),
  });
}
