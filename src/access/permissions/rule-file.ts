import { readFileSync, statSync } from "node:fs"
import { z } from "zod"
import { systemCode } from "../../base/errors.ts"
import { JsoncError, nodeAt, parseJsonc, placeOf, plainValueOf } from "../jsonc.ts"
import { type LayerName, PermissionSettings, type RulesRead, readRules } from "./rule.ts"

const maxBytes = 1_000_000

/** What another assistant's settings say beside rules is not for us. */
const Foreign = z.object({
  allow: z.array(z.string()).optional(),
  ask: z.array(z.string()).optional(),
  deny: z.array(z.string()).optional(),
})

/** The text of a file of rules; undefined where there is none. Throws where it can't be read. */
export function ruleText(path: string): string | undefined {
  try {
    const stat = statSync(path)
    if (!stat.isFile() || stat.size > maxBytes) throw new Error(`is no file of at most ${maxBytes} bytes`)
    return readFileSync(path, "utf8")
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined
    throw error
  }
}

/**
 * The rules under `permissions` in a file of JSON with comments, each with its line. `isForeign`: of another assistant.
 * Throws where the whole is not understood.
 */
export function rulesIn(text: string, where: string, layer: LayerName, isForeign = false): RulesRead {
  const root = parseJsonc(text.trim() === "" ? "{}" : text)
  if (root.kind !== "object") throw new JsoncError("An object { ... } is expected", placeOf(text, root.start))
  const node = nodeAt(root, ["permissions"])
  const given = node ? plainValueOf(node) : {}
  const settings = isForeign ? Foreign.parse(given) : PermissionSettings.parse(given)
  return readRules({
    layer,
    where,
    settings,
    lineOf(decision, index) {
      const rule = nodeAt(root, ["permissions", decision, index])
      return rule && placeOf(text, rule.start).line
    },
  })
}
