import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { reasonOf } from "@elbo/common";
import type { PublishedFile } from "../catalog.ts";

/** The rule that a file or its content must have a digest, as messages put it. */
export function digestRule({ digest }: PublishedFile): string {
  const name = digest.algorithm === "md5" ? "MD5" : "SHA-256";
  const whose = digest.of === "content" ? "decompressed content" : "file";
  return `the ${whose} must have the ${name} ${digest.hex}`;
}

/**
 * Refuses a file on disk that is not the published one; reads it as a stream.
 *
 * @param path file, compressed as published
 * @param file what it should be
 * @throws Error with the digest that was expected and the one that was found
 */
export async function verifyFile(path: string, file: PublishedFile): Promise<void> {
  const hash = createHash(file.digest.algorithm);
  let bytes = 0;
  const limit = file.digest.of === "content" ? (file.contentBytes ?? Infinity) : Infinity;
  const digest = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > limit) throw new Error(`more than ${String(limit)} bytes`);
      hash.update(chunk);
    }
  };
  try {
    if (file.digest.of === "content") {
      await pipeline(createReadStream(path), createGunzip(), digest);
    } else {
      await pipeline(createReadStream(path), digest);
    }
  } catch (error) {
    throw new Error(`verifyFile: ${digestRule(file)}, got ${reasonOf(error)}`, { cause: error });
  }
  const found = hash.digest("hex");
  if (found !== file.digest.hex) {
    throw new Error(`verifyFile: ${digestRule(file)}, got ${found}`);
  }
}
