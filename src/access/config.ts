import { didYouMean } from "../base/suggest.ts"
import { JsoncError, type JsoncNode, parseJsonc, placeOf, plainValueOf } from "./jsonc.ts"
import {
  isSettingKey,
  type SettingKey,
  type Settings,
  settingKeys,
  settings,
  typedValue,
  variableOf,
} from "./settings.ts"

/** Where a value came from; each of them wins over the ones before it. */
export type ConfigSource = "default" | "user" | "project" | "local" | "environment" | "flag"

export interface ConfigEntry {
  readonly key: SettingKey
  readonly value: unknown
  readonly source: ConfigSource
  /** `path:line` or the name of the variable; "" for a default or a flag. */
  readonly where: string
}

/** Something in a settings file that was not taken, and what holds in its place. */
export interface ConfigWarning {
  readonly message: string
  /** `path:line:column`, or the name of a variable. */
  readonly where: string
}

export interface Config {
  readonly values: Settings
  readonly entries: readonly ConfigEntry[]
  readonly warnings: readonly ConfigWarning[]
}

/** The values of one file, variable set or list of flags, before they are laid over each other. */
export interface ConfigLayer {
  readonly source: ConfigSource
  readonly entries: readonly ConfigEntry[]
  readonly warnings: readonly ConfigWarning[]
}

/** Reads the text of a settings file. Throws JsoncError; a key or value that is not valid becomes a warning. */
export function readLayer(source: ConfigSource, path: string, text: string): ConfigLayer {
  const root = parseJsonc(text.trim() === "" ? "{}" : text)
  if (root.kind !== "object") throw new JsoncError("An object { ... } is expected", placeOf(text, root.start))
  const entries: ConfigEntry[] = []
  const warnings: ConfigWarning[] = []
  const whereOf = (node: { start: number }) => {
    const { line, column } = placeOf(text, node.start)
    return { line: `${path}:${line}`, full: `${path}:${line}:${column}` }
  }
  const visit = (node: JsoncNode, prefix: string) => {
    if (node.kind !== "object") return
    for (const member of node.members) {
      const key = prefix + member.key
      if (key === "$schema") continue
      const where = whereOf(member)
      if (!isSettingKey(key)) {
        const isGroup = settingKeys.some((known) => known.startsWith(`${key}.`))
        if (isGroup && member.value.kind === "object") visit(member.value, `${key}.`)
        else warnings.push({ message: unknownKey(key, isGroup), where: where.full })
        continue
      }
      const refused = refusal(source, key) ?? mistake(key, plainValueOf(member.value))
      if (refused) warnings.push({ message: refused, where: where.full })
      else entries.push({ key, value: settled(key, plainValueOf(member.value)), source, where: where.line })
    }
  }
  visit(root, "")
  return { source, entries, warnings }
}

/** `DUCK_SERVER_PORT=...` and the like; those that do not hold are warned of. */
export function environmentLayer(env: NodeJS.ProcessEnv): ConfigLayer {
  const entries: ConfigEntry[] = []
  const warnings: ConfigWarning[] = []
  for (const key of settingKeys) {
    const where = variableOf(key)
    const text = env[where]
    if (text === undefined || text === "") continue
    const wrong = mistake(key, typedValue(text))
    if (wrong) warnings.push({ message: wrong, where })
    else entries.push({ key, value: settled(key, typedValue(text)), source: "environment", where })
  }
  return { source: "environment", entries, warnings }
}

export function flagLayer(flags: Partial<Settings>): ConfigLayer {
  const entries = settingKeys
    .filter((key) => flags[key] !== undefined)
    .map((key): ConfigEntry => ({ key, value: flags[key], source: "flag", where: "" }))
  return { source: "flag", entries, warnings: [] }
}

/** Lays layers over the defaults, the last one on top. */
export function configOf(layers: readonly ConfigLayer[]): Config {
  const entries = settingKeys.map((key): ConfigEntry => {
    const found = layers.flatMap((layer) => layer.entries).findLast((entry) => entry.key === key)
    return found ?? { key, value: settings[key].default, source: "default", where: "" }
  })
  // Each value has been through its key's schema, in `valueOf` or as a default.
  const values = Object.fromEntries(entries.map(({ key, value }) => [key, value])) as unknown as Settings
  return { values, entries, warnings: layers.flatMap((layer) => layer.warnings) }
}

/** Why `value` is not one for `key`; undefined when it is. */
export function mistake(key: SettingKey, value: unknown): string | undefined {
  const result = settings[key].schema.safeParse(value)
  if (result.success) return undefined
  const said = result.error.issues.map(({ path, message }) => [...path.map(String), message].join(": "))
  return `${key}: ${said.join("; ")}.`
}

/** Why `key` may not be set in such a file; undefined when it may. */
export function refusal(source: ConfigSource, key: SettingKey): string | undefined {
  if (settings[key].reach === "anywhere" || (source !== "project" && source !== "local")) return undefined
  return `${key} concerns the whole server and is only taken from your own settings, the environment or a flag.`
}

export function unknownKey(key: string, isGroup = false): string {
  if (isGroup) return `"${key}" is a group of settings; an object is expected.`
  return `There is no setting "${key}". ${didYouMean(key, settingKeys) ?? ""}`.trim()
}

const settled = (key: SettingKey, value: unknown): unknown => settings[key].schema.parse(value)
