import { injectionRule, type InjectionChoice, type JsonObject } from "@elbo/core";

/** How a condition enters the networks, as an option of a model. */
export const injectionOption = {
  inject: {
    rule: injectionRule,
    default: undefined,
    shown: "input",
    doc: "how the condition enters encoder and decoder",
  },
} as const;

/** The option as a saved model has it. */
export const injectionJson = (inject: InjectionChoice | undefined): JsonObject =>
  inject === undefined ? {} : { inject: inject as string | JsonObject };
