import { normalize } from "node:path";
import { expect, test } from "vitest";
import { cacheFolder, systemFolders } from "../src/node/cacheFolder.ts";

const home = "/home/me";

test.each([
  ["ELBO_CACHE wins everywhere", "darwin", { ELBO_CACHE: normalize("/big/disk") }, "/big/disk"],
  ["Linux has ~/.cache", "linux", {}, "/home/me/.cache/elbo"],
  ["Linux may have another", "linux", { XDG_CACHE_HOME: "/var/me" }, "/var/me/elbo"],
  ["a relative one is ignored", "linux", { XDG_CACHE_HOME: "me" }, "/home/me/.cache/elbo"],
  ["macOS has ~/Library/Caches", "darwin", {}, "/home/me/Library/Caches/elbo"],
  ["Windows has LOCALAPPDATA", "win32", { LOCALAPPDATA: "/local" }, "/local/elbo"],
  ["Windows without it has AppData/Local", "win32", {}, "/home/me/AppData/Local/elbo"],
])("%s", (_, platform, env, expected) => {
  expect(cacheFolder({ platform, home, env })).toBe(normalize(expected));
});

test("the system's folders are Debian's and those of XDG_DATA_DIRS", () => {
  expect(systemFolders({ platform: "linux", home, env: {} })).toEqual([
    normalize("/usr/local/share/datasets"),
    normalize("/usr/share/datasets"),
  ]);
  const env = { XDG_DATA_DIRS: "/opt/share:relative" };
  expect(systemFolders({ platform: "linux", home, env })).toEqual([
    normalize("/opt/share/datasets"),
  ]);
  expect(systemFolders({ platform: "win32", home, env })).toEqual([]);
});
