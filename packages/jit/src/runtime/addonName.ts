/** The name of the native library for this machine: platform, processor and, on Linux, C library. */
export function addonName(): string {
  return [process.platform, process.arch, ...libc()].join("-");
}

/** On Linux there are two C libraries, and a library made for one does not load with the other. */
function libc(): string[] {
  if (process.platform !== "linux") return [];
  // Looking hosts up, which a report does otherwise, can take seconds.
  (process.report as { excludeNetwork?: boolean }).excludeNetwork = true;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return [header.glibcVersionRuntime === undefined ? "musl" : "glibc"];
}
