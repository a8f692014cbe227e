import { constant, scheduleRule } from "@elbo/core";

/** The option `beta` of the factories whose objective is the weighted ELBO, as a row of their tables. */
export const betaOption = {
  rule: scheduleRule({ min: 0 }),
  default: constant(1),
  shown: "1",
  doc: "weight of the KL divergence, a number or a schedule over steps",
};
