import { describeValue, rules } from "@elbo/common";

/** A column by its name or its index from 0. */
export const columnRule = rules.either(rules.text(), rules.integer({ min: 0 }));

/** What every reader of comma-separated values lets say about text and columns, as a table. */
export const csvOptions = {
  delimiter: {
    rule: rules.such<string>(
      "one character other than quotes and line ends",
      (value) => typeof value === "string" && value.length === 1 && !/["\r\n]/u.test(value),
    ),
    default: ",",
  },
  encoding: {
    rule: rules.such<string>('one that TextDecoder knows, such as "utf-8" or "latin1"', isEncoding),
    default: "utf-8",
  },
  header: { rule: rules.boolean(), default: undefined },
  columns: { rule: rules.list(columnRule, { least: 0 }), default: undefined },
  drop: { rule: rules.list(columnRule, { least: 0 }), default: undefined },
} as const;

function isEncoding(label: unknown): boolean {
  try {
    return typeof label === "string" && new TextDecoder(label).encoding !== "";
  } catch {
    return false;
  }
}

/** @throws TypeError when columns are both taken and left out */
export function refuseBoth(
  caller: string,
  { columns, drop }: { readonly columns?: unknown; readonly drop?: unknown },
): void {
  if (columns === undefined || drop === undefined) return;
  throw new TypeError(
    `${caller}: drop must be left out when columns are chosen, got ${describeValue(drop)}`,
  );
}
