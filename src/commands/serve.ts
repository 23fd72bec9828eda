import { z } from "zod"
import { onlyAtTerminal } from "./at-terminal.ts"
import { defineCommand } from "./command.ts"

export const serve = defineCommand({
  name: "serve",
  summary: "Run the server in the foreground",
  description:
    "Commands start a server by themselves and it stops by itself when idle; run one by hand to keep it, to give it a " +
    "fixed port, or to watch what it says. Ctrl-C stops it.",
  examples: [
    { line: "duck serve", says: "a server for this data folder, until Ctrl-C" },
    { line: "duck serve --debug", says: "with everything it logs on stderr" },
    { line: "duck serve --port 4711 --idle-minutes 0", says: "on a fixed port, never stopping by itself" },
  ],
  input: z.object({
    port: z.int().min(0).max(65_535).optional().describe("Port on the loopback interface; 0 takes any that is free"),
    idleMinutes: z.number().min(0).optional().describe("Minutes without use after which it stops; 0: never"),
  }),
  output: z.object({}),
  permission: "admin",
  runsIn: "client",
  timeoutMs: 0,
  async run() {
    throw onlyAtTerminal("duck serve")
  },
})
