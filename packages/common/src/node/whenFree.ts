import { setTimeout as wait } from "node:timers/promises";

/**
 * Does something with a file that Windows refuses for as long as a reader, an indexer or a virus scanner has the file
 * open; there it is tried for two seconds.
 *
 * @throws what `action` threw last
 */
export async function whenFree<T>(action: () => Promise<T>): Promise<T> {
  for (let pause = 1; ; pause *= 2) {
    try {
      return await action();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "";
      const mayPass = process.platform === "win32" && ["EPERM", "EACCES", "EBUSY"].includes(code);
      if (!mayPass || pause > 1024) throw error;
      await wait(pause);
    }
  }
}
