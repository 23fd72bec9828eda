import { readFileSync, realpathSync, statSync } from "node:fs"
import { InvalidInputError, systemCode, UnavailableError } from "../base/errors.ts"
import { type ConfigSource, mistake, refusal, unknownKey } from "./config.ts"
import { editJsonc, parseJsonc } from "./jsonc.ts"
import { writeWhole } from "./private-file.ts"
import { isSettingKey } from "./settings.ts"

export interface ConfigChange {
  readonly path: string
  readonly before: string
  readonly after: string
}

/**
 * Sets `key` in one settings file, or takes it out where `value` is undefined, and leaves the comments in it alone.
 * With `isDryRun` nothing is written. Throws InvalidInputError for an unknown key, a value that is not one for it, a
 * key that such a file can't set, and a file that is not valid JSON (which is left as it is).
 */
export async function changeConfig(options: {
  readonly path: string
  readonly source: ConfigSource
  readonly key: string
  readonly value: unknown
  readonly isDryRun: boolean
}): Promise<ConfigChange> {
  const { path, source, key, value, isDryRun } = options
  if (!isSettingKey(key)) {
    throw new InvalidInputError({
      code: "UNKNOWN_SETTING",
      message: unknownKey(key),
      hint: "`duck config list` shows all.",
    })
  }
  const refused = refusal(source, key) ?? (value === undefined ? undefined : mistake(key, value))
  if (refused) throw new InvalidInputError({ code: "INVALID_SETTING", message: refused })
  const before = textOf(path)
  const after = edited(before, path, key, value)
  if (!isDryRun && after !== before) replace(path, after)
  return { path, before, after }
}

function edited(before: string, path: string, key: string, value: unknown): string {
  try {
    const after = editJsonc(before, key.split("."), value)
    parseJsonc(after)
    return after
  } catch (cause) {
    throw new InvalidInputError({
      code: "INVALID_CONFIG_FILE",
      message: `${path} can't be changed: ${(cause as Error).message}`,
      hint: "Mend the file by hand first; it was left as it is.",
      cause,
    })
  }
}

/** Through a symbolic link, as people keep their dot files, and with the file's own mode. */
function replace(path: string, text: string): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat) writeWhole(realpathSync(path), text, stat.mode & 0o777)
  else writeWhole(path, text)
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return ""
    throw new UnavailableError({ message: `${path} can't be read (${systemCode(cause) ?? cause}).`, cause })
  }
}
