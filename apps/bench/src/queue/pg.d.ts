/** The part of `pg`, which comes without types, that the queue uses. */
declare module "pg" {
  import type { EventEmitter } from "node:events";

  class Client extends EventEmitter {
    constructor(config?: unknown);
  }
  const pg: { readonly Client: typeof Client };
  export { Client };
  export default pg;
}
