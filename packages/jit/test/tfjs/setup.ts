// Imported first: the tests ask for the environments while they are being defined.
// @ts-expect-error -- test-only module without types
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util";
import { backendName } from "./lazyBackend.ts";

// Nothing compiled can be read synchronously.
(setTestEnvs as (environments: object[]) => void)([
  { name: backendName, backendName, isDataSync: false },
]);
