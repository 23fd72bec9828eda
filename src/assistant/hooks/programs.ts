import { join } from "node:path"
import type { Audit } from "../../access/audit.ts"
import { openProcesses } from "../../workspace/processes/processes.ts"
import { recordsIn } from "../../workspace/processes/run-records.ts"
import type { Processes } from "../../workspace/processes/types.ts"
import type { Hook } from "./sources.ts"

export interface HookPrograms {
  /** Runs a hook with text on its standard input. `exitCode` is null where it was ended: its time was up, or `signal`. */
  run(
    hook: Hook,
    input: string,
    signal: AbortSignal,
  ): Promise<{ readonly exitCode: number | null; readonly out: string; readonly errors: string }>
  close(): Promise<void>
}

/** Output of a program comes as one; a hook's decision must not be mixed with its warnings. */
const apart = `errors=$(mktemp) || exit 125
trap 'rm -f "$errors"' EXIT
/bin/sh -c "$DUCK_HOOK" 2>"$errors"
code=$?
printf '\\036'
cat "$errors"
exit "$code"`

const mostOutputBytes = 1_000_000

/**
 * Hooks run as all programs do: in the sandbox, bounded, with a clean environment, and nothing of them lives on. Those
 * that the user wants outside of the sandbox are a group of processes that is ended as a whole.
 */
export function hookPrograms(options: {
  readonly root: string
  readonly home: string
  readonly dataFolder: string
  readonly session: string
  readonly audit: Pick<Audit, "note">
}): HookPrograms {
  const { root, home, dataFolder, session, audit } = options
  const opened = new Map<boolean, Promise<Processes>>()
  const processesOf = (isSandboxed: boolean): Promise<Processes> => {
    const known = opened.get(isSandboxed)
    if (known) return known
    const homeReadable = [".claude/hooks", ".agents/hooks", ".config/duck/hooks"].map((path) => join(home, path))
    const made = openProcesses({
      root,
      policy: { hidden: [dataFolder], homeReadable, isolation: isSandboxed ? "auto" : "process-group" },
      outputFolder: join(dataFolder, "runs", session, isSandboxed ? "hooks" : "free-hooks"),
      recordFolder: recordsIn(dataFolder),
      audit: ({ outcome, ...details }) =>
        audit.note({ actor: session, action: "hook.run", target: details.id, outcome, details }),
      env: { ...process.env, HOME: home },
    })
    opened.set(isSandboxed, made)
    made.catch(() => opened.delete(isSandboxed))
    return made
  }
  return {
    async run({ command, timeoutMs, isSandboxed }, input, signal) {
      const processes = await processesOf(isSandboxed)
      const { exitCode, output, reason } = await processes.run(apart, {
        input,
        signal,
        env: { DUCK_HOOK: command, DUCK_PROJECT_DIR: root, CLAUDE_PROJECT_DIR: root },
        limits: { timeoutMs, outputBytes: mostOutputBytes },
      })
      const [out = "", errors = ""] = output.text.split("\u001e")
      return { exitCode: reason === "exited" ? exitCode : null, out, errors }
    },
    async close() {
      for (const made of opened.values()) await (await made.catch(() => undefined))?.close()
    },
  }
}
