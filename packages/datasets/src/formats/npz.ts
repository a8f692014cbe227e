/** NPZ, several NPY files in one ZIP file. */
import { crc32, memberBytes, zipMembers } from "@elbo/common";
import type { ZipMember } from "@elbo/common";
import type { StoredArray } from "./arrayFile.ts";
import { inflate, inflateStart } from "./inflate.ts";
import { checkNpySize, decodeNpy, decodeNpyHeader, maxNpyHeaderBytes } from "./npy.ts";

/** An opened NPZ file: nothing is decompressed before it is asked for. */
export interface Npz {
  /** Names of the arrays, without the ending `.npy`. */
  readonly keys: readonly string[];
  /** Decompresses one array; throws RangeError when there is none of that name or it is damaged. */
  read(key: string): StoredArray;
}

/**
 * Opens an NPZ file.
 *
 * @param bytes the whole file
 * @throws RangeError when it is not a ZIP file or its directory is damaged
 */
export function openNpz(bytes: Uint8Array): Npz {
  const members = new Map(
    zipMembers(bytes).map((member) => [member.name.replace(/\.npy$/u, ""), member]),
  );
  const keys = [...members.keys()];
  return {
    keys,
    read(key) {
      const member = members.get(key);
      if (member === undefined) {
        throw new RangeError(
          `readNpz: key must be among ${keys.slice(0, 20).join(", ")}, got ${JSON.stringify(key)}`,
        );
      }
      return readMember(bytes, member);
    },
  };
}

function readMember(bytes: Uint8Array, member: ZipMember): StoredArray {
  const stored = memberBytes(bytes, member);
  if (stored.length !== member.compressedSize) {
    throw new RangeError(
      `readNpz: ${JSON.stringify(member.name)} must hold ${String(member.compressedSize)} bytes, got ${String(stored.length)}`,
    );
  }
  if (!member.isDeflated) {
    checkContent(stored, member);
    return decodeNpy(stored);
  }
  // What the array's own header does not promise is never unpacked.
  const head = inflateStart(stored, Math.min(member.size, maxNpyHeaderBytes), "raw");
  checkNpySize(decodeNpyHeader(head), member.size);
  const content = inflate(stored, member.size, "raw");
  checkContent(content, member);
  return decodeNpy(content, "shared");
}

function checkContent(content: Uint8Array, member: ZipMember): void {
  if (content.length === member.size && crc32(content) === member.crc) return;
  throw new RangeError(
    `readNpz: ${JSON.stringify(member.name)} must have the size and CRC-32 that the directory gives, got others`,
  );
}
