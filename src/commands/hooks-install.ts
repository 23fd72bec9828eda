import { mkdir, rename, writeFile } from "node:fs/promises"
import { z } from "zod"
import { DuckError } from "../base/errors.ts"
import { newId } from "../base/ids.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { duckNotFound, hookPlace } from "./hooks-install/hooks-folder.ts"
import { hookScript } from "./hooks-install/script.ts"

export const hooksInstall = defineCommand({
  name: "hooks.install",
  summary: "Have git look at what is staged before each commit",
  description:
    "Installs a pre-commit hook that runs `duck analyze`, or `duck review`, over what is staged. A hook that is there is run first and comes " +
    "back with `duck hooks uninstall`. Where the server is away the commit goes on. (`duck hooks list` is about agents' hooks.)",
  examples: [
    { line: "duck hooks install", says: "errors hold a commit up" },
    { line: "duck hooks install --fail-on warning --strict", says: "warnings too, and a server that is away" },
    { line: "duck hooks install --dry-run", says: "shows what would be written" },
  ],
  input: z.object({
    failOn: z
      .enum(["error", "warning", "note", "never"])
      .default("error")
      .describe("Findings from this severity on hold a commit up"),
    run: z.enum(["analyze", "review"]).default("analyze").describe("What looks at it; a review asks no model"),
    strict: z.boolean().default(false).describe("Hold a commit up too where nothing could look at it"),
    dryRun: z.boolean().default(false).describe("Only show what would be written"),
  }),
  output: z.object({
    state: z.enum(["installed", "would install", "left to another program"]),
    path: z.string(),
    /** Where the hook that was there is kept; null where there was none. */
    chained: z.string().nullable(),
    script: z.string(),
    isDuckFound: z.boolean(),
    manager: z.object({ name: z.string(), how: z.string() }).nullable(),
  }),
  permission: "write",
  async run({ run, failOn, strict, dryRun }, context) {
    const place = await hookPlace(context)
    const { hook, chained, state, hasChained, manager, folder, isDuckFound } = place
    const script = hookScript({ run, failOn, strict })
    const kept = state === "other" || hasChained ? chained : null
    const answer = { path: hook, chained: kept, script, isDuckFound, manager }
    if (manager) return { ...answer, chained: null, state: "left to another program" as const }
    if (state === "changed") {
      throw new DuckError({
        code: "HOOK_CHANGED",
        message: `${hook} is ours, but was changed by hand.`,
        hint: "Nothing was written. Move it away, and install again.",
        status: 409,
      })
    }
    if (state === "other" && hasChained) {
      throw new DuckError({
        code: "HOOK_IN_THE_WAY",
        message: `${hook} is another program's, and ${chained} is there already.`,
        hint: "Nothing was written. Move one of them away.",
        status: 409,
      })
    }
    if (dryRun) return { ...answer, state: "would install" as const }
    await mkdir(folder, { recursive: true })
    // Written whole beside it, so that git never finds half a hook.
    const fresh = `${hook}.${newId()}`
    await writeFile(fresh, script, { mode: 0o755, flag: "wx" })
    if (state === "other") await rename(hook, chained)
    await rename(fresh, hook)
    return { ...answer, state: "installed" as const }
  },
  exitCode: ({ state }) => (state === "left to another program" ? 1 : 0),
  present({ state, path, chained, script, isDuckFound, manager }) {
    if (manager) {
      const text = `${manager.name} keeps the hooks of this project; nothing was written. ${manager.how}`
      return [{ kind: "paragraph", text: literal(text), tone: "warning" }]
    }
    const before = chained === null ? "" : ` The hook that was there runs first; it is kept as ${chained}.`
    return [
      ...(state === "would install" ? [{ kind: "verbatim", text: script } as const] : []),
      {
        kind: "paragraph",
        text: literal(`${state === "installed" ? "Installed" : "Would install"} ${path}.${before}`),
        tone: state === "installed" ? "good" : "quiet",
      },
      ...(isDuckFound ? [] : [{ kind: "paragraph", text: duckNotFound, tone: "warning" } as const]),
    ]
  },
})
