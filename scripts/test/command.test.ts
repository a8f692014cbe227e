import { describe, expect, it } from "vitest";
import { mustRun, runCommand, spawned } from "../src/command.ts";

describe("runCommand", () => {
  it("keeps what a command printed, and standard output apart", async () => {
    const result = await runCommand(["node", "-e", "console.log('out'); console.error('err')"]);
    expect(result).toMatchObject({ code: 0, stdout: "out\n" });
    expect(result.output).toContain("err");
  });

  it("gives the exit status of a command that fails", async () => {
    expect((await runCommand(["node", "-e", "process.exit(3)"])).code).toBe(3);
  });

  it("gives 127 and the reason for a command that is not there", async () => {
    const result = await runCommand(["elbo-no-such-command"]);
    expect(result.code).not.toBe(0);
    expect(result.output).toContain("elbo-no-such-command");
  });

  it("kills a command and its children when the time is up", async () => {
    const forever = "require('child_process').spawn('node', ['-e', 'setInterval(() => 0, 9)'])";
    const result = await runCommand(["node", "-e", forever], { timeout: 0.5 });
    expect(result.code).toBe(124);
    expect(result.seconds).toBeLessThan(10);
  });
});

describe("spawned", () => {
  it("hands a command on as it is", () => {
    const wanted = { file: "pnpm", args: ["a b"], shell: false };
    expect(spawned(["pnpm", "a b"], "linux")).toEqual(wanted);
  });

  it("starts batch files of Windows by the shell, their arguments quoted", () => {
    const wanted = { file: "pnpm", args: ["run", '"a b"', '"""c"""'], shell: true };
    expect(spawned(["pnpm", "run", "a b", '"c"'], "win32")).toEqual(wanted);
  });

  it.each(["node", "git", "C:\\Program Files\\nodejs\\node.exe"])(
    "starts %s on Windows without a shell, which takes no argument of several lines",
    (file) => {
      const args = ["-e", "one\ntwo"];
      expect(spawned([file, ...args], "win32")).toEqual({ file, args, shell: false });
    },
  );
});

describe("mustRun", () => {
  it("throws what a failing command printed", async () => {
    await expect(mustRun(["node", "-e", "console.log('why'); process.exit(1)"])).rejects.toThrow(
      /exit status 1\nwhy/,
    );
  });
});
