import { z } from "zod"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { Check } from "./doctor/check.ts"
import { literal } from "./document.ts"

export const doctor = defineCommand({
  name: "doctor",
  summary: "Find out what is wrong, and mend it",
  description:
    "Looks at the installation, the settings, the data folder, the server, every log and every index, and changes " +
    "nothing unless told to. Works without a server. The exit code is 1 when a problem is left.",
  examples: [
    { line: "duck doctor", says: "what is wrong, and what could be done" },
    { line: "duck doctor --fix", says: "mend what can be mended without losing anything" },
    { line: "duck doctor --recover", says: "save what can be read of a damaged log, and keep the damaged file" },
  ],
  input: z.object({
    fix: z.boolean().default(false).describe("Mend rights, stale files and damaged indexes"),
    recover: z.boolean().default(false).describe("Make damaged logs usable again; the old files are kept"),
    dryRun: z.boolean().default(false).describe("Only say what --fix and --recover would do"),
  }),
  output: z.object({ isWell: z.boolean(), checks: z.array(Check) }),
  permission: "admin",
  audited: ({ fix, recover, dryRun }) => ((fix || recover) && !dryRun ? {} : null),
  runsIn: "process",
  timeoutMs: 0,
  async run({ fix, recover, dryRun }, { host, folder, signal, progress }) {
    const examination = { host, folder, fixes: fix && !dryRun, recovers: recover && !dryRun, signal }
    // When they are asked for: the registry imports this file.
    const [{ installation }, { dataFolder }, { secrets }, { programs }, { runningServer }, { stores }] =
      await Promise.all([
        import("./doctor/installation.ts"),
        import("./doctor/data-folder.ts"),
        import("./doctor/secrets.ts"),
        import("./doctor/programs.ts"),
        import("./doctor/running-server.ts"),
        import("./doctor/stores.ts"),
      ])
    const checks = [
      ...(await installation(examination)),
      ...(await programs(examination)),
      ...(await dataFolder(examination)),
      ...secrets(examination),
    ]
    const { checks: server, isRunning } = await runningServer(examination)
    progress({ phase: "check", message: "Verifying the logs" })
    checks.push(...server, ...(await stores(examination, isRunning)))
    return { isWell: checks.every(({ state }) => state !== "problem"), checks }
  },
  present: ({ isWell, checks }) => {
    const problems = checks.filter(({ state }) => state === "problem").length
    const offered = checks.filter(({ repair }) => repair === "offered").length
    return [
      {
        kind: "table",
        columns: [{ title: "" }, { title: "" }, { title: "" }],
        rows: checks.map(({ name, state, says, advice, repair }) => [
          marks[state],
          name,
          literal(says) + (advice ? `\n${repair === "done" ? "Done: " : ""}${advice}` : ""),
        ]),
      },
      {
        kind: "paragraph",
        text: isWell ? "All is well." : `${count(problems, "problem")} found.`,
        tone: isWell ? "good" : "bad",
      },
      ...(offered > 0
        ? [
            {
              kind: "paragraph",
              text: "`duck doctor --fix` mends what loses nothing; `duck doctor --recover` saves damaged logs.",
            } as const,
          ]
        : []),
    ]
  },
  exitCode: ({ isWell }) => (isWell ? 0 : 1),
})

const marks = { ok: "ok", note: "note", problem: "**PROBLEM**" } as const
