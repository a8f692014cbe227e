import { expect, test } from "vitest";
import { announce } from "../src/training/runNotes.ts";
import type { Announced } from "../src/training/runNotes.ts";
import { train } from "../src/index.ts";
import { Progress, progressLine } from "../src/training/progress.ts";
import type { ProgressState } from "../src/training/progress.ts";
import { bars, smallModel } from "./support/models.ts";

const state: ProgressState = {
  step: 1200,
  steps: 4000,
  epoch: 2,
  epochs: 10,
  examples: 12_800,
  made: 100,
  figures: { loss: 231.4567, kl: 18.2 },
};

const recorder = (
  isTerminal: boolean,
): { texts: string[]; write(text: string): void; isTerminal: boolean } => {
  const texts: string[] = [];
  return { texts, write: (text) => void texts.push(text), isTerminal };
};

test("a line says epoch, step, rate, time left and figures", () => {
  expect(progressLine(state, 0.5)).toBe(
    "epoch 3/10  step 1200/4000  25600 examples/s  0:14 left  loss 231.46  kl 18.200",
  );
  expect(progressLine({ ...state, step: 0 }, 200)).toContain("  2:13:20 left  ");
});

test("a line without steps made has neither rate nor time left", () => {
  expect(progressLine({ ...state, made: 0, figures: {} }, 0)).toBe("epoch 3/10  step 1200/4000");
});

test("a terminal gets one line that is rewritten and ends with the epoch", () => {
  const writer = recorder(true);
  let now = 0;
  const progress = new Progress(writer, () => now);
  progress.step(() => state);
  now = 150;
  progress.step(() => state);
  progress.epoch(state);
  progress.note("a sentence");
  expect(writer.texts.map((text) => text.replace(/epoch.*kl 18\.200/, "LINE"))).toEqual([
    "\rLINE\u001b[K",
    "\rLINE\u001b[K",
    "\n",
    "a sentence\n",
  ]);
});

test("anything else gets a line per epoch, or every ten seconds", () => {
  const writer = recorder(false);
  let now = 0;
  const progress = new Progress(writer, () => now);
  for (now = 0; now < 25_000; now += 500) progress.step(() => state);
  progress.epoch(state);
  expect(writer.texts).toHaveLength(3);
  expect(writer.texts.every((text) => text.endsWith("kl 18.200\n"))).toBe(true);
});

test("silent progress never builds a line", () => {
  const progress = new Progress("silent");
  progress.step(() => {
    throw new Error("was asked");
  });
});

test("training says what it withholds first, and then writes a line per epoch", async () => {
  const writer = recorder(false);
  const model = smallModel();
  await train(model, bars(100), { epochs: 2, batchSize: 10, progress: writer });
  expect(writer.texts).toHaveLength(4);
  expect(writer.texts[0]).toBe(
    "10 of 100 examples are held out for validation; validation: 0 trains on all of them\n",
  );
  expect(writer.texts[1]).toMatch(/^x has grey values/);
  expect(writer.texts[3]).toMatch(
    /^epoch 2\/2 {2}step 18\/18 {2}\d+ examples\/s {2}0:00 left {2}loss [\d.]+ {2}distortion [\d.]+ {2}rate [\d.]+ {2}validation elbo -[\d.]+\n$/,
  );
  model.dispose();
});

test("without a part held out nothing is said of one", async () => {
  const writer = recorder(false);
  const model = smallModel();
  await train(model, bars(20), { steps: 2, batchSize: 10, validation: 0, progress: writer });
  expect(writer.texts.map((text) => text.split(" ")[0])).toEqual(["x", "epoch"]);
  model.dispose();
});

test("a large model says what its training takes, a small one does not", () => {
  const said = (trained: number): string[] => {
    const writer = recorder(false);
    const data = { training: { indices: [], rows: {} }, validationGiven: 0 };
    const state = { start: 0, step: 0 };
    announce({ data, state, trained } as unknown as Announced, new Progress(writer));
    return writer.texts;
  };
  expect(said(102_300_000)).toEqual([
    "102 million values are trained: with gradients and the moments of Adam 1.6 GB before any activation; estimateMemory(model, { batchSize }) says more\n",
  ]);
  expect(said(1_000_000)).toEqual([]);
});

test("the compiler's messages become sentences of the progress, and under silence warnings", () => {
  const writer = recorder(false);
  new Progress(writer).messages.onMessage?.("a slower engine");
  expect(writer.texts).toEqual(["a slower engine\n"]);
  expect(new Progress("silent").messages).toEqual({});
});
