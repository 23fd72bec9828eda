import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { InvalidInputError, UnavailableError } from "../../base/errors.ts"
import { shellRun } from "./shell-run.ts"

/** The person's editor, as the shell would run it: "code --wait". */
const editorIn = (env: NodeJS.ProcessEnv): string | undefined => env.VISUAL || env.EDITOR || undefined

/**
 * Opens a text in the person's editor, which has the terminal until it ends; gives what it leaves, without the line break
 * at its end. Throws where there is no editor, or where it says that it failed: then nothing was changed.
 */
export async function edited(text: string, env: NodeJS.ProcessEnv): Promise<string> {
  const editor = editorIn(env)
  if (editor === undefined) {
    throw new InvalidInputError({
      code: "NO_EDITOR",
      message: "No editor is set.",
      hint: "Set EDITOR or VISUAL, for example: export EDITOR=vim",
    })
  }
  const folder = mkdtempSync(join(tmpdir(), "duck-message-"))
  try {
    const path = join(folder, "message.md")
    writeFileSync(path, text === "" ? "" : `${text}\n`, { mode: 0o600 })
    const code = await shellRun(editor, path, env)
    if (code !== 0) throw failed(editor, code)
    return readFileSync(path, "utf8").replace(/\r?\n$/, "")
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const failed = (editor: string, code: number) =>
  new UnavailableError({
    code: "EDITOR_FAILED",
    message: `${editor} ended with ${code}.`,
    hint: "The text is as it was. EDITOR or VISUAL says which editor is opened.",
  })
