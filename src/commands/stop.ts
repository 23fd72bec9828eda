import { z } from "zod"
import { DuckError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { serverOf } from "./server-facts.ts"

export const stop = defineCommand({
  name: "stop",
  summary: "Stop the server",
  description: "Commands that run get a few seconds to finish and are then cancelled. Nothing that was stored is lost.",
  examples: [
    { line: "duck stop", says: "stop it now" },
    { line: "duck stop --if-idle", says: "only if it has nothing to do" },
  ],
  input: z.object({
    ifIdle: z.boolean().default(false).describe("Only if no command or turn runs and no client is connected"),
    dryRun: z.boolean().default(false).describe("Say what would be interrupted, and stop nothing"),
  }),
  output: z.object({
    isStopping: z.boolean(),
    pid: z.int(),
    /** Commands of others that are cut short unless they finish in time. */
    runningCalls: z.int(),
    connections: z.int(),
    /** Turns of conversations; they are suspended, and the next server goes on with them. */
    runningTurns: z.int(),
  }),
  permission: "admin",
  startsServer: false,
  async run({ ifIdle, dryRun }, { host, actor }) {
    const server = serverOf(host)
    const runningTurns = server.runningTurns()
    const calls = { runningCalls: server.runningCalls(), connections: server.connections() }
    const facts = { pid: process.pid, ...calls, runningTurns }
    if (ifIdle && calls.runningCalls + calls.connections + runningTurns > 0) {
      throw new DuckError({
        code: "SERVER_BUSY",
        message: `The server has work: ${count(facts.runningCalls, "command")} running, ${count(facts.connections, "connection")} open, ${count(runningTurns, "turn")} under way.`,
        hint: "Stop it all the same with `duck stop`.",
        status: 409,
        details: facts,
      })
    }
    if (!dryRun) server.stop(`asked by ${actor.id}`)
    return { isStopping: !dryRun, ...facts }
  },
  present: ({ isStopping, pid, runningCalls, connections }) => [
    {
      kind: "paragraph",
      text: `${isStopping ? "Stopping" : "Would stop"} the server (process ${pid}); ${count(runningCalls, "running command")}, ${count(connections, "open connection")}.`,
    },
  ],
})
