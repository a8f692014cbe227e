import { afterEach, expect, test, vi } from "vitest";
import { whenFree } from "../src/node/whenFree.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Fails with a code so many times, then gives the number of calls. */
function failing(code: string, times: number): () => Promise<number> {
  let calls = 0;
  return () => {
    if (calls++ < times) return Promise.reject(Object.assign(new Error(code), { code }));
    return Promise.resolve(calls);
  };
}

test.each(["EPERM", "EACCES", "EBUSY"])("%s is waited for on Windows", async (code) => {
  vi.stubGlobal("process", { ...process, platform: "win32" });
  expect(await whenFree(failing(code, 3))).toBe(4);
});

test("what does not pass is thrown: another failure, one that lasts, one of another system", async () => {
  vi.stubGlobal("process", { ...process, platform: "linux" });
  await expect(whenFree(failing("EPERM", 1))).rejects.toThrow("EPERM");
  vi.stubGlobal("process", { ...process, platform: "win32" });
  await expect(whenFree(failing("EEXIST", 1))).rejects.toThrow("EEXIST");
  await expect(whenFree(failing("EBUSY", 100))).rejects.toThrow("EBUSY");
});
