// Opens the page in headless Chromium and waits until both models have drawn.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";

const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const file = join("site", pathname === "/" ? "index.html" : pathname);
  if (pathname.includes("..") || !existsSync(file)) return void response.writeHead(404).end();
  const type = types[extname(file)] ?? "application/octet-stream";
  response.writeHead(200, { "content-type": type }).end(readFileSync(file));
});
await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
const { port } = server.address() as AddressInfo;

const places = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];
const executablePath = places.find((place) => place !== undefined && existsSync(place));
if (executablePath === undefined) {
  console.log("SKIPPED: no Chromium found; set CHROMIUM to look at the page");
  process.exit(0);
}
const quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"];
const offline = ["--disable-background-networking", "--disable-component-update"];
const browser = await chromium.launch({
  executablePath,
  args: ["--headless", "--no-sandbox", ...quiet, ...offline],
});
try {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(`http://127.0.0.1:${port}/`);
  await page
    .waitForFunction("document.title === 'drawn'", undefined, { timeout: 60_000 })
    .catch(() => {
      throw new Error(`the page must draw within a minute, got ${errors.join("\n") || "nothing"}`);
    });
  // A picture that is one flat colour is no picture.
  for (const id of ["decoded", "samples"]) {
    const shades = await page.evaluate((name: string) => {
      const canvas = document.getElementById(name) as HTMLCanvasElement;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return new Set(data.filter((_, i) => i % 4 === 0)).size;
    }, id);
    console.log(`${id}: ${shades} shades of grey`);
    if (shades < 16) throw new Error(`${id} must be a picture, got ${shades} shades of grey`);
  }
  await page.screenshot({ path: "site/page.png" });
  if (errors.length > 0) throw new Error(`the console must be empty, got ${errors.join("\n")}`);
} finally {
  await browser.close();
  server.close();
}
