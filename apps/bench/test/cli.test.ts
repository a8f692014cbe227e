import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runBenchHere, runBenchProcess } from "./support/runBench.ts";

const folder = mkdtempSync(join(tmpdir(), "elbo-cli-"));
const out = join(folder, "out");
const broken = join(folder, "broken.json");
writeFileSync(broken, "{");

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the command line", () => {
  test.each([
    [["--models", "gan"], /^bench run: --models\[0\] must be one of .*, got "gan"$/u],
    [["run", "--dataset", "imagenet"], /^bench run: --dataset must be one of .*, got "imagenet"$/u],
    [["run", "--epochs", "0"], /^bench run: --epochs must be an integer at least 1, got 0$/u],
    [["run", "--epochs"], /^bench run: --epochs must be followed by a value, got nothing$/u],
    [["run", "--speed", "9"], /^bench run: options must be among --preset, .*, got --speed$/u],
    [
      ["run", "--config", join(folder, "none.json")],
      /^bench run: --config must name a readable file, got .*none\.json/u,
    ],
    [
      ["run", "--config", broken],
      /^bench run: --config must name a file with valid JSON, got .*broken\.json/u,
    ],
    [["fly"], /^bench: command must be one of run.*, got fly$/u],
    [["run", "twice"], /^bench run: arguments must be options, got twice$/u],
  ])(
    "refuses %j in one line without a stack, exits with 2 and writes nothing",
    async (args, sentence) => {
      const ended = await runBenchHere(args.at(-1) === "--epochs" ? args : [...args, "--out", out]);
      expect(ended).toMatchObject({ code: 2, output: "" });
      expect(ended.error.trimEnd()).toMatch(sentence);
      expect(ended.error.trimEnd()).not.toContain("\n");
      expect(existsSync(out)).toBe(false);
    },
  );

  test("a process that is refused says so on the error stream and exits with 2", async () => {
    const ended = await runBenchProcess(["fly"]);
    expect(ended).toMatchObject({ code: 2, output: "" });
    expect(ended.error).toMatch(/^bench: command must be one of run.*, got fly\n$/u);
  });

  test("--help lists the commands and the options of run, and exits with 0", async () => {
    const [program, run] = [await runBenchHere(["--help"]), await runBenchHere(["run", "--help"])];
    expect([program.code, run.code, program.error, run.error]).toEqual([0, 0, "", ""]);
    expect(program.output).toContain("run ");
    expect(run.output).toContain("--seeds <a,b>");
  });
});
