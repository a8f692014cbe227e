import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf } from "@elbo/common";
import type { Skipped } from "../../dataset.ts";

/** One image file of a folder. */
export interface ImageFile {
  readonly path: string;
  /** Name of the sub-folder it lies in; undefined when it lies in the folder itself. */
  readonly className?: string;
}

/** What a folder holds. */
export interface FoundImages {
  readonly files: readonly ImageFile[];
  /** What was passed over, with the reason. */
  readonly skipped: readonly Skipped[];
}

/** How to look for images. */
export interface Search {
  readonly caller: string;
  /** Whether sharp reads other kinds than PNG and JPEG. */
  readonly hasSharp: boolean;
  /** Whether what cannot be read is passed over. */
  readonly isSkipping: boolean;
}

const ours = /\.(png|jpe?g|jfif|jpe)$/iu;
const sharps = /\.(webp|gif|tiff?|avif)$/iu;
/** Images all the same, so that nobody misses them without a word. */
const nobodys =
  /\.(bmp|dib|p[bgpn]m|pfm|tga|ico|cur|heic|heif|svgz?|jp2|j2k|jxl|psd|xcf|exr|hdr|dds|pcx|cr2|cr3|nef|arw|dng|raw)$/iu;
/** What systems and archivers put into folders: none of it is the owner's. */
const systems = new Set([
  "__MACOSX",
  "@eaDir",
  "#recycle",
  "$RECYCLE.BIN",
  "System Volume Information",
  "lost+found",
]);

/** What a folder holds that is no good, in the words of a refusal. */
class Unfit extends RangeError {
  readonly path: string;
  constructor(rule: string, got: string, path: string) {
    super([`${rule}, got`, got, path].filter((part) => part !== "").join(" "));
    this.path = path;
  }
}

class Finder {
  readonly files: ImageFile[] = [];
  readonly skipped: Skipped[] = [];
  readonly #search: Search;

  constructor(search: Search) {
    this.#search = search;
  }

  /** @returns how many images there are in the folder */
  async search(folder: string, className: string | undefined): Promise<number> {
    const before = this.files.length;
    const entries = (await readdir(folder, { withFileTypes: true }))
      .filter(({ name }) => !name.startsWith(".") && !systems.has(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        const found = await this.search(path, className ?? entry.name);
        if (found === 0) this.#refuse("every folder must hold at least one image", "none in", path);
      } else if (entry.isSymbolicLink()) {
        // Passed over, a linked class would be missing without a word; followed, it reads outside of the folder.
        this.#refuse("folder must hold files and folders of its own", "a link at", path);
      } else this.#take(entry.name, { path, isFile: entry.isFile(), className });
    }
    return this.files.length - before;
  }

  #take(
    name: string,
    { path, isFile, className }: { path: string; isFile: boolean; className: string | undefined },
  ): void {
    const isSharps = sharps.test(name);
    if (isSharps && !this.#search.hasSharp) {
      const rule = "images must be PNG or JPEG unless sharp is installed (npm install sharp)";
      this.#refuse(rule, "", path);
    } else if (nobodys.test(name)) {
      this.#refuse("images must be PNG, JPEG, WebP, GIF, TIFF or AVIF", "", path);
    } else if (isSharps || ours.test(name)) {
      // Opening a pipe waits for whoever writes into it.
      if (!isFile) this.#refuse("images must be regular files", "another kind at", path);
      else this.files.push({ path, ...(className === undefined ? {} : { className }) });
    }
  }

  #refuse(rule: string, got: string, path: string): void {
    const unfit = new Unfit(rule, got, path);
    if (!this.#search.isSkipping) throw unfit;
    this.skipped.push({ path, reason: unfit.message });
  }
}

/**
 * The image files of a folder and its sub-folders, in alphabetical order. Hidden files, the folders of systems and archivers,
 * and files that are no images are passed over.
 *
 * @param folder path of the folder
 * @param search what may be read, and what happens to the rest
 * @throws Error when the folder cannot be read, RangeError when it holds no image, and, unless skipping, for an empty folder,
 * an image that cannot be read, a symbolic link, or an image that is no regular file
 */
export async function findImages(folder: string, search: Search): Promise<FoundImages> {
  const { caller } = search;
  const finder = new Finder(search);
  try {
    await finder.search(folder, undefined);
  } catch (error) {
    if (error instanceof Unfit)
      throw new RangeError(`${caller}: ${error.message}`, { cause: error });
    throw new Error(`${caller}: folder must be readable, got ${folder} (${reasonOf(error)})`, {
      cause: error,
    });
  }
  if (finder.files.length === 0) {
    throw new RangeError(`${caller}: folder must hold images, got none in ${folder}`);
  }
  return finder;
}
