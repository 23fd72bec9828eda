import { readFile } from "node:fs/promises"
import { join, relative } from "node:path"
import { z } from "zod"
import { type HookEvent, HookSettings, hookEvents } from "../../access/hook-settings.ts"
import { sha256Of, type TrustStore } from "../../access/permissions/trust-store.ts"
import { systemCode } from "../../base/errors.ts"
import type { Logger } from "../../observe/log.ts"

/** A program that is run on an event. */
export interface Hook {
  readonly event: HookEvent
  readonly matcher: string
  readonly command: string
  readonly timeoutMs: number
  /** Whose names of tools and inputs it knows. */
  readonly dialect: "duck" | "claude"
  readonly isSandboxed: boolean
  /** The file it stands in, or "settings". */
  readonly from: string
  /** The folder with which it and its scripts are trusted; undefined: it is of the user's own settings. */
  readonly trustedIn?: string
  /** Its file is no longer as it was when this was trusted. It is not run, and what it would have judged is asked about. */
  readonly isStale?: boolean
}

/** What the user says about hooks. */
export interface HookChoice {
  /** Their own, in their settings. */
  readonly on: HookSettings
  readonly trust: Pick<TrustStore, "holds" | "of">
}

export interface HookFile {
  /** What it is trusted with: the project's root, or the home folder. */
  readonly folder: string
  /** Absolute. */
  readonly path: string
  readonly dialect: Hook["dialect"]
}

/** Files that may hold hooks. Nothing in them is run unless the user trusts them as they are. */
export const hookFiles = (root: string, home: string): readonly HookFile[] => [
  { folder: home, path: join(home, ".claude", "settings.json"), dialect: "claude" },
  { folder: root, path: join(root, ".duck", "hooks.json"), dialect: "duck" },
  { folder: root, path: join(root, ".claude", "settings.json"), dialect: "claude" },
  { folder: root, path: join(root, ".claude", "settings.local.json"), dialect: "claude" },
]

const mostBytes = 1_000_000
/** Others have events that we don't know, and kinds of hooks that are no programs. */
const foreign = z.object({ hooks: z.record(z.string(), z.unknown()).default({}) })

interface Where {
  readonly root: string
  readonly home: string
  readonly choice: HookChoice
  readonly logger: Logger
}

/**
 * The hooks that hold in a project: of the user's settings, then of each file that is trusted as it is. Of a trusted file that
 * has changed or gone, what it held: whoever changes a guard must not be rid of it.
 */
export async function hooksIn(where: Where): Promise<readonly Hook[]> {
  const { root, home, choice, logger } = where
  const found = await hooksFound(where)
  const waiting = new Set(found.flatMap(({ hook, isTrusted }) => (isTrusted ? [] : [hook.from])))
  for (const path of waiting) logger.warn("hooks are not run: `duck trust` shows what they are", { path })
  const now = found.flatMap(({ hook, isTrusted }) => (isTrusted ? [hook] : []))
  const before = hookFiles(root, home).flatMap(({ folder, path, dialect }) => {
    const text = choice.trust.of(folder)?.files[relative(folder, path)]?.text
    if (text === undefined || now.some(({ from }) => from === path)) return []
    const held = hooksOf(settingsOf(text, path, logger), { dialect, from: path, trustedIn: folder })
    return held.map((hook) => ({ ...hook, isStale: true }))
  })
  return [...now, ...before]
}

/** All hooks that there are, and whether the file they stand in is trusted as it is. */
export async function hooksFound({ root, home, choice, logger }: Where) {
  const own = hooksOf(choice.on, { dialect: "duck", from: "settings", mayLeaveSandbox: true })
  const found = own.map((hook) => ({ hook, isTrusted: true }))
  for (const file of hookFiles(root, home)) {
    const { hooks, sha256 } = (await hooksInFile(file, logger)) ?? { hooks: [], sha256: "" }
    const isTrusted = hooks.length > 0 && choice.trust.holds(file.folder, relative(file.folder, file.path), sha256)
    found.push(...hooks.map((hook) => ({ hook, isTrusted })))
  }
  return found
}

/** What stands in a file of hooks, trusted or not; undefined where there is none. */
export async function hooksInFile(
  { folder, path, dialect }: HookFile,
  logger: Logger,
): Promise<{ readonly sha256: string; readonly hooks: readonly Hook[] } | undefined> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (systemCode(error) !== "ENOENT") logger.warn("a file of hooks could not be read", { path, error })
    return undefined
  })
  if (bytes === undefined || bytes.length > mostBytes) return undefined
  const hooks = hooksOf(settingsOf(bytes.toString("utf8"), path, logger), { dialect, from: path, trustedIn: folder })
  return { sha256: sha256Of(bytes), hooks }
}

function settingsOf(text: string, path: string, logger: Logger): HookSettings {
  try {
    const { hooks } = foreign.parse(JSON.parse(text))
    const known: HookSettings = {}
    for (const event of hookEvents) {
      const parsed = HookSettings.safeParse({ [event]: hooks[event] ?? [] })
      if (parsed.success) known[event] = parsed.data[event] ?? []
      else logger.warn("hooks are left out: they are not understood", { path, event, error: parsed.error })
    }
    return known
  } catch (error) {
    logger.warn("a file of hooks is not understood", { path, error })
    return {}
  }
}

function hooksOf(
  settings: HookSettings,
  {
    mayLeaveSandbox = false,
    ...of
  }: Pick<Hook, "dialect" | "from" | "trustedIn"> & { readonly mayLeaveSandbox?: boolean },
): readonly Hook[] {
  return hookEvents.flatMap((event) =>
    (settings[event] ?? []).flatMap(({ matcher, hooks }) =>
      hooks.map(({ command, timeout, sandbox }): Hook => {
        const isSandboxed = sandbox || !mayLeaveSandbox
        return { event, matcher, command, timeoutMs: timeout * 1000, isSandboxed, ...of }
      }),
    ),
  )
}
