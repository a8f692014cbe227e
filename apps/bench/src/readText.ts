import type { Rule } from "@elbo/common";
import { refusing } from "./refusal.ts";

/**
 * Reads the texts of a command line by rules.
 *
 * @param command for messages
 * @throws Refusal `command: --name must be ..., got ...` from what it gives
 */
export const textReader =
  (command: string) =>
  <T>(name: string, rule: Rule<T>, text: string): T =>
    refusing(() => rule.read({ fn: command, name: `--${name}` }, rule.fromText?.(text) ?? text));
