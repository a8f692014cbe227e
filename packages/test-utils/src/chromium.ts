import { existsSync } from "node:fs";

/** Where Chromium usually is, after what `CHROMIUM` says. */
const places = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** The browser that is installed, or undefined. */
export function findChromium(): string | undefined {
  return places.find((place) => place !== undefined && existsSync(place));
}

/**
 * {@link findChromium} for a test file, which says on standard error that it skips tests where there is none.
 *
 * @param test `report.test.ts opens the report`
 */
export function chromiumFor(test: string): string | undefined {
  const path = findChromium();
  if (path === undefined)
    process.stderr.write(
      `\nSKIPPED: ${test} in Chromium, and none was found; set CHROMIUM to its path.\n\n`,
    );
  return path;
}

/** Arguments that keep the browser from asking the network for anything of its own. */
export const chromiumArguments = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
