import { homedir } from "node:os"
import { z } from "zod"
import { sha256Of, trustStore } from "../access/permissions/trust-store.ts"
import { InvalidInputError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { type Block, inlineCode, literal } from "./document.ts"

const File = z.object({
  /** Relative to the folder. */
  path: z.string(),
  why: z.enum(["hooks", "script of a hook", "rules that allow", "prompt", "nothing any more"]),
  state: z.enum(["new", "changed", "trusted", "gone"]),
  sha256: z.string(),
  /** Unified, against what was trusted before; "" where nothing changed, or where it is no text. */
  diff: z.string(),
})

export const trust = defineCommand({
  name: "trust",
  summary: "Show what a project wants to run or allow, and trust it as it is",
  description:
    "Hooks of a project, the scripts they name, rules that allow something and prompts of its own take effect only as you " +
    "have trusted them. " +
    "A file that changes waits again. What is trusted is what was shown: its digest goes with the yes.",
  examples: [
    { line: "duck trust", says: "what waits, with what changed since the last time" },
    { line: "duck trust --accept 3fa9c1d2", says: "trust exactly what was shown with that digest" },
    { line: "duck trust --revoke", says: "trust nothing of this project any more" },
    { line: "duck trust --home", says: "the same for the hooks in ~/.claude" },
  ],
  input: z.object({
    accept: z.string().min(8).max(64).optional().describe("Trust what has this digest, the one that was shown"),
    revoke: z.boolean().default(false).describe("Take back all trust in this folder"),
    home: z.boolean().default(false).describe("The home folder's hooks, not the project's"),
    dryRun: z.boolean().default(false).describe("Show what would be trusted, and leave it"),
  }),
  output: z.object({
    folder: z.string(),
    isTrusted: z.boolean(),
    digest: z.string(),
    files: z.array(File),
    did: z.enum(["showed", "trusted", "revoked"]),
  }),
  permission: "write",
  async run({ accept, revoke, home: isHome, dryRun }, context) {
    if (accept !== undefined && revoke)
      throw new InvalidInputError({ message: "--accept and --revoke don't go together." })
    const [{ stateOf, trustWants, wantsOf }, { unifiedDiff }] = await Promise.all([
      import("../assistant/hooks/wants.ts"),
      import("../workspace/edit/unified.ts"),
    ])
    const { host, logger, actor } = context
    const home = host.env.HOME || homedir()
    const folder = isHome ? home : (await context.project()).root
    const store = trustStore(host.folders.data)
    const wants = await wantsOf(folder, home, logger)
    const digest = sha256Of(JSON.stringify(wants.map(({ path, sha256 }) => [path, sha256]).sort())).slice(0, 16)
    const before = store.of(folder)
    const goneFrom = (trusted: typeof before) =>
      Object.entries(trusted?.files ?? {}).filter(([path]) => !wants.some((want) => want.path === path))
    if (accept !== undefined && ((wants.length === 0 && goneFrom(before).length === 0) || !digest.startsWith(accept))) {
      throw new InvalidInputError({
        code: "TRUST_CHANGED",
        message: `What stands in ${folder} is not what has the digest ${accept}.`,
        hint: "Look at it again with `duck trust`.",
      })
    }
    const note = (action: string) =>
      host.audit.note({ actor: actor.id, action, target: folder, outcome: "done", details: { digest } })
    if (!dryRun && revoke && store.forget(folder)) note("trust.revoked")
    if (!dryRun && accept !== undefined) {
      trustWants(store, folder, wants, host.clock.now())
      note("trust.given")
    }
    const now = store.of(folder)
    const gone = goneFrom(now).map(([path, { sha256, text }]) => {
      const diff = unifiedDiff(text, "", { from: `trusted/${path}`, to: path })
      return { path, why: "nothing any more" as const, sha256, state: "gone" as const, diff }
    })
    const wanted = accept !== undefined ? "trusted" : revoke ? "revoked" : "showed"
    const did: "showed" | "trusted" | "revoked" = dryRun ? "showed" : wanted
    return {
      folder,
      isTrusted: gone.length === 0 && wants.every((want) => stateOf(want, now) === "trusted"),
      digest,
      did,
      files: [
        ...gone,
        ...wants.map((want) => {
          const { path, why, sha256, text } = want
          const diff = unifiedDiff(before?.files[path]?.text ?? "", text, { from: `trusted/${path}`, to: path })
          return { path, why, sha256, state: stateOf(want, now), diff }
        }),
      ],
    }
  },
  exitCode: ({ isTrusted, did }) => (isTrusted || did === "revoked" ? 0 : 1),
  present: ({ folder, files, digest, did, isTrusted }) => {
    if (files.length === 0)
      return [{ kind: "paragraph", text: `${literal(folder)} wants nothing to be run or allowed.` }]
    const table: Block = {
      kind: "table",
      columns: [{ title: "file" }, { title: "what" }, { title: "state" }],
      rows: files.map(({ path, why, state }) => [literal(path), why, state]),
    }
    if (isTrusted) {
      const text = did === "trusted" ? `Trusted: ${count(files.length, "file")}.` : "All of it is trusted as it is."
      return [{ kind: "paragraph", text, tone: "good" }, table]
    }
    const diffs = files.flatMap(({ path, state, diff }): Block[] =>
      state === "trusted" || diff === ""
        ? []
        : [{ kind: "quote", path, startLine: 1, endLine: diff.split("\n").length, text: diff, language: "diff" }],
    )
    const how = `To trust exactly this: ${inlineCode(`duck trust --accept ${digest}`)}`
    return [
      table,
      ...diffs,
      { kind: "paragraph", text: did === "revoked" ? "Nothing of it is trusted any more." : how },
    ]
  },
})
