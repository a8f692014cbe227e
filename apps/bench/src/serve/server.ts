/**
 * @file Shows a folder of trials while they are worked on, by whatever process: what workers write there is read twice a second, and
 * what is new goes to every page over server-sent events (HTML standard, section 9.2). Only this machine is served: the server listens on
 * 127.0.0.1 and answers nobody who calls it by another name, so that no page of the web can read it by pointing its own name here.
 */
import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { reasonOf } from "@elbo/common";
import { Refusal } from "../refusal.ts";
import { livePage } from "./livePage.ts";
import { stampOf, trialView } from "./trialView.ts";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Trial } from "../plan/trial.ts";
import type { Store } from "../run/store.ts";

/** A server that runs. */
export interface LiveServer {
  /** Where a browser finds it. */
  readonly url: string;
  /** Ends it and all its connections. */
  close(): Promise<void>;
}

const millisecondsBetween = 500;

const headers = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/**
 * Serves a folder of trials on this machine.
 *
 * @param store the folder
 * @param port 0: one that is free
 * @throws Refusal when the port is taken
 */
export async function serveLive(store: Store, port: number): Promise<LiveServer> {
  const page = await livePage();
  const feed = new Feed(store);
  const server = createServer((request, response) => {
    answer(request, response, { store, page, feed });
  });
  await listening(server, port);
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${taken}/`,
    close() {
      feed.close();
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
    },
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      reject(
        new Refusal(
          `bench serve: --port must be free on 127.0.0.1, got ${port} (${reasonOf(error)})`,
          { cause: error },
        ),
      );
    });
    server.listen(port, "127.0.0.1", resolve);
  });
}

interface Site {
  readonly store: Store;
  readonly page: string;
  readonly feed: Feed;
}

const reportOf = ({ store }: Site): string => join(store.out, "report.html");

function answer(request: IncomingMessage, response: ServerResponse, site: Site): void {
  const end = (code: number, type: string, body: string | Uint8Array): void => {
    response.writeHead(code, { ...headers, "Content-Type": type }).end(body);
  };
  if (!/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/u.test(request.headers.host ?? ""))
    end(403, "text/plain", "This server is called 127.0.0.1 or localhost.\n");
  else if (request.method !== "GET") end(405, "text/plain", "This server is only read.\n");
  else if (request.url === "/") end(200, "text/html; charset=utf-8", site.page);
  else if (request.url === "/events") {
    response.writeHead(200, { ...headers, "Content-Type": "text/event-stream" });
    site.feed.add(response);
  } else if (request.url === "/report.html" && existsSync(reportOf(site)))
    end(200, "text/html; charset=utf-8", readFileSync(reportOf(site)));
  else end(404, "text/plain", "There is no such page (yet).\n");
}

/** What every page is told: the plan, and an event for each trial, again when something of it is new. */
class Feed {
  private readonly store: Store;
  private readonly readers = new Set<ServerResponse>();
  /** Last event of the plan, of trouble with it, and by trial. */
  private known = new Map<string, { readonly stamp: string; readonly event: string }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(store: Store) {
    this.store = store;
  }

  add(reader: ServerResponse): void {
    for (const { event } of this.known.values()) reader.write(event);
    this.readers.add(reader);
    reader.on("close", () => {
      this.readers.delete(reader);
      if (this.readers.size === 0) this.pause();
    });
    this.look();
    this.timer ??= setInterval(() => {
      this.look();
    }, millisecondsBetween);
  }

  close(): void {
    this.pause();
    for (const reader of this.readers) reader.end();
  }

  /** Nobody watches: the folder is left alone. */
  private pause(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private look(): void {
    const before = this.known;
    this.known = new Map();
    for (const { key, stamp, make } of this.sights()) {
      const last = before.get(key);
      const isNew = last?.stamp !== stamp;
      const event = isNew ? make() : last.event;
      this.known.set(key, { stamp, event });
      if (isNew) for (const reader of this.readers) reader.write(event);
    }
  }

  /** What there is to see, and by what one knows that it is new, which is cheaper than to read it. */
  private sights(): { key: string; stamp: string; make: () => string }[] {
    const { trials, trouble } = this.plan();
    const ids = trials.map(({ id }) => id);
    const plan = { key: "plan", stamp: ids.join(), make: () => eventOf("plan", ids) };
    const words = { key: "trouble", stamp: trouble, make: () => eventOf("trouble", trouble) };
    const ofTrials = trials.map((trial) => ({
      key: trial.id,
      stamp: stampOf(trial, this.store),
      make: () => eventOf("trial", trialView(trial, this.store)),
    }));
    return [plan, words, ...ofTrials];
  }

  private plan(): { readonly trials: readonly Trial[]; readonly trouble: string } {
    try {
      return { trials: this.store.readPlan() ?? [], trouble: "" };
    } catch (error) {
      return { trials: [], trouble: reasonOf(error) };
    }
  }
}

const eventOf = (name: string, data: unknown): string =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
