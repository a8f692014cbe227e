import { codesIn, compressed } from "./compressed.ts";

/** Compresses, and reads what Node compressed. */
self.onmessage = (event: MessageEvent<{ bytes: readonly number[] }>) => {
  Promise.all([compressed(), codesIn(event.data.bytes)]).then(
    ([written, codes]) => {
      self.postMessage({ written, codes });
    },
    (error: unknown) => {
      self.postMessage({ error: String(error) });
    },
  );
};
