import { readFileSync, realpathSync, statSync } from "node:fs"
import { InvalidInputError, systemCode, UnavailableError } from "../base/errors.ts"
import { type ConfigSource, mistake, refusal, unknownKey } from "./config.ts"
import { editJsonc, nodeAt, parseJsonc, plainValueOf } from "./jsonc.ts"
import { writeWhole } from "./private-file.ts"
import { isSettingKey, type SettingKey } from "./settings.ts"

export interface ConfigChange {
  readonly path: string
  readonly before: string
  readonly after: string
}

/**
 * Sets `key` in one settings file, or takes it out where `value` is undefined, and leaves the comments in it alone.
 * With `isDryRun` nothing is written. Throws InvalidInputError for an unknown key, a value that is not one for it, a
 * key that such a file can't set, and a file that is not valid JSON (which is left as it is). With `inside` only that
 * part of the setting's value is set or taken out: ["openai", "model"] of `llm.providers`.
 */
export async function changeConfig(options: {
  readonly path: string
  readonly source: ConfigSource
  readonly key: string
  readonly inside?: readonly string[]
  readonly value: unknown
  readonly isDryRun: boolean
}): Promise<ConfigChange> {
  const { path, source, key, inside = [], value, isDryRun } = options
  if (!isSettingKey(key)) {
    throw new InvalidInputError({
      code: "UNKNOWN_SETTING",
      message: unknownKey(key),
      hint: "`duck config list` shows all.",
    })
  }
  const refuse = (why: string | undefined) => {
    if (why) throw new InvalidInputError({ code: "INVALID_SETTING", message: why })
  }
  refuse(refusal(source, key))
  if (inside.length === 0 && value !== undefined) refuse(mistake(key, value))
  const before = textOf(path)
  const { after, whole } = edited(before, path, key, inside, value)
  if (inside.length > 0 && whole !== undefined) refuse(mistake(key, whole))
  if (!isDryRun && after !== before) replace(path, after)
  return { path, before, after }
}

/** The text with the change in it, and the setting's whole value then. */
function edited(before: string, path: string, key: SettingKey, inside: readonly string[], value: unknown) {
  try {
    // A file may hold the key as one word: { "search.limit": 20 }.
    const root = parseJsonc(before.trim() === "" ? "{}" : before)
    const steps = nodeAt(root, [key]) ? [key] : key.split(".")
    const after = editJsonc(before, [...steps, ...inside], value)
    const node = nodeAt(parseJsonc(after), steps)
    return { after, whole: node && plainValueOf(node) }
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
