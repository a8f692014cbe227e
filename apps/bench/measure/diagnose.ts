/**
 * How often `diagnose` finds what is wrong with a training, and how often it finds something in a sound one.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/diagnose.ts [--part check] [--seeds 11,12]
 * [--steps 600]`
 *
 * Every case is a training that is broken on purpose in one way, or sound (support/diagnoseCases.ts), of small models of several
 * families, diagnosed on the test split with the options' defaults. `--part choose`: `fashion-mini`, seeds 1 and 2, on which the
 * thresholds were chosen. `--part check` (default): other seeds of it, and data that were never looked at before: sprites of 16x16 and
 * the table of tumours. Found: the broken way itself, divergence counting for a learning rate. False alarms: findings in sound runs;
 * in broken ones others follow from what was broken (a weight as large as the number of values makes the posterior collapse), and those
 * that do not are counted apart. Writes apps/bench/recorded/diagnose.json after each trial, and diagnose.md at the end.
 */
import { diagnose } from "@elbo/core";
import { writeWhole } from "@elbo/common/node";
import { commandLine, numbersOf } from "./support/commandLine.ts";
import { casesOf, loadSubject, runCase } from "./support/diagnoseCases.ts";
import type { Case } from "./support/diagnoseCases.ts";
import { markdownTable, recordedFile, recordTrials } from "./support/record.ts";
import type { Done, Figures, Trial } from "./support/record.ts";

const given = commandLine({ part: "check", seeds: "", steps: 600 });
const isCheck = given.part === "check";
const seeds = numbersOf(given.seeds === "" ? (isCheck ? "11,12" : "1,2") : given.seeds);
const sets = isCheck
  ? (["fashion-mini", "sprites", "tumours"] as const)
  : (["fashion-mini"] as const);

interface Setting {
  readonly data: string;
  readonly case: string;
  readonly seed: number;
  readonly steps: number;
}

/** 1 for every symptom that was found, and all figures that were looked at. */
async function run(one: Case, { data, seed, steps }: Setting): Promise<Figures> {
  const subject = await loadSubject(data as (typeof sets)[number], seed);
  const { model, history } = await runCase(one, { subject, seed, steps });
  const { findings, figures } = await diagnose(model, subject.test, history);
  model.dispose();
  return Object.fromEntries([
    ...findings.map(({ symptom }) => [`found ${symptom}`, 1] as const),
    ...Object.entries(figures).flatMap(([symptom, own]) =>
      Object.entries(own).map(([name, value]) => [`${symptom}|${name}`, value] as const),
    ),
  ]);
}

const known = new Map<string, Case>();
const trials: Trial<Setting>[] = sets.flatMap((data) =>
  seeds.flatMap((seed) =>
    casesOf(data).map((one) => {
      known.set(one.name, one);
      const setting = { data, case: one.name, seed, steps: given.steps };
      return { setting, run: () => run(one, setting) };
    }),
  ),
);
const command = `apps/bench/measure/diagnose.ts --part ${given.part} --seeds ${seeds.join(",")} --steps ${given.steps}`;
const done = await recordTrials<Setting>(isCheck ? "diagnose" : "diagnose-chosen", command, trials);

const foundIn = ({ figures }: Done<Setting>): string[] =>
  Object.keys(figures).flatMap((name) => (name.startsWith("found ") ? [name.slice(6)] : []));
const caseOf = ({ setting }: Done<Setting>): Case => known.get(setting.case) as Case;
const isFound = (one: Done<Setting>): boolean =>
  foundIn(one).some((symptom) => caseOf(one).symptoms.includes(symptom));
const strangeIn = (one: Done<Setting>): string[] =>
  foundIn(one).filter(
    (symptom) => ![...caseOf(one).symptoms, ...(caseOf(one).follows ?? [])].includes(symptom),
  );

const broken = done.filter((one) => caseOf(one).symptoms.length > 0);
const sound = done.filter((one) => caseOf(one).symptoms.length === 0);
const found = broken.filter(isFound).length;
const alarmed = sound.filter((one) => strangeIn(one).length > 0).length;
const strange = broken.filter((one) => strangeIn(one).length > 0).length;
const percent = (part: number, all: number): string => `${((100 * part) / all).toFixed(1)} %`;
const lines = [
  `\`${command}\``,
  "",
  `${done.length} runs. Of ${broken.length} broken ones ${found} were found (${percent(found, broken.length)}); of ${sound.length} sound ones ${alarmed} gave an alarm (${percent(alarmed, sound.length)}); ${strange} broken ones also showed something that does not follow from what was broken (${percent(strange, broken.length)}).`,
  "",
  markdownTable(
    ["case", "data", "runs", "found", "something else"],
    [...known.keys()].flatMap((name) =>
      sets.flatMap((data) => {
        const own = done.filter(({ setting }) => setting.case === name && setting.data === data);
        if (own.length === 0) return [];
        const others = [...new Set(own.flatMap(strangeIn))].join(", ");
        const isSound = caseOf(own[0]).symptoms.length === 0;
        const count = isSound ? "-" : String(own.filter(isFound).length);
        return [[name, data, String(own.length), count, others]];
      }),
    ),
  ),
].join("\n");
process.stdout.write(lines);
if (isCheck) await writeWhole(recordedFile("diagnose.md"), `# What \`diagnose\` finds\n\n${lines}`);
