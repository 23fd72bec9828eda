import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { type HookEvent, HookSettings, hookEvents } from "../../access/hook-settings.ts"
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
}

/** What the user's own settings say about hooks. */
export interface HookChoice {
  readonly on: HookSettings
  /** SHA-256 by absolute path. */
  readonly trusted: Readonly<Record<string, string>>
}

/** Files that may hold hooks. Nothing in them is run unless the user trusts them as they are. */
export const hookFiles = (root: string, home: string) => [
  { path: join(home, ".claude", "settings.json"), dialect: "claude" as const },
  { path: join(root, ".duck", "hooks.json"), dialect: "duck" as const },
  { path: join(root, ".claude", "settings.json"), dialect: "claude" as const },
  { path: join(root, ".claude", "settings.local.json"), dialect: "claude" as const },
]

const mostBytes = 1_000_000
/** Others have events that we don't know, and kinds of hooks that are no programs. */
const foreign = z.object({ hooks: z.record(z.string(), z.unknown()).default({}) })

/** The hooks that hold in a project: of the user's settings, then of each file that is trusted as it is. */
export async function hooksIn(options: {
  readonly root: string
  readonly home: string
  readonly choice: HookChoice
  readonly logger: Logger
}): Promise<readonly Hook[]> {
  const { root, home, choice, logger } = options
  const hooks = [...hooksOf(choice.on, { dialect: "duck", from: "settings", mayLeaveSandbox: true })]
  if (Object.keys(choice.trusted).length === 0) return hooks
  for (const { path, dialect } of hookFiles(root, home)) {
    const trusted = choice.trusted[path]
    if (trusted === undefined) continue
    const bytes = await readFile(path).catch((error: unknown) => {
      if (systemCode(error) !== "ENOENT") logger.warn("a file of hooks could not be read", { path, error })
      return undefined
    })
    if (bytes === undefined || bytes.length > mostBytes) continue
    if (createHash("sha256").update(bytes).digest("hex") !== trusted) {
      logger.warn("hooks are not run: their file has changed since it was trusted", { path })
      continue
    }
    hooks.push(...hooksOf(settingsOf(bytes.toString("utf8"), path, logger), { dialect, from: path }))
  }
  return hooks
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
  { dialect, from, mayLeaveSandbox = false }: Pick<Hook, "dialect" | "from"> & { readonly mayLeaveSandbox?: boolean },
): readonly Hook[] {
  return hookEvents.flatMap((event) =>
    (settings[event] ?? []).flatMap(({ matcher, hooks }) =>
      hooks.map(({ command, timeout, sandbox }): Hook => {
        const isSandboxed = sandbox || !mayLeaveSandbox
        return { event, matcher, command, timeoutMs: timeout * 1000, dialect, isSandboxed, from }
      }),
    ),
  )
}
