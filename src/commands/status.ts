import { z } from "zod"
import { defineCommand } from "./command.ts"
import type { Host } from "./context.ts"
import { serverOf, spokenDuration, spokenSize } from "./server-facts.ts"

const OpenProject = z.object({
  root: z.string(),
  files: z.int(),
  pending: z.int(),
  isComplete: z.boolean(),
  watching: z.string().nullable(),
  /** The caller stands in it. */
  isHere: z.boolean(),
})

export const status = defineCommand({
  name: "status",
  summary: "Show the running server, its projects and its jobs",
  examples: [{ line: "duck status", says: "what runs, since when, and on what" }],
  input: z.object({}),
  output: z.object({
    version: z.string(),
    pid: z.int(),
    address: z.string(),
    startedAt: z.string(),
    uptimeMs: z.number(),
    data: z.string(),
    residentBytes: z.int(),
    connections: z.int(),
    runningCalls: z.int(),
    runningTurns: z.int(),
    /** Minutes without use after which it stops; 0: never. */
    idleMinutes: z.number(),
    projects: z.array(OpenProject),
    jobs: z.object({ queued: z.int(), running: z.int(), dead: z.int() }),
  }),
  permission: "read",
  startsServer: false,
  async run(_input, { host, folder, config }) {
    const server = serverOf(host)
    const { version, pid, uptimeMs } = server.health()
    return {
      version,
      pid,
      address: `http://127.0.0.1:${server.port}`,
      startedAt: server.startedAt,
      uptimeMs,
      data: host.folders.data,
      residentBytes: process.memoryUsage.rss(),
      connections: server.connections(),
      runningCalls: server.runningCalls(),
      runningTurns: server.runningTurns(),
      idleMinutes: config().values["server.idleMinutes"],
      projects: host.projects.list().map(({ root, index, watching }) => {
        const { files, pending, isComplete } = index.freshness()
        return { root, files, pending, isComplete, watching, isHere: `${folder}/`.startsWith(`${root}/`) }
      }),
      jobs: await jobCounts(host),
    }
  },
  present: (output) => [
    {
      kind: "fields",
      entries: [
        ["server", `${output.version} at ${output.address}, process ${output.pid}`],
        ["up", spokenDuration(output.uptimeMs)],
        ["memory", spokenSize(output.residentBytes)],
        [
          "clients",
          `${output.connections} connected, ${output.runningCalls} commands running, ${output.runningTurns} turns under way`,
        ],
        ["jobs", `${output.jobs.running} running, ${output.jobs.queued} waiting, ${output.jobs.dead} dead`],
        ["data", output.data],
        ["stops", output.idleMinutes > 0 ? `after ${output.idleMinutes} min without use` : "only when told to"],
      ],
    },
    { kind: "heading", text: "Projects", level: 2 },
    output.projects.length === 0
      ? { kind: "paragraph", text: "None is open.", tone: "quiet" }
      : {
          kind: "table",
          columns: [{ title: "folder" }, { title: "files", align: "right" }, { title: "" }],
          rows: output.projects.map(({ root, files, pending, isComplete, isHere }) => [
            isHere ? `**${root}** (here)` : root,
            String(files),
            pending > 0 ? `${pending} to be indexed` : isComplete ? "up to date" : "not complete yet",
          ]),
        },
  ],
})

/** Counts up to a limit that nobody reads beyond. */
async function jobCounts(host: Host) {
  const { jobs } = host.fabric()
  const many = async (state: "queued" | "running" | "dead") => (await jobs.list({ state, limit: 1_000 })).length
  const [queued, running, dead] = await Promise.all([many("queued"), many("running"), many("dead")])
  return { queued, running, dead }
}
