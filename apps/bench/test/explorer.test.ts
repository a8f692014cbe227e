import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { sprites } from "@elbo/datasets";
import { chromiumArguments, chromiumFor } from "@elbo/test-utils";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cutData } from "../src/data/loadData.ts";
import { createModelOf } from "../src/models/resolve.ts";
import { collectExplorer } from "../src/report/collectExplorer.ts";
import { reportPage } from "../src/report/page.ts";
import { pageScript } from "../src/report/pageScript.ts";
import { rowsOfPlan } from "../src/run/rows.ts";
import { openStore } from "../src/run/store.ts";
import { exampleResults, exampleTrial } from "./support/exampleResults.ts";
import type { Browser, Page } from "playwright-core";

const executablePath = chromiumFor("explorer.test.ts opens the report");

const folder = mkdtempSync(join(tmpdir(), "elbo-explorer-"));
const file = join(folder, "report.html");
const data = cutData(sprites({ size: 16, count: 80, seed: 1 }), {
  trainExamples: "all",
  testExamples: "all",
});

/** Untrained models of three kinds as a bench stores them, and the page that plays with them. */
async function writePage(): Promise<void> {
  const store = openStore(folder);
  const own = {
    "beta-vae": { latent: 3 },
    cvae: { latent: 3 },
    "vq-vae": { codebookSize: 8, codeDim: 2 },
  };
  const trials = Object.entries(own).map(([model, options]) =>
    exampleTrial(model, 1, { model, options }),
  );
  const imported = exampleTrial("mine", 1, { model: "onnx", title: "mine & theirs" });
  for (const trial of trials) {
    const { protocol } = trial;
    const { image, classes } = data;
    const model = createModelOf(trial, {
      protocol: { ...protocol, network: "conv", widths: [4, 8] },
      image,
      classes,
      seed: 1,
    });
    await model.save(join(store.trialDirectory(trial.id), "model"));
    model.dispose();
  }
  const explorer = await collectExplorer({
    rows: rowsOfPlan([...trials, imported]),
    trials: [...trials, imported],
    data,
    store,
    room: 3e6,
  });
  expect(explorer?.models.map(({ name }) => name)).toEqual(["beta-vae", "cvae", "vq-vae"]);
  expect(explorer?.leftOut).toEqual([]);
  expect(explorer?.unsuited).toEqual(["mine & theirs"]);
  const page = reportPage(exampleResults(), {
    pictures: [],
    script: await pageScript(),
    explorer,
  });
  expect(Buffer.byteLength(page)).toBeLessThan(3e6);
  expect(page).toContain("told a label or nothing: not with mine &amp; theirs.");
  writeFileSync(file, page);
}

describe.skipIf(executablePath === undefined)("the explorer in Chromium", () => {
  let browser: Browser;

  beforeAll(async () => {
    await writePage();
    browser = await chromium.launch({
      executablePath: executablePath as string,
      args: chromiumArguments,
    });
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const picture = (page: Page): Promise<string> =>
    page.evaluate("document.getElementById('explorer-picture').toDataURL()");

  /** Does something and waits until the picture is another. */
  async function changes(page: Page, act: () => Promise<void>): Promise<void> {
    const before = await picture(page);
    await act();
    await expect.poll(() => picture(page), { timeout: 5000 }).not.toBe(before);
  }

  test.each([
    ["a desktop's", 1280, 900],
    ["a phone's", 390, 844],
  ])(
    "at %s size latents, map, label and codes change the picture, by pointer and keyboard",
    async (_, width, height) => {
      const page = await browser.newPage({ viewport: { width, height } });
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(error.message));
      await page.goto(pathToFileURL(file).href, { waitUntil: "networkidle" });
      await page.waitForSelector(".sliders input");
      await changes(page, async () => {
        await page.focus(".sliders input");
        for (let i = 0; i < 20; i++) await page.keyboard.press("ArrowRight");
      });
      await changes(page, () => page.click("canvas.map", { position: { x: 40, y: 60 } }));
      await changes(page, async () => {
        await page.focus("canvas.map");
        for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowDown");
      });
      await page.selectOption("#explorer-model", { index: 1 });
      await page.waitForSelector("#explorer-label");
      await changes(page, async () => {
        await page.selectOption("#explorer-label", { index: 1 });
      });
      await page.selectOption("#explorer-model", { index: 2 });
      await page.waitForSelector("canvas.palette");
      await changes(page, async () => {
        for (const entry of [1, 5]) {
          await page.fill("input[aria-label='entry of the codebook']", String(entry));
          await page.focus("canvas.map");
          await page.keyboard.press("Space");
        }
      });
      expect(complaints).toEqual([]);
      expect(
        await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
      ).toBeLessThanOrEqual(0);
      const frames = await page.evaluate<number>("elboFramesPerSecond(30)");
      expect(frames).toBeGreaterThan(30);
      await page.close();
    },
    60_000,
  );
});
