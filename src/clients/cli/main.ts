import { type Programs, processHost, programsIn } from "./host.ts"
import { runCommandLine } from "./run.ts"

/** The command line of this process: runs it and leaves with its exit code. `bin/duck.mjs` calls it. */
export async function main(
  argv: readonly string[],
  programs: Programs = programsIn(import.meta.dirname),
): Promise<void> {
  const host = processHost(programs)
  const code = await runCommandLine(argv, host)
  // Writes to a pipe may still be under way: leave when they are done, and not later because of what else is open.
  await drained(process.stdout)
  await drained(process.stderr)
  process.exit(host.interruptCode() ?? code)
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0) resolve()
    else stream.write("", () => resolve())
  })
}
