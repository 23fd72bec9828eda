import { parseBeginPatch } from "./begin-patch.ts"
import { patchInvalid } from "./errors.ts"
import type { FilePatch } from "./patch.ts"
import { parseUnified } from "./unified.ts"

/** Reads a patch in either format, out of a Markdown code block where it stands in one. Throws PATCH_INVALID. */
export function parsePatch(text: string): FilePatch[] {
  const fenced = /^\s*```[^\n]*\n([\s\S]*?)\n?```\s*$/.exec(text)?.[1] ?? text
  const files = fenced.trimStart().startsWith("*** Begin Patch") ? parseBeginPatch(fenced) : parseUnified(fenced)
  const seen = new Set<string>()
  for (const file of files) {
    if (seen.has(file.path)) throw patchInvalid(`${file.path} comes twice`, "Put all changes of a file into one part.")
    seen.add(file.path)
  }
  return files
}
