import { z } from "zod"
import { asDuckError } from "../../base/errors.ts"
import { replace } from "../../workspace/edit/replace.ts"
import { FileNotFoundError } from "../../workspace/errors.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import { DraftRefusedError } from "../pipeline/draft.ts"
import type { Change } from "./proposal.ts"

/**
 * How a model writes changes of files. All fields are always there (null where they mean nothing), since some providers
 * take no schema with optional ones.
 */
export const WrittenEdits = z.object({
  title: z.string().describe("One line: what the change does"),
  explanation: z.string().describe("Markdown: what was done and why, and what the reader should look at"),
  files: z.array(
    z.object({
      path: z.string().describe("Relative to the project's root"),
      action: z.enum(["create", "edit", "replace", "move", "delete"]),
      content: z.string().nullable().describe("create, replace: the whole text of the file"),
      edits: z
        .array(
          z.object({
            find: z.string().describe("Text that stands in the file exactly once, with enough lines around it"),
            replace: z.string(),
          }),
        )
        .nullable()
        .describe("edit, move: in the order in which they are made"),
      to: z.string().nullable().describe("move: the new path"),
    }),
  ),
})
export type WrittenEdits = z.infer<typeof WrittenEdits>
type WrittenFile = WrittenEdits["files"][number]

/**
 * What the edits make of the files as they are now. Nothing is written. Throws DraftRefusedError, in words for the model,
 * where an edit does not fit its file, a file to create is there, one to change is not, or a path may not be written.
 */
export async function changesOf(workspace: Workspace, { files }: WrittenEdits): Promise<Change[]> {
  const changes: Change[] = []
  const wrong: string[] = []
  const seen = new Set<string>()
  for (const file of files) {
    for (const path of [file.path, ...(file.to === null ? [] : [file.to])]) {
      if (seen.has(path)) wrong.push(`${path}: named twice; put all its edits into one entry.`)
      seen.add(path)
    }
    try {
      const change = await changeOf(workspace, file)
      if (change) changes.push(change)
    } catch (thrown) {
      if (thrown instanceof DraftRefusedError) wrong.push(`${file.path}: ${thrown.message}`)
      else {
        const { message, hint } = asDuckError(thrown)
        wrong.push(`${file.path}: ${message}${hint ? ` ${hint}` : ""}`)
      }
    }
  }
  if (wrong.length > 0) throw new DraftRefusedError(`The edits do not fit the files.\n${wrong.join("\n")}`)
  if (changes.length === 0) throw new DraftRefusedError("The edits change nothing.")
  return changes
}

async function changeOf(workspace: Workspace, file: WrittenFile): Promise<Change | undefined> {
  const { path, action } = file
  const before = await textOf(workspace, path)
  if (action === "create") {
    if (before) throw new DraftRefusedError("It exists already; edit it, or replace it.")
    return { kind: "create", path, after: contentOf(file) }
  }
  if (!before) throw new DraftRefusedError(`There is no such file; to make it, use "create".`)
  const { text, hash: beforeHash } = before
  switch (action) {
    case "delete":
      return { kind: "delete", path, beforeHash }
    case "move": {
      const { to } = file
      if (!to) throw new DraftRefusedError(`"move" needs "to".`)
      if (await workspace.exists(to)) throw new DraftRefusedError(`${to} exists already.`)
      const after = edited(text, file.edits ?? [])
      return { kind: "move", path, beforeHash, to, after: after === text ? null : after }
    }
    case "replace":
    case "edit": {
      const after = action === "replace" ? contentOf(file) : edited(text, file.edits ?? [])
      return after === text ? undefined : { kind: "change", path, beforeHash, after }
    }
  }
}

/** Undefined where there is no such file. Throws what reading throws, for what is no text or may not be read. */
async function textOf(workspace: Workspace, path: string) {
  try {
    return await workspace.read(path)
  } catch (thrown) {
    if (thrown instanceof FileNotFoundError) return undefined
    throw thrown
  }
}

function contentOf({ content, action }: WrittenFile): string {
  if (content === null) throw new DraftRefusedError(`"${action}" needs "content".`)
  return content.endsWith("\n") || content === "" ? content : `${content}\n`
}

const edited = (text: string, edits: NonNullable<WrittenFile["edits"]>): string =>
  edits.reduce((now, { find, replace: fresh }) => (find === fresh ? now : replace(now, find, fresh).text), text)
