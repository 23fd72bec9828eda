import { readdir, readFile, realpath, stat } from "node:fs/promises"
import { join, relative, resolve } from "node:path"
import { isUnder } from "../../access/permissions/pattern.ts"
import { projectRuleFiles } from "../../access/permissions/project-rules.ts"
import { rulesIn } from "../../access/permissions/rule-file.ts"
import { sha256Of, type Trusted, type TrustStore } from "../../access/permissions/trust-store.ts"
import { projectPromptFolder } from "../../context/prompts/files.ts"
import type { Logger } from "../../observe/log.ts"
import { type Hook, hookFiles, hooksInFile } from "./sources.ts"

/** A file that takes effect only once it is trusted as it is. */
export interface Wanted {
  /** Relative to the folder. */
  readonly path: string
  readonly why: "hooks" | "script of a hook" | "rules that allow" | "prompt"
  readonly sha256: string
  /** "" for what is no text, or a long one. */
  readonly text: string
}

export type WantedState = "trusted" | "changed" | "new"

const mostText = 256_000

/** What a folder (a project, or the home folder) wants to have run or allowed, by its files as they are. Runs nothing. */
export async function wantsOf(folder: string, home: string, logger: Logger): Promise<readonly Wanted[]> {
  const wants = new Map<string, Wanted>()
  const put = async (path: string, why: Wanted["why"]) => {
    const bytes = await bytesAt(join(folder, path))
    if (bytes && !wants.has(path)) wants.set(path, { path, why, sha256: sha256Of(bytes), text: textOf(bytes) })
  }
  for (const file of hookFiles(folder, home).filter((one) => one.folder === folder)) {
    const found = await hooksInFile(file, logger)
    if (!found || found.hooks.length === 0) continue
    await put(relative(folder, file.path), "hooks")
    for (const { command } of found.hooks)
      for (const path of await scriptsOf(command, folder, home)) await put(path, "script of a hook")
  }
  for (const { path, isForeign } of folder === home ? [] : projectRuleFiles) {
    const bytes = await bytesAt(join(folder, path))
    if (bytes && allows(bytes.toString("utf8"), path, isForeign)) await put(path, "rules that allow")
  }
  for (const path of folder === home ? [] : await promptsIn(folder)) await put(path, "prompt")
  return [...wants.values()]
}

/** Templates and partials that stand in place of RubberDuck's own. */
async function promptsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, projectPromptFolder), { recursive: true }).catch(() => [])
  return names
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => join(projectPromptFolder, name))
}

export const stateOf = ({ path, sha256 }: Wanted, trusted: Trusted | undefined): WantedState => {
  const known = trusted?.files[path]
  if (known === undefined) return "new"
  return known.sha256 === sha256 ? "trusted" : "changed"
}

/** Trusts just these, as they were read. */
export function trustWants(trust: TrustStore, folder: string, wants: readonly Wanted[], nowMs: number): void {
  const files = Object.fromEntries(wants.map(({ path, sha256, text }) => [path, { sha256, text }]))
  trust.set({ folder, trustedAt: new Date(nowMs).toISOString(), files })
}

/**
 * Files in the folder that a command names, in any of its words; not what those start in turn. Relative paths are of the
 * folder, where hooks run.
 */
async function scriptsOf(command: string, folder: string, home: string): Promise<readonly string[]> {
  const plain = command
    .replaceAll(/"?\$\{?(?:DUCK|CLAUDE)_PROJECT_DIR\}?"?/g, folder)
    .replaceAll(/"?\$\{?HOME\}?"?/g, home)
    .replaceAll(/(^|[\s=:'"])~(?=\/)/g, `$1${home}`)
  const words = plain.split(/[\s"'`;|&()<>=,]+/).filter((word) => word !== "")
  const found = new Set<string>()
  for (const word of words) {
    const path = resolve(folder, word)
    if (!isUnder(folder, path) || path === folder) continue
    const isFile = await stat(path).then(
      (stats) => stats.isFile(),
      () => false,
    )
    if (isFile) found.add(relative(folder, path))
  }
  return [...found]
}

/** Whether a hook and every script that it names are as they were trusted. Those of the user's own settings are the user's. */
export async function isAsTrusted(
  { command, trustedIn: folder, isStale }: Pick<Hook, "command" | "trustedIn" | "isStale">,
  home: string,
  trust: Pick<TrustStore, "holds">,
): Promise<boolean> {
  if (isStale) return false
  if (folder === undefined) return true
  for (const path of await scriptsOf(command, folder, home)) {
    const bytes = await bytesAt(join(folder, path))
    if (bytes && !trust.holds(folder, path, sha256Of(bytes))) return false
  }
  return true
}

const bytesAt = async (path: string): Promise<Buffer | undefined> =>
  realpath(path)
    .then(
      (real) => readFile(real),
      () => undefined,
    )
    .catch(() => undefined)

function textOf(bytes: Buffer): string {
  const text = bytes.toString("utf8")
  return bytes.length <= mostText && !text.includes("\0") ? text : ""
}

function allows(text: string, path: string, isForeign: boolean): boolean {
  try {
    return rulesIn(text, path, "project", isForeign).rules.some(({ decision }) => decision === "allow")
  } catch {
    return false
  }
}
