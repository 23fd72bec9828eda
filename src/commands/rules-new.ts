import { join } from "node:path"
import { z } from "zod"
import { privateFolder } from "../access/private-file.ts"
import { DuckError } from "../base/errors.ts"
import { scopes } from "../context/rules/scopes.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { rulesOf } from "./rules/shapes.ts"

export const rulesNew = defineCommand({
  name: "rules.new",
  summary: "Make a file for a new rule, in the folder that its scope has",
  examples: [
    { line: "duck rules new small-commits Commits are small and have tests", says: "for everything here" },
    { line: "duck rules new errors --language typescript Throw DuckError", says: "for a language" },
    { line: "duck rules new api --glob 'src/api/**' --hard --regex console", says: "one that is checked and blocks" },
    { line: "duck rules new tone --user Answer in German", says: "for you, in all projects" },
  ],
  input: z.object({
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,80}$/, "takes small letters, digits and `-`")
      .describe("Its id, and the file's name: small letters, digits and -"),
    text: z.string().trim().max(20_000).default("").describe("What it says; without it there is a place to write it"),
    title: z.string().trim().min(1).max(200).optional().describe("What lists call it"),
    scope: z.enum(scopes).optional().describe("What it is for; by default what the other options say"),
    language: z.string().min(1).optional().describe("Only for files in this language"),
    framework: z.string().min(1).optional().describe("Only where the project uses this package"),
    task: z.string().min(1).optional().describe("Only for this task, such as review"),
    glob: z.array(z.string().min(1)).default([]).describe("Only for files that fit; may be given several times"),
    hard: z.boolean().default(false).describe("What breaks it is an error, which blocks"),
    pattern: z.string().min(1).optional().describe("Code that breaks it, as an ast-grep pattern"),
    regex: z.string().min(1).optional().describe("Text that breaks it, as a regular expression"),
    user: z.boolean().default(false).describe("For you, in the folder of your settings"),
    dryRun: z.boolean().default(false).describe("Show the file, and write nothing"),
  }),
  output: z.object({ path: z.string(), text: z.string(), isWritten: z.boolean() }),
  positionals: ["id", "text"],
  takesRest: true,
  permission: "write",
  async run({ user, dryRun, ...wanted }, context) {
    const { newRuleFile } = await import("../context/rules/new-rule.ts")
    const { openWorkspace } = await import("../workspace/workspace.ts")
    const { path, text } = newRuleFile(wanted)
    const { root, index } = await context.project()
    const base = user ? context.host.folders.config : root
    const at = user ? path.replace(/^\.ai-rules\//, "rules/") : path
    const shown = user ? join(base, at) : at
    if (dryRun) return { path: shown, text, isWritten: false }
    if (user) privateFolder(base)
    const workspace = await openWorkspace({ root: base, audit: () => {} })
    if (await workspace.exists(at)) {
      throw new DuckError({
        code: "RULE_EXISTS",
        message: `There is a file ${shown} already.`,
        hint: "Choose another id, or edit that file.",
        status: 409,
      })
    }
    await workspace.write(at, text, { expectHash: null })
    if (!user) index.markDirty([at])
    await rulesOf(context)
    return { path: shown, text, isWritten: true }
  },
  present: ({ path, text, isWritten }) => [
    {
      kind: "paragraph",
      text: isWritten ? `Wrote ${literal(path)}. It holds from now on.` : `Would write ${literal(path)}.`,
      ...(isWritten ? { tone: "good" as const } : {}),
    },
    { kind: "quote", path, startLine: 1, endLine: text.split("\n").length - 1, text, language: "markdown" },
  ],
})
