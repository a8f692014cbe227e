/** One request for a file or the rest of it. */
import { request } from "undici";
import type { Dispatcher } from "undici";
import { openPartial, resetPartial } from "./partial.ts";
import type { Origin, Partial } from "./partial.ts";

/** A failure that asking the same mirror again cannot mend. */
export class FinalError extends Error {
  override readonly name = "FinalError";
}

/** What a transfer needs to know. */
export interface Transfer {
  readonly address: string;
  readonly partial: Partial;
  readonly dispatcher: Dispatcher;
  readonly maxBytes: number;
  /** Longest silence of the server in ms. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (received: number, total: number | undefined) => void;
}

const maxRedirects = 5;

type Response = Dispatcher.ResponseData;

/** Requests an address and follows redirects; a secure address never leads to an insecure one. */
async function ask(transfer: Transfer, headers: Record<string, string>): Promise<Response> {
  const { dispatcher, signal, timeout } = transfer;
  let address = new URL(transfer.address);
  for (let step = 0; step <= maxRedirects; step++) {
    const response = await request(address, {
      dispatcher,
      signal,
      headers,
      headersTimeout: timeout,
      bodyTimeout: timeout,
    });
    if (![301, 302, 303, 307, 308].includes(response.statusCode)) return response;
    await response.body.dump({ limit: 65_536 });
    const location = response.headers["location"];
    if (typeof location !== "string" || !URL.canParse(location, address)) {
      throw new FinalError("a redirect without an address");
    }
    const next = new URL(location, address);
    const isWorse = address.protocol === "https:" && next.protocol !== "https:";
    if (isWorse || !/^https?:$/u.test(next.protocol)) {
      throw new FinalError(`a redirect from ${address.protocol} to ${next.protocol}`);
    }
    address = next;
  }
  throw new FinalError(`more than ${String(maxRedirects)} redirects`);
}

function header(response: Response, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function originOf(response: Response, address: string): Origin {
  const tag = header(response, "etag");
  const isStrong = tag !== undefined && !tag.startsWith("W/");
  const validator = isStrong ? tag : header(response, "last-modified");
  return { address, ...(validator === undefined ? {} : { validator }) };
}

/** Size of the whole file as far as the answer tells; throws when the answer does not continue our part. */
async function expectTotal(response: Response, partial: Partial): Promise<number | undefined> {
  const status = response.statusCode;
  if (status === 200) {
    // The server does not know ranges, or the file changed: everything comes anew.
    if (partial.received > 0) await resetPartial(partial);
    const length = Number(header(response, "content-length") ?? Number.NaN);
    return Number.isSafeInteger(length) ? length : undefined;
  }
  if (status === 206) {
    const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/u.exec(header(response, "content-range") ?? "");
    if (range !== null && Number(range[1]) === partial.received) {
      return range[3] === "*" ? undefined : Number(range[3]);
    }
    await resetPartial(partial);
    throw new Error("another range than the one asked for");
  }
  if (status === 416) {
    await resetPartial(partial);
    throw new Error("status 416 for the rest of the file");
  }
  const message = `status ${String(status)}`;
  if (status === 408 || status === 429 || status >= 500) throw new Error(message);
  throw new FinalError(message);
}

/**
 * Fetches what is missing of a part.
 *
 * @param transfer address, part and limits; the part grows as bytes arrive
 * @throws Error when the transfer stopped early and may be tried again, FinalError when that is of no use
 */
export async function transferRest(transfer: Transfer): Promise<void> {
  const { partial, address, maxBytes, onProgress } = transfer;
  if (partial.received > 0 && partial.origin?.address !== address) await resetPartial(partial);
  const response = await ask(transfer, {
    "accept-encoding": "identity",
    ...(partial.received > 0 ? { range: `bytes=${String(partial.received)}-` } : {}),
    ...(partial.received > 0 && partial.origin?.validator
      ? { "if-range": partial.origin.validator }
      : {}),
  });
  try {
    const total = await expectTotal(response, partial);
    if (total !== undefined && total > maxBytes) {
      throw new FinalError(`${String(total)} bytes where at most ${String(maxBytes)} are expected`);
    }
    const handle = await openPartial(partial, originOf(response, address));
    try {
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        if (partial.received + chunk.length > maxBytes) {
          await resetPartial(partial);
          throw new FinalError(`more than ${String(maxBytes)} bytes`);
        }
        await handle.write(chunk, 0, chunk.length, partial.received);
        partial.received += chunk.length;
        onProgress?.(partial.received, total);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (total !== undefined && partial.received !== total) {
      throw new Error(`${String(partial.received)} of ${String(total)} bytes`);
    }
  } finally {
    response.body.on("error", () => undefined);
    response.body.destroy();
  }
}
