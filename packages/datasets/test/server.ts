/** A server for tests that misbehaves on request. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** Answers one request; `count` is the number of requests before it. */
export type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** What a test needs of its server. */
export interface TestServer {
  /** Address of the folder, ending in a slash. */
  readonly address: string;
  /** `Range` header of each request so far, or `all`. */
  readonly ranges: string[];
}

/** Starts a server that goes away with the test. */
export async function serve(answer: Answer): Promise<TestServer> {
  const ranges: string[] = [];
  const server = createServer((request, response) => {
    // A client that hangs up is part of the game.
    response.on("error", () => undefined);
    ranges.push(request.headers.range ?? "all");
    answer(request, response, ranges.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${String(port)}/`, ranges };
}

/** How much of a file a well-behaved answer sends. */
export interface SendOptions {
  readonly etag?: string;
  /** Bytes after which the connection is cut. */
  readonly cutAfter?: number;
  /** Bytes after which nothing more is sent. */
  readonly stallAfter?: number;
}

/** Answers like a server that knows ranges. */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  { content, etag = '"v1"', cutAfter, stallAfter }: SendOptions & { readonly content: Uint8Array },
): void {
  const range = /^bytes=(\d+)-$/u.exec(request.headers.range ?? "");
  const isSame = request.headers["if-range"] === undefined || request.headers["if-range"] === etag;
  const start = range && isSame ? Number(range[1]) : 0;
  const body = content.subarray(start);
  response.writeHead(range && isSame ? 206 : 200, {
    etag,
    "content-length": body.length,
    ...(range && isSame
      ? {
          "content-range": `bytes ${String(start)}-${String(content.length - 1)}/${String(content.length)}`,
        }
      : {}),
  });
  const limit = cutAfter ?? stallAfter;
  if (limit === undefined) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, limit), () => {
    // The bytes leave before the connection does.
    if (cutAfter !== undefined) setTimeout(() => response.destroy(), 100);
  });
}
