import { homedir } from "node:os"
import { z } from "zod"
import { hookEvents } from "../access/hook-settings.ts"
import { trustStore } from "../access/permissions/trust-store.ts"
import { defineCommand } from "./command.ts"
import { inlineCode, literal } from "./document.ts"

export const hooksList = defineCommand({
  name: "hooks.list",
  summary: "List the hooks that there are here, and whether they are run",
  description: "Of your settings, of the project and of ~/.claude. Those that wait are run once you trust them.",
  examples: [{ line: "duck hooks list", says: "which programs run on which events" }],
  input: z.object({}),
  output: z.object({
    hooks: z.array(
      z.object({
        event: z.enum(hookEvents),
        matcher: z.string(),
        command: z.string(),
        /** The file it stands in, or "settings". */
        from: z.string(),
        isSandboxed: z.boolean(),
        timeoutMs: z.number(),
        state: z.enum(["runs", "waits for trust"]),
      }),
    ),
  }),
  permission: "read",
  async run(_input, { project, host, logger }) {
    const [{ hooksFound }, { isAsTrusted }] = await Promise.all([
      import("../assistant/hooks/sources.ts"),
      import("../assistant/hooks/wants.ts"),
    ])
    const { root } = await project()
    const home = host.env.HOME || homedir()
    const trust = trustStore(host.folders.data)
    const found = await hooksFound({ root, home, choice: { on: host.config.load().values["hooks.on"], trust }, logger })
    const rows = found.map(async ({ hook, isTrusted }) => {
      const { event, matcher, command, from, isSandboxed, timeoutMs } = hook
      const runs = isTrusted && (await isAsTrusted(hook, home, trust))
      const state = runs ? ("runs" as const) : ("waits for trust" as const)
      return { event, matcher, command, from, isSandboxed, timeoutMs, state }
    })
    return { hooks: await Promise.all(rows) }
  },
  present({ hooks }) {
    if (hooks.length === 0) return [{ kind: "paragraph", text: "There are no hooks here." }]
    return [
      {
        kind: "table",
        columns: [{ title: "event" }, { title: "tools" }, { title: "command" }, { title: "from" }, { title: "state" }],
        rows: hooks.map(({ event, matcher, command, from, state }) => [
          event,
          literal(matcher || "*"),
          inlineCode(command),
          literal(from),
          state,
        ]),
      },
      ...(hooks.some(({ state }) => state !== "runs")
        ? [
            {
              kind: "paragraph",
              text: "`duck trust` shows what waits (`--home` for your home folder).",
              tone: "warning",
            } as const,
          ]
        : []),
    ]
  },
})
