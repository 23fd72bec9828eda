import { readdirSync } from "node:fs"
import { systemCode } from "./errors.ts"

/** Names in a folder that end in `suffix`, in order; none where there is no such folder. */
export function namesIn(folder: string, suffix: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(suffix))
      .sort()
  } catch (error) {
    if (systemCode(error) === "ENOENT") return []
    throw error
  }
}
