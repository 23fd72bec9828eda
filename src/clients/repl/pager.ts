import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { UnavailableError } from "../../base/errors.ts"
import { shellRun } from "./shell-run.ts"

/** Shows a text in the person's pager (`PAGER`, else less), which has the terminal until it ends. */
export async function paged(text: string, env: NodeJS.ProcessEnv): Promise<void> {
  const pager = env.PAGER || "less"
  const folder = mkdtempSync(join(tmpdir(), "duck-whole-"))
  try {
    const path = join(folder, "turn.txt")
    writeFileSync(path, text, { mode: 0o600 })
    const code = await shellRun(pager, path, env)
    if (code === 0) return
    throw new UnavailableError({
      code: "PAGER_FAILED",
      message: `${pager} ended with ${code}.`,
      hint: "PAGER says which program shows long texts, for example: export PAGER=less",
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
