import { access, constants, statfs } from "node:fs/promises"
import { z } from "zod"
import { defineCommand } from "./command.ts"
import type { Host } from "./context.ts"
import { serverOf, spokenDuration, spokenSize } from "./server-facts.ts"

const Check = z.object({ name: z.string(), isHealthy: z.boolean(), says: z.string() })
type Check = z.infer<typeof Check>

/** Below this the next writes are at risk. */
const leastFreeBytes = 100_000_000

export const health = defineCommand({
  name: "health",
  summary: "Check that the running server is well",
  description: "`GET /health` answers without a token that it lives; this asks after what it depends on.",
  examples: [{ line: "duck health --json", says: "for a script; the exit code is 1 when something is wrong" }],
  input: z.object({}),
  output: z.object({
    isHealthy: z.boolean(),
    version: z.string(),
    pid: z.int(),
    uptimeMs: z.number(),
    residentBytes: z.int(),
    heapBytes: z.int(),
    connections: z.int(),
    runningCalls: z.int(),
    checks: z.array(Check),
  }),
  permission: "read",
  startsServer: false,
  timeoutMs: 10_000,
  async run(_input, { host }) {
    const server = serverOf(host)
    const { version, pid, uptimeMs } = server.health()
    const memory = process.memoryUsage()
    const checks = await Promise.all([log(host), dataFolder(host), settings(host)])
    return {
      isHealthy: checks.every((check) => check.isHealthy),
      version,
      pid,
      uptimeMs,
      residentBytes: memory.rss,
      heapBytes: memory.heapUsed,
      connections: server.connections(),
      runningCalls: server.runningCalls(),
      checks,
    }
  },
  present: (output) => [
    {
      kind: "paragraph",
      text: output.isHealthy ? "The server is well." : "The server is not well.",
      tone: output.isHealthy ? "good" : "bad",
    },
    {
      kind: "fields",
      entries: [
        ["version", `${output.version}, process ${output.pid}`],
        ["up", spokenDuration(output.uptimeMs)],
        ["memory", `${spokenSize(output.residentBytes)} (heap ${spokenSize(output.heapBytes)})`],
        ["clients", `${output.connections} connected, ${output.runningCalls} commands running`],
        ...output.checks.map(
          ({ name, isHealthy, says }) => [name, `${isHealthy ? "ok" : "**failing**"}: ${says}`] as const,
        ),
      ],
    },
  ],
  exitCode: ({ isHealthy }) => (isHealthy ? 0 : 1),
})

/** A store that answers is open; one whose log is suspect refuses here. */
async function log(host: Host): Promise<Check> {
  return checked("log", async () => {
    const { pos } = host.fabric().store.tip("core")
    return `the core log is at position ${pos}`
  })
}

async function dataFolder(host: Host): Promise<Check> {
  return checked("data folder", async () => {
    await access(host.folders.data, constants.W_OK)
    const { bavail, bsize } = await statfs(host.folders.data)
    const freeBytes = bavail * bsize
    if (freeBytes < leastFreeBytes) throw new Error(`only ${spokenSize(freeBytes)} free on its disk`)
    return `${host.folders.data}, ${spokenSize(freeBytes)} free`
  })
}

async function settings(host: Host): Promise<Check> {
  return checked("settings", async () => {
    const [first] = host.config.load().warnings
    if (first) throw new Error(`${first.where}: ${first.message}`)
    return "all understood"
  })
}

async function checked(name: string, check: () => Promise<string>): Promise<Check> {
  try {
    return { name, isHealthy: true, says: await check() }
  } catch (error) {
    return { name, isHealthy: false, says: error instanceof Error ? error.message : String(error) }
  }
}
