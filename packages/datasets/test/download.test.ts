import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyFolder } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { downloadFile } from "../src/node/download.ts";
import type { Download } from "../src/node/download.ts";
import { send, serve } from "./server.ts";

const content = Uint8Array.from(randomBytes(300_000));
const digest = createHash("sha256").update(content).digest("hex");

async function verify(path: string): Promise<void> {
  const found = createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
  if (found !== digest) throw new Error(`the digest must be ${digest}, got ${found}`);
}

/** A quick download into a new folder. */
async function job(
  addresses: readonly string[],
  options: Partial<Download> = {},
): Promise<Download & { readonly folder: string }> {
  const folder = await emptyFolder();
  const file = join(folder, "set", "data.bin");
  const quick = { timeout: 1000, attempts: 3, pause: 10, maxBytes: 400_000 };
  return { folder, file, addresses, verify, ...quick, ...options };
}

/** The rest of the file's folder, which holds nothing once a download has succeeded. */
async function leftovers({ folder }: { readonly folder: string }): Promise<string[]> {
  return (await readdir(join(folder, "set"))).filter((name) => name !== "data.bin");
}

async function expectDone(download: Download & { readonly folder: string }): Promise<void> {
  expect(Buffer.compare(await readFile(download.file), content)).toBe(0);
  expect(await leftovers(download)).toEqual([]);
}

async function expectDownload(...given: Parameters<typeof job>): Promise<void> {
  const download = await job(...given);
  await downloadFile(download);
  await expectDone(download);
}

async function expectNothing(download: Download & { readonly folder: string }): Promise<void> {
  const left = await leftovers(download);
  expect(await readdir(join(download.folder, "set"))).toEqual(left);
  expect(left.filter((name) => name.endsWith(".lock"))).toEqual([]);
}

test("a file arrives, with progress up to its size", async () => {
  const { address } = await serve((request, response) => send(request, response, { content }));
  const seen: (readonly [number, number | undefined])[] = [];
  const download = await job([`${address}data.bin`], {
    onProgress: (received, total) => seen.push([received, total]),
  });
  await downloadFile(download);
  await expectDone(download);
  expect(seen.at(-1)).toEqual([content.length, content.length]);
  expect(seen.every(([received], i) => i === 0 || received > (seen[i - 1]?.[0] ?? 0))).toBe(true);
});

test("the right file is not asked for again and a wrong one is replaced", async () => {
  const { address, ranges } = await serve((request, response) =>
    send(request, response, { content }),
  );
  const download = await job([address]);
  await downloadFile(download);
  await downloadFile(download);
  expect(ranges).toEqual(["all"]);
  await writeFile(download.file, "damaged");
  await downloadFile(download);
  await expectDone(download);
});

test("a transfer that is cut goes on where it stopped", async () => {
  const { address, ranges } = await serve((request, response, count) => {
    send(request, response, { content, ...(count < 2 ? { cutAfter: 100_000 } : {}) });
  });
  await expectDownload([address]);
  expect(ranges).toEqual(["all", "bytes=100000-", "bytes=200000-"]);
});

test("a server that stalls is left after the timeout and asked for the rest", async () => {
  const { address, ranges } = await serve((request, response, count) => {
    send(request, response, { content, ...(count === 0 ? { stallAfter: 50_000 } : {}) });
  });
  await expectDownload([address]);
  expect(ranges).toEqual(["all", "bytes=50000-"]);
});

test("a server that never answers is given up for the next mirror", async () => {
  const silent = await serve(() => undefined);
  const good = await serve((request, response) => send(request, response, { content }));
  await expectDownload([silent.address, good.address], { attempts: 2 });
  expect(silent.ranges).toHaveLength(2);
});

test("redirects are followed, also to another path, and end after five", async () => {
  const { address } = await serve((request, response) => {
    if (request.url === "/real/data.bin") send(request, response, { content });
    else response.writeHead(302, { location: "/real/data.bin" }).end("moved");
  });
  await expectDownload([`${address}data.bin`]);

  const circle = await serve((_, response) => response.writeHead(301, { location: "/" }).end());
  await expect(downloadFile(await job([circle.address]))).rejects.toThrow("more than 5 redirects");
  expect(circle.ranges).toHaveLength(6);
  const away = await serve((_, response) =>
    response.writeHead(302, { location: "file:///etc/passwd" }).end(),
  );
  await expect(downloadFile(await job([away.address]))).rejects.toThrow(
    "redirect from http: to file:",
  );
});

test("wrong bytes are not kept, and the next mirror is asked", async () => {
  const wrong = content.map((byte, i) => (i === 1234 ? byte ^ 1 : byte));
  const bad = await serve((request, response) => send(request, response, { content: wrong }));
  const alone = await job([bad.address]);
  await expect(downloadFile(alone)).rejects.toThrow("the digest must be");
  await expectNothing(alone);
  expect(await leftovers(alone)).toEqual([]);

  const good = await serve((request, response) => send(request, response, { content }));
  await expectDownload([bad.address, good.address]);
});

test("a server that ignores ranges sends everything again", async () => {
  const { address, ranges } = await serve((request, response, count) => {
    delete request.headers.range;
    send(request, response, { content, ...(count === 0 ? { cutAfter: 100_000 } : {}) });
  });
  await expectDownload([address]);
  expect(ranges).toEqual(["all", "bytes=100000-"]);
});

test("a file that changed in between is fetched from its beginning", async () => {
  const old = Uint8Array.from(randomBytes(300_000));
  const { address } = await serve((request, response, count) => {
    if (count === 0) send(request, response, { content: old, etag: '"old"', cutAfter: 100_000 });
    else send(request, response, { content, etag: '"new"' });
  });
  await expectDownload([address]);
});

test("a rest that does not fit is thrown away and everything fetched anew", async () => {
  // Without an entity tag nothing tells that the file changed, except its digest in the end.
  const old = Uint8Array.from(randomBytes(300_000));
  const { address, ranges } = await serve((request, response, count) => {
    response.setHeader("x-count", count);
    send(request, response, {
      content: count === 0 ? old : content,
      etag: 'W/"weak"',
      ...(count === 0 ? { cutAfter: 100_000 } : {}),
    });
  });
  await expectDownload([address]);
  expect(ranges).toEqual(["all", "bytes=100000-", "all"]);
});

test("a mirror whose pieces are wrong again and again is given up", async () => {
  const wrong = content.map((byte) => byte ^ 1);
  const { address, ranges } = await serve((request, response) => {
    send(request, response, { content: wrong, cutAfter: 100_000 });
  });
  await expect(downloadFile(await job([address]))).rejects.toThrow("the digest must be");
  // Twice three pieces, and a connection that breaks once more or less between them.
  expect(ranges.length).toBeLessThan(12);
});

test("a range that was not asked for is refused", async () => {
  const { address } = await serve((request, response, count) => {
    if (count === 1) {
      response.writeHead(206, { "content-range": "bytes 5-9/300000" }).end("12345");
    } else send(request, response, { content, ...(count === 0 ? { cutAfter: 9000 } : {}) });
  });
  await expectDownload([address]);
});

test.each([404, 403, 410])("status %i is final for a mirror", async (status) => {
  const { address, ranges } = await serve((_, response) => response.writeHead(status).end("no"));
  await expect(downloadFile(await job([address]))).rejects.toThrow(`status ${String(status)}`);
  expect(ranges).toHaveLength(1);
});

test.each([500, 503, 429])("status %i is tried again", async (status) => {
  const { address } = await serve((request, response, count) => {
    if (count < 2) response.writeHead(status).end();
    else send(request, response, { content });
  });
  await expectDownload([address]);
});

test("more bytes than expected are refused, declared or not", async () => {
  const big = new Uint8Array(500_000);
  const declared = await serve((request, response) => send(request, response, { content: big }));
  const first = await job([declared.address]);
  await expect(downloadFile(first)).rejects.toThrow(
    "500000 bytes where at most 400000 are expected",
  );
  await expectNothing(first);
  const endless = await serve((_, response) => {
    const more = (): void => void (response.destroyed || response.write(big, more));
    more();
  });
  const second = await job([endless.address]);
  await expect(downloadFile(second)).rejects.toThrow("more than 400000 bytes");
  expect(await leftovers(second)).toEqual([]);
});

test("a file without a declared size is accepted by its digest only", async () => {
  const whole = await serve((_, response) => {
    response.write(content);
    response.end();
  });
  await expectDownload([whole.address]);
  const half = await serve((_, response) => {
    response.write(content.subarray(0, 1000));
    response.end();
  });
  const cut = await job([half.address]);
  await expect(downloadFile(cut)).rejects.toThrow("the digest must be");
  expect(await leftovers(cut)).toEqual([]);
});

test("an aborted download ends with the reason of its signal, and the next one goes on", async () => {
  const { address, ranges } = await serve((request, response, count) => {
    send(request, response, { content, ...(count === 0 ? { stallAfter: 70_000 } : {}) });
  });
  const controller = new AbortController();
  const reason = new Error("enough");
  const download = await job([address], {
    timeout: 10_000,
    signal: controller.signal,
    onProgress: (received) => {
      if (received === 70_000) controller.abort(reason);
    },
  });
  await expect(downloadFile(download)).rejects.toBe(reason);
  await expectNothing(download);
  await downloadFile({ file: download.file, addresses: [address], verify, maxBytes: 400_000 });
  await expectDone(download);
  expect(ranges).toEqual(["all", "bytes=70000-"]);
});

test("ten downloads at once in one process ask once", async () => {
  const { address, ranges } = await serve((request, response) =>
    send(request, response, { content }),
  );
  const download = await job([address], { staleAfter: 2000 });
  await Promise.all(Array.from({ length: 10 }, () => downloadFile(download)));
  await expectDone(download);
  expect(ranges).toEqual(["all"]);
});
