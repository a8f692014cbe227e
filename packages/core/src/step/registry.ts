import { describeValue } from "@elbo/common";

/** Makers of the parts of one role, by the kind that files know them by. */
export interface Registry<Make> {
  /**
   * Says how a part of a kind is made again from its saved options. Call it where the part is defined, so that whoever
   * imports the part can load models that have it.
   *
   * @throws Error for a kind that another maker was registered for
   */
  register(kind: string, make: Make): void;
  /**
   * The maker of a kind.
   *
   * @throws Error naming the kinds there are
   */
  find(fn: string, kind: unknown): Make;
  /** The registered kinds, in the order of registration. */
  kinds(): readonly string[];
}

/**
 * A registry: an open table in the place of a switch on kinds.
 *
 * @param role what the parts are called in messages: `"likelihood"`
 * @param builtIns makers that are always there: listed, since a bundler drops files that only register
 */
export function createRegistry<Make>(
  role: string,
  builtIns: Readonly<Record<string, Make>> = {},
): Registry<Make> {
  const makers = new Map<string, Make>(Object.entries(builtIns));
  return {
    register(kind, make) {
      if (makers.has(kind) && makers.get(kind) !== make) {
        throw new Error(`register: the kind of a ${role} must be new, got "${kind}" again`);
      }
      makers.set(kind, make);
    },
    find(fn, kind) {
      const make = typeof kind === "string" ? makers.get(kind) : undefined;
      if (make !== undefined) return make;
      throw new Error(
        `${fn}: the kind of a ${role} must be registered (${[...makers.keys()].join(", ")}), got ${describeValue(kind)}; import the file that defines and registers it first`,
      );
    },
    kinds: () => [...makers.keys()],
  };
}
