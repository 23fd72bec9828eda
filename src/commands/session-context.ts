import { posix, relative, resolve } from "node:path"
import { z } from "zod"
import { asDuckError, InvalidInputError, NotFoundError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import { estimateTokens } from "../base/tokens.ts"
import type { Workspace } from "../workspace/workspace.ts"
import { defineCommand } from "./command.ts"
import type { CommandContext } from "./context.ts"
import { type Block, literal } from "./document.ts"
import { spokenTokens } from "./llm/spoken.ts"
import { currentAssistant, dryRunArgument, named, sawLog, sessionArgument, speakerOf } from "./session/sessions.ts"
import { workspaceAt } from "./workspace-of.ts"

const mostFiles = 200

export const sessionContext = defineCommand({
  name: "session.context",
  summary: "Show or choose the files that stay in a conversation's context",
  description:
    "Their text, as it is at that moment, stands in every prompt, within a quarter of what the model takes; what is too " +
    "long is named in it. Compaction leaves them alone.",
  examples: [
    { line: "duck session context 01JC", says: "which there are, and what they take" },
    { line: "duck session context 01JC add src/main.ts README.md", says: "these as well" },
    { line: "duck session context 01JC remove README.md", says: "no more" },
    { line: "duck session context 01JC clear", says: "none" },
  ],
  input: z.object({
    session: sessionArgument,
    action: z.enum(["list", "add", "remove", "clear"]).default("list").describe("What to do"),
    paths: z.array(z.string().min(1).max(4_096)).default([]).describe("Files of the project, for add and remove"),
    dryRun: dryRunArgument,
  }),
  output: z.object({
    id: z.string(),
    /** `tokens`: an estimate; null: it can't be read now, and `why` says why. */
    files: z.array(z.object({ path: z.string(), tokens: z.int().nullable(), why: z.string() })),
    added: z.array(z.string()),
    removed: z.array(z.string()),
  }),
  positionals: ["session", "action", "paths"],
  permission: "write",
  async run({ session, action, paths, dryRun }, context) {
    const needsPaths = action === "add" || action === "remove"
    if (needsPaths !== paths.length > 0) {
      throw new InvalidInputError({
        message: needsPaths ? `There is nothing to ${action}.` : `"${action}" takes no paths.`,
        hint: "For example: duck session context 01JC add src/main.ts",
      })
    }
    const assistant = await currentAssistant(context.host)
    const { id, log } = named(assistant, session)
    const before = assistant.rows.snapshot(id).state.contextFiles ?? []
    const workspace = await workspaceAt(assistant.rows.snapshot(id).state.root, context)
    const after = await chosen(before, { action, paths }, workspace, context)
    if (!dryRun && action !== "list") {
      await assistant.change(
        id,
        { kind: "choose-context", files: after, speaker: speakerOf(context) },
        context.actor.id,
      )
      sawLog(context, log)
    }
    return {
      id,
      files: await Promise.all(after.map((path) => fileRow(path, workspace))),
      added: after.filter((path) => !before.includes(path)),
      removed: before.filter((path) => !after.includes(path)),
    }
  },
  present: ({ files, removed }) => [
    ...(removed.length > 0
      ? [{ kind: "paragraph", text: literal(`No more: ${removed.join(", ")}.`), tone: "quiet" } as const]
      : []),
    ...(files.length === 0
      ? [{ kind: "paragraph", text: "No files are kept in its context." } as const]
      : [
          {
            kind: "table",
            columns: [{ title: "in the context" }, { title: "tokens", align: "right" }, { title: "" }],
            rows: files.map(({ path, tokens, why }) => [
              literal(path),
              tokens === null ? "" : spokenTokens(tokens),
              literal(why),
            ]),
          } satisfies Block,
        ]),
  ],
})

async function chosen(
  before: readonly string[],
  { action, paths }: { readonly action: "list" | "add" | "remove" | "clear"; readonly paths: readonly string[] },
  workspace: Workspace,
  context: CommandContext,
): Promise<readonly string[]> {
  if (action === "list") return before
  if (action === "clear") return []
  if (action === "remove") {
    const meant = (path: string) => namesOf(path, workspace.root, context.folder)
    const gone = new Set(paths.flatMap(meant))
    const unknown = paths.find((path) => !meant(path).some((one) => before.includes(one)))
    if (unknown === undefined) return before.filter((path) => !gone.has(path))
    throw new NotFoundError({
      code: "NOT_IN_CONTEXT",
      message: `${unknown} is not in the context.`,
      hint: before.length > 0 ? `There are: ${before.join(", ")}.` : "No files are.",
    })
  }
  const found: string[] = []
  for (const path of paths) found.push(await fileAt(path, workspace, context.folder))
  const all = [...new Set([...before, ...found])]
  if (all.length <= mostFiles) return all
  throw new InvalidInputError({ message: `That would be ${count(all.length, "file")}; ${mostFiles} is the most.` })
}

/** As it is relative to the root, and to the folder that the person stands in. */
const namesOf = (path: string, root: string, folder: string): readonly string[] =>
  [posix.normalize(path), relative(root, resolve(folder, path))].filter((one) => one !== "" && !one.startsWith(".."))

/** The file's path, relative to the root. Throws what the workspace refuses. */
async function fileAt(path: string, workspace: Workspace, folder: string): Promise<string> {
  const candidates = namesOf(path, workspace.root, folder)
  let name = candidates[0] ?? path
  for (const one of candidates) {
    if (!(await workspace.exists(one))) continue
    name = one
    break
  }
  const { kind } = await workspace.stat(name)
  if (kind === "file") return (await workspace.resolve(name)).relative
  throw new InvalidInputError({ message: `${name} is a ${kind}, not a file.`, hint: "Name the files in it." })
}

async function fileRow(path: string, workspace: Workspace) {
  try {
    const { text } = await workspace.read(path)
    return { path, tokens: estimateTokens(text), why: "" }
  } catch (error) {
    return { path, tokens: null, why: asDuckError(error).message }
  }
}
