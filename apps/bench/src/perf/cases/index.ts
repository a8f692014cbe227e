import { convWorks } from "./conv.ts";
import { mlpWorks } from "./mlp.ts";
import { vqWorks } from "./vq.ts";
import { workGroups } from "./work.ts";
import type { Work } from "./work.ts";

/** Every work, in the order in which they are timed, group by group: a group's first work meets a fresh process. */
export const works: readonly Work[] = [...mlpWorks, ...convWorks, ...vqWorks].sort(
  (a, b) => workGroups.indexOf(a.group) - workGroups.indexOf(b.group),
);

/**
 * The work of a name.
 *
 * @throws RangeError when there is none
 */
export function workNamed(name: string): Work {
  const work = works.find((candidate) => candidate.name === name);
  if (work === undefined) {
    throw new RangeError(
      `workNamed: name must be one of ${works.map((each) => each.name).join(", ")}, got ${name}`,
    );
  }
  return work;
}
