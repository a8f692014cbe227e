/**
 * How often `diagnose` finds what is wrong with a training, and how often it finds something in a sound one.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/diagnose.ts [--part check] [--seeds 21,22]
 * [--steps 600]`
 *
 * Every case is a training that is broken on purpose in one way, or sound (support/diagnoseCases.ts), of small models of several
 * families, diagnosed on the test split with the options' defaults. `--part choose`: the data and seed on which thresholds were chosen.
 * `--part again`: a first measurement on others, after which the threshold of overfitting was set once more (it found it in sound trainings of a
 * table of 125 rows); what was found stands in both files as it was then. `--part check` (default): data and seeds that were not looked at before (support/diagnoseSubjects.ts).
 *
 * A run counts as broken where its fault shows in held-out figures that `diagnose` does not ask for (support/diagnoseTruth.ts), as a rule
 * beside its sound twin of the same data and seed; those in which it does not are left out and counted. A run whose held-out bound got
 * worse by 0.2 deviations while it trained does overfit, whatever it was meant to be. Found: the broken way itself, divergence counting
 * for a learning rate. False alarms: findings in sound runs, notes included; in broken ones others follow from what was broken (a weight
 * as large as the number of values makes the posterior collapse), and those that do not are counted apart. Writes
 * apps/bench/recorded/diagnose.json (diagnose-choose.json, diagnose-again.json) after each trial, and diagnose.md at the end.
 */
import { diagnose } from "@elbo/core";
import type { LatentModel } from "@elbo/core";
import { writeWhole } from "@elbo/common/node";
import { commandLine, numbersOf } from "./support/commandLine.ts";
import { casesOf, runCase, subjectOf } from "./support/diagnoseCases.ts";
import type { Case } from "./support/diagnoseCases.ts";
import { subjects } from "./support/diagnoseSubjects.ts";
import type { Subject } from "./support/diagnoseSubjects.ts";
import { boundOf, leastOverfit, truthOf } from "./support/diagnoseTruth.ts";
import type { Truth } from "./support/diagnoseTruth.ts";
import { markdownTable, recordedFile, recordTrials } from "./support/record.ts";
import type { Done, Figures, Trial } from "./support/record.ts";

const given = commandLine({ part: "check", seeds: "", steps: 600 });
const parts: Readonly<
  Record<string, { readonly seeds: string; readonly sets: readonly string[] }>
> = {
  choose: { seeds: "1", sets: ["fashion-mini, classes 0 to 4", "sprites", "tumours"] },
  again: { seeds: "11,12", sets: ["fashion-mini, classes 5 to 9", "waves", "wines"] },
  check: {
    seeds: "21,22",
    sets: ["fashion-mini, odd classes, 14 x 14", "discs", "beats", "plants"],
  },
};
const part = parts[given.part] as (typeof parts)[string] | undefined;
if (part === undefined) throw new RangeError(`measure: --part must be choose, again or check`);
const { sets } = part;
const isCheck = given.part === "check";
const seeds = numbersOf(given.seeds === "" ? part.seeds : given.seeds);

interface Setting {
  readonly data: string;
  readonly case: string;
  readonly seed: number;
  readonly steps: number;
}

/** 1 for every symptom that was found, all figures that were looked at, and what is true. */
async function run(one: Case, subject: Subject, { seed, steps }: Setting): Promise<Figures> {
  const before: number[] = [];
  const onPart = async (now: LatentModel): Promise<void> =>
    void before.push((await boundOf(now, subject.test)).bound);
  const { model, history } = await runCase(one, { subject, seed, steps, onPart });
  const { findings, figures } = await diagnose(model, subject.test, history);
  const truth = await truthOf(model, subject, before);
  model.dispose();
  return Object.fromEntries([
    ...findings.map(({ symptom }) => [`found ${symptom}`, 1] as const),
    ...[...Object.entries(figures), ["truth", truth] as const].flatMap(([symptom, own]) =>
      Object.entries(own).map(([name, value]) => [`${symptom}|${name}`, value as number] as const),
    ),
  ]);
}

const known = new Map<string, Case>();
const trials: Trial<Setting>[] = [];
for (const seed of seeds) {
  for (const data of sets) {
    const subject = await subjects[data](seed);
    for (const one of casesOf(subject.isTable)) {
      known.set(one.name, one);
      const setting = { data, case: one.name, seed, steps: given.steps };
      trials.push({ setting, run: () => run(one, subjectOf(one, subject), setting) });
    }
  }
}
const command = `apps/bench/measure/diagnose.ts --part ${given.part} --seeds ${seeds.join(",")} --steps ${given.steps}`;
const done = await recordTrials<Setting>(
  isCheck ? "diagnose" : `diagnose-${given.part}`,
  command,
  trials,
);

type Run = Done<Setting>;

/** JSON has no NaN: a figure that is not there is null in a file that was read. */
const truthIn = ({ figures }: Run): Truth =>
  Object.fromEntries(
    Object.entries(figures).flatMap(([name, value]) =>
      name.startsWith("truth|") ? [[name.slice(6), (value as number | null) ?? NaN]] : [],
    ),
  ) as unknown as Truth;
const caseOf = ({ setting }: Run): Case => known.get(setting.case) as Case;
const foundIn = ({ figures }: Run): string[] =>
  Object.keys(figures).flatMap((name) => (name.startsWith("found ") ? [name.slice(6)] : []));

function twinOf({ setting }: Run, name: string): Run {
  const twin = done.find(
    (other) =>
      other.setting.case === name &&
      other.setting.data === setting.data &&
      other.setting.seed === setting.seed,
  );
  if (twin === undefined) throw new Error(`internal: no case ${name}`);
  return twin;
}

const overfitOf = (one: Run): readonly string[] =>
  truthIn(one).overfit >= leastOverfit ? ["overfitting"] : [];

/** What is wrong with a run in truth: any of these is to be found. */
function faultsOf(one: Run): readonly string[] {
  const { symptoms, twin, shows } = caseOf(one);
  const isShown =
    shows?.(truthIn(one), truthIn(twin === undefined ? one : twinOf(one, twin))) ?? true;
  return symptoms.length > 0 && isShown ? symptoms : overfitOf(one);
}

const isSound = (one: Run): boolean =>
  caseOf(one).symptoms.length === 0 && faultsOf(one).length === 0;
const isFound = (one: Run): boolean =>
  foundIn(one).some((symptom) => faultsOf(one).includes(symptom));
function strangeIn(one: Run): string[] {
  const expected = [...faultsOf(one), ...(caseOf(one).follows ?? []), ...overfitOf(one)];
  return foundIn(one).filter((symptom) => !expected.includes(symptom));
}

const broken = done.filter((one) => faultsOf(one).length > 0);
const sound = done.filter(isSound);
const unshown = done.length - broken.length - sound.length;
const found = broken.filter(isFound).length;
const alarmed = sound.filter((one) => strangeIn(one).length > 0).length;
const strange = broken.filter((one) => strangeIn(one).length > 0).length;
const percent = (part: number, all: number): string => `${((100 * part) / all).toFixed(1)} %`;
const lines = [
  `\`${command}\``,
  "",
  `${done.length} runs. Of ${broken.length} broken ones ${found} were found (${percent(found, broken.length)}); of ${sound.length} sound ones ${alarmed} gave an alarm (${percent(alarmed, sound.length)}). In ${unshown} runs the fault that was made does not show in held-out figures: they count for neither. ${strange} broken ones also showed something that does not follow from what was broken (${percent(strange, broken.length)}).`,
  "",
  "Runs of a sound case that are broken overfit: their held-out bound got worse while they trained.",
  "",
  markdownTable(
    ["case", "data", "runs", "broken", "found", "something else"],
    [...known.keys()].flatMap((name) =>
      sets.flatMap((data) => {
        const own = done.filter(({ setting }) => setting.case === name && setting.data === data);
        if (own.length === 0) return [];
        const wrong = own.filter((one) => faultsOf(one).length > 0);
        const others = [...new Set(own.flatMap(strangeIn))].join(", ");
        const counts = [own.length, wrong.length, wrong.filter(isFound).length].map(String);
        return [[name, data, ...counts, others]];
      }),
    ),
  ),
].join("\n");
process.stdout.write(lines);
if (isCheck) await writeWhole(recordedFile("diagnose.md"), `# What \`diagnose\` finds\n\n${lines}`);
