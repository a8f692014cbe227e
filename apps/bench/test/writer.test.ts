import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { createProgress } from "../src/run/progress.ts";
import { createWriter } from "../src/writer.ts";
import { exampleResults } from "./support/exampleResults.ts";
import type { Writer } from "../src/writer.ts";

/** A writer whose words are kept. */
function keepingWriter(isTTY: boolean, columns = 60): { writer: Writer; said: () => string } {
  const output = Object.assign(new PassThrough(), { isTTY, columns });
  const writer = createWriter({ output, error: new PassThrough() });
  let text = "";
  return {
    writer,
    said: () => (text += (output.read() as Buffer | null)?.toString() ?? ""),
  };
}

describe("createWriter", () => {
  test("away from a terminal a passing text is dropped and lines are plain", () => {
    const { writer, said } = keepingWriter(false);
    writer.status("working");
    writer.line("done");
    expect(said()).toBe("done\n");
  });

  test("on a terminal a passing text is cut to its width and gives way to the next line", () => {
    const { writer, said } = keepingWriter(true);
    writer.status("x".repeat(100));
    writer.line("done");
    expect(said()).toBe(`\r\u001b[2K${"x".repeat(59)}\r\u001b[2Kdone\n`);
  });
});

test("a terminal that reports no width gets whole lines", () => {
  const { writer, said } = keepingWriter(true, 0);
  writer.status("working");
  expect(said()).toContain("working");
});

describe("createProgress", () => {
  const unit = { number: 3, total: 15, title: "VAE (β = 1)", seed: 2 };
  const state = { epoch: 4, epochs: 20, loss: 251.26, imagesPerSecond: 20_123 };

  test("away from a terminal a line comes at most every ten seconds", () => {
    const { writer, said } = keepingWriter(false);
    let time = 0;
    const progress = createProgress(writer, () => time);
    progress.unitStarted(unit);
    for (time = 0; time < 25_000; time += 500) progress.unitMoved(unit, state);
    const line = "[ 3/15] VAE (β = 1), seed 2  epoch 4/20  loss 251.3 nats  20,123 images/s\n";
    expect(said()).toBe(line.repeat(2));
  });

  test("a finished training leaves one line with its bound, pace and time", () => {
    const { writer, said } = keepingWriter(false);
    createProgress(writer).unitFinished(unit, exampleResults().models[1].seeds[0]);
    expect(said()).toBe("[ 3/15] VAE (β = 1), seed 2  ELBO −250.5 nats  25,100 images/s  5.3 s\n");
  });

  test("a model without a bound shows its distortion", () => {
    const { writer, said } = keepingWriter(false);
    createProgress(writer).unitFinished(unit, exampleResults().models[0].seeds[0]);
    expect(said()).toContain("distortion 232.5 nats");
  });
});
