import { z } from "zod"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"

const Server = z.object({
  name: z.string(),
  languages: z.array(z.string()),
  /** The words it is started with; empty where it is not found. */
  command: z.array(z.string()),
  from: z.enum(["set", "project", "path"]).nullable(),
  state: z.enum(["missing", "found", "starting", "running", "resting", "refused"]),
  problem: z.string().nullable(),
  pid: z.int().nullable(),
  openFiles: z.int(),
  restarts: z.int(),
  isSandboxed: z.boolean().nullable(),
})

export const lspStatus = defineCommand({
  name: "lsp.status",
  summary: "Show which language servers are found and which run",
  description:
    "Looks in the project, on the PATH and at the setting lsp.servers. Nothing is installed, and nothing is started here: " +
    "a server starts when something needs it, and ends when nobody has for a while.",
  examples: [
    { line: "duck lsp status", says: "those that are installed" },
    { line: "duck lsp status --all", says: "those that are not, too" },
  ],
  input: z.object({ all: z.boolean().default(false).describe("Also show those that are not installed") }),
  output: z.object({ root: z.string(), servers: z.array(Server) }),
  permission: "read",
  async run({ all }, context) {
    const { root } = await context.project()
    const servers = await context.host.languageServers.status(root)
    const shown = servers.filter(({ state }) => all || state !== "missing")
    return {
      root,
      servers: shown.map((one) => ({ ...one, languages: [...one.languages], command: [...one.command] })),
    }
  },
  present: ({ servers }) => {
    if (servers.length === 0) {
      const text =
        "No language server that is known is installed. Without one the index answers; `duck lsp status --all` shows which are known."
      return [{ kind: "paragraph", text }]
    }
    return [
      {
        kind: "table",
        columns: [
          { title: "server" },
          { title: "languages" },
          { title: "state" },
          { title: "" },
          { title: "", isCut: true },
        ],
        rows: servers.map(({ name, languages, state, problem, pid, openFiles, restarts, isSandboxed, command }) => [
          `**${literal(name)}**`,
          literal(languages.join(", ")),
          state,
          literal(
            [
              ...(pid === null ? [] : [`process ${pid}`, isSandboxed ? "in the sandbox" : "without a sandbox"]),
              ...(openFiles > 0 ? [count(openFiles, "open file")] : []),
              ...(restarts > 0 ? [`ended ${count(restarts, "time")}`] : []),
            ].join(", "),
          ),
          literal(problem ?? command.join(" ")),
        ]),
      },
    ]
  },
})
