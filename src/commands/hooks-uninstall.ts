import { rename, rm } from "node:fs/promises"
import { z } from "zod"
import { DuckError } from "../base/errors.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { hookPlace } from "./hooks-install/hooks-folder.ts"

export const hooksUninstall = defineCommand({
  name: "hooks.uninstall",
  summary: "Take our git hook away, and put back what was there",
  examples: [{ line: "duck hooks uninstall", says: "commits are no longer looked at" }],
  input: z.object({ dryRun: z.boolean().default(false).describe("Only say what would be done") }),
  output: z.object({
    state: z.enum(["uninstalled", "would uninstall", "not installed"]),
    path: z.string(),
    /** The hook of before is back in its place. */
    restored: z.boolean(),
  }),
  permission: "write",
  async run({ dryRun }, context) {
    const { hook, chained, state, hasChained } = await hookPlace(context)
    if (state === "none" || state === "other") return { state: "not installed" as const, path: hook, restored: false }
    if (state === "changed") {
      throw new DuckError({
        code: "HOOK_CHANGED",
        message: `${hook} was changed by hand.`,
        hint: `Nothing was done. Keep what you need of it and remove it${hasChained ? `; ${chained} is what was there before` : ""}.`,
        status: 409,
      })
    }
    if (dryRun) return { state: "would uninstall" as const, path: hook, restored: hasChained }
    if (hasChained) await rename(chained, hook)
    else await rm(hook)
    return { state: "uninstalled" as const, path: hook, restored: hasChained }
  },
  exitCode: ({ state }) => (state === "not installed" ? 1 : 0),
  present: ({ state, path, restored }) => [
    {
      kind: "paragraph",
      text: literal(
        state === "not installed"
          ? `There is no hook of ours at ${path}.`
          : `${state === "uninstalled" ? "Took" : "Would take"} ${path} away${restored ? ", with the hook of before in its place" : ""}.`,
      ),
    },
  ],
})
