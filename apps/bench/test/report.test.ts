import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drawGrid, encodePng } from "../src/pictures/grid.ts";
import { reportPage } from "../src/report/page.ts";
import { pageScript } from "../src/report/pageScript.ts";
import { chromiumArguments, chromiumFor } from "@elbo/test-utils";
import { exampleResults } from "./support/exampleResults.ts";
import type { Browser } from "playwright-core";
import type { EmbeddedPicture } from "../src/report/pictureSections.ts";

const images = {
  data: Float32Array.from({ length: 6 * 64 }, (_, i) => (i % 64) / 63),
  shape: [6, 8, 8, 1],
};
const png = encodePng(drawGrid(images, { columns: 3 }));
const pictures: EmbeddedPicture[] = [
  {
    file: "pictures/reconstructions.png",
    kind: "reconstructions",
    heading: "Reconstructions",
    text: "What comes back.",
    title: "Originals over reconstructions",
    caption: "The top row.",
    alt: "A row of originals over a row of reconstructions.",
    rows: ["Originals", "VAE"],
    png,
  },
  {
    file: "pictures/vae-samples.png",
    kind: "samples",
    heading: "Samples",
    text: "What was drawn.",
    title: "VAE",
    caption: "Draws.",
    alt: "VAE: draws.",
    png,
  },
];

const executablePath = chromiumFor("report.test.ts opens the report");

describe.skipIf(executablePath === undefined)("report.html in Chromium", () => {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), "elbo-report-"));
  const file = join(folder, "report.html");

  beforeAll(async () => {
    writeFileSync(file, reportPage(exampleResults(), { pictures, script: await pageScript() }));
    browser = await chromium.launch({
      executablePath: executablePath as string,
      args: chromiumArguments,
    });
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(
    colorScheme: "light" | "dark",
    width: number,
  ): Promise<{ complaints: string[]; requests: string[]; facts: Record<string, unknown> }> {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith("data:")) requests.push(request.url());
    });
    await page.goto(pathToFileURL(file).href, { waitUntil: "networkidle" });
    const facts = await page.evaluate(`({
      ground: getComputedStyle(document.body).backgroundColor,
      charts: document.querySelectorAll(".chart canvas").length,
      inked: [...document.querySelectorAll(".chart canvas")].every((canvas) =>
        canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0)),
      pictures: [...document.images].map((image) => [image.naturalWidth > 0, image.alt.length > 0]),
      rowHeads: document.querySelectorAll("#table tbody th[scope=row]").length,
      columnHeads: document.querySelectorAll("#table thead th[scope=col]").length,
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      language: document.documentElement.lang,
      headings: document.querySelectorAll("h1").length,
    })`);
    await page.close();
    return { complaints, requests, facts: facts as Record<string, unknown> };
  }

  test.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 390],
  ] as const)(
    "in %s at %i pixels it draws everything, complains of nothing, asks for nothing",
    async (scheme, width) => {
      const { complaints, requests, facts } = await open(scheme, width);
      expect(complaints).toEqual([]);
      expect(requests).toEqual([pathToFileURL(file).href]);
      expect(facts).toMatchObject({
        charts: 2,
        inked: true,
        pictures: [
          [true, true],
          [true, true],
        ],
        rowHeads: 3,
        columnHeads: 11,
        overflow: 0,
        language: "en",
        headings: 1,
      });
    },
  );

  test("light and dark have different grounds", async () => {
    const [light, dark] = [await open("light", 800), await open("dark", 800)];
    expect(light.facts.ground).not.toBe(dark.facts.ground);
  });
});

const script = await pageScript();

describe("report.html as text", () => {
  const page = reportPage(exampleResults(), { pictures, script });

  test("names of models are escaped", () => {
    expect(page).toContain("What &lt;VAE (β = 1)&gt; is.");
    expect(page).not.toContain("<VAE");
  });

  test("it refers to nothing outside itself", () => {
    const markup = page.replaceAll(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>/gu, "");
    expect(markup).not.toMatch(/(?:src|href)="(?!data:|#)/u);
    expect(markup).not.toMatch(/https?:/u);
  });
});
