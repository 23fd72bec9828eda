import { z } from "zod"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { duckNotFound, hookPlace } from "./hooks-install/hooks-folder.ts"

const said = {
  none: "There is no pre-commit hook.",
  other: "There is a pre-commit hook, which is not ours.",
  ours: "Our pre-commit hook is installed.",
  changed: "Our pre-commit hook is installed, and was changed by hand.",
} as const

export const hooksStatus = defineCommand({
  name: "hooks.status",
  summary: "Say whether git looks at what is staged before a commit",
  examples: [{ line: "duck hooks status", says: "whether our git hook is installed" }],
  input: z.object({}),
  output: z.object({
    state: z.enum(["none", "other", "ours", "changed"]),
    path: z.string(),
    chained: z.string().nullable(),
    isDuckFound: z.boolean(),
    manager: z.object({ name: z.string(), how: z.string() }).nullable(),
  }),
  permission: "read",
  async run(_, context) {
    const { state, hook, chained, hasChained, isDuckFound, manager } = await hookPlace(context)
    return { state, path: hook, chained: hasChained ? chained : null, isDuckFound, manager }
  },
  exitCode: ({ state }) => (state === "ours" || state === "changed" ? 0 : 1),
  present: ({ state, path, chained, isDuckFound, manager }) => [
    { kind: "paragraph", text: literal(`${said[state]} (${path})`) },
    ...(state !== "none" && state !== "other" && !isDuckFound
      ? [{ kind: "paragraph", text: duckNotFound, tone: "warning" } as const]
      : []),
    ...(chained ? [{ kind: "paragraph", text: literal(`It runs ${chained} first.`), tone: "quiet" } as const] : []),
    ...(manager
      ? [
          {
            kind: "paragraph",
            text: literal(`${manager.name} keeps the hooks here. ${manager.how}`),
            tone: "quiet",
          } as const,
        ]
      : []),
  ],
})
