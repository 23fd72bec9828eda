import { z } from "zod"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import type { Document } from "./document.ts"

const LogCheck = z.object({
  log: z.string(),
  ok: z.boolean(),
  /** Commits whose hash was computed again. */
  checked: z.int(),
  trimmedTo: z.int(),
  tip: z.object({ pos: z.int(), hash: z.string() }),
  /** The last position that a signed seal vouches for; 0: none yet. */
  sealedTo: z.int(),
  seals: z.int(),
  fault: z.object({ pos: z.int(), why: z.string(), what: z.string() }).optional(),
})

export const auditVerify = defineCommand({
  name: "audit.verify",
  summary: "Verify that no log has been tampered with",
  description:
    "Computes the hash chain of every log again, from the first commit to the last, and checks the signed seals. " +
    "The exit code is 1 when something does not fit.",
  examples: [
    { line: "duck audit verify", says: "all logs" },
    { line: "duck audit verify --log core", says: "one of them" },
  ],
  input: z.object({ log: z.string().optional().describe("Only this log, such as core") }),
  output: z.object({ isIntact: z.boolean(), logs: z.array(LogCheck) }),
  permission: "read",
  timeoutMs: 0,
  async run({ log }, { host, signal, progress }) {
    const { store, trustedKeys } = host.fabric()
    const logs = []
    for (const name of log === undefined ? store.logs() : [log]) {
      const onProgress = (done: number, total: number) => progress({ phase: "verify", done, total, message: name })
      logs.push({ ...(await store.verify(name, { trustedKeys, signal, onProgress })) })
    }
    return { isIntact: logs.every(({ ok }) => ok), logs }
  },
  present: ({ isIntact, logs }) =>
    logs.length === 0 ? [{ kind: "paragraph", text: "The logs are empty.", tone: "quiet" }] : logsShown(isIntact, logs),
  exitCode: ({ isIntact }) => (isIntact ? 0 : 1),
})

function logsShown(isIntact: boolean, logs: readonly z.output<typeof LogCheck>[]): Document {
  return [
    {
      kind: "paragraph",
      text: isIntact
        ? `Every hash of ${count(logs.length, "log")} is right.`
        : "**A log is not what it was.** See what does not fit below; `duck doctor` says what can be done.",
      tone: isIntact ? "good" : "bad",
    },
    {
      kind: "table",
      columns: [
        { title: "log" },
        { title: "commits", align: "right" },
        { title: "sealed to", align: "right" },
        { title: "last hash" },
        { title: "" },
      ],
      rows: logs.map(({ log, checked, sealedTo, tip, fault }) => [
        log,
        String(checked),
        sealedTo === 0 ? "-" : String(sealedTo),
        tip.hash.slice(0, 16),
        fault ? `position ${fault.pos}: ${fault.what}` : "ok",
      ]),
    },
  ]
}
