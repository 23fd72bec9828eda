import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { type Clock, systemClock } from "../../base/clock.ts"
import { openGit } from "../../workspace/git.ts"
import type { CodeIndex } from "../code-index.ts"
import type { EmbedderOf } from "../search/embedder.ts"
import { inProcessAnalyser } from "./in-process.ts"
import { openIndex } from "./open-index.ts"
import { type IndexStore, openIndexStore } from "./store.ts"

/** A folder of its own, gone afterwards. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "duck-index-")))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export function writeFiles(root: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

const who = { GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@example.invalid", GIT_COMMITTER_NAME: "Ada" }

/** Runs git in a folder, as a fixed person, without the machine's settings. */
export function git(root: string, args: readonly string[], dateMs = Date.UTC(2026, 0, 1)): string {
  const date = new Date(dateMs).toISOString()
  const env = { ...process.env, ...who, GIT_COMMITTER_EMAIL: "ada@example.invalid", GIT_CONFIG_GLOBAL: "/dev/null" }
  return execFileSync("git", ["-C", root, ...args], {
    encoding: "utf8",
    env: { ...env, GIT_CONFIG_NOSYSTEM: "1", GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    stdio: ["ignore", "pipe", "pipe"],
  })
}

export function commit(root: string, message: string, dateMs?: number): void {
  git(root, ["add", "-A"])
  git(root, ["commit", "-q", "--allow-empty", "-m", message], dateMs)
}

export interface TestIndex {
  readonly root: string
  readonly index: CodeIndex
  readonly store: IndexStore
}

/** An index over files in a temporary folder, updated once. */
export async function withIndex<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  work: (test: TestIndex) => Promise<T>,
  options: {
    readonly embedder?: EmbedderOf
    readonly clock?: Clock
    readonly beforeUpdate?: (root: string) => void
  } = {},
): Promise<T> {
  return inTemporaryFolder(async (folder) => {
    const root = join(folder, "project")
    mkdirSync(root)
    writeFiles(root, files)
    options.beforeUpdate?.(root)
    const store = openIndexStore(join(folder, "data", "index.db"))
    const { embedder, clock = systemClock } = options
    const index = openIndex({ root, store, analyser: inProcessAnalyser, git: await openGit(root), embedder, clock })
    try {
      await index.update()
      await index.settled()
      return await work({ root, index, store })
    } finally {
      await index.close()
      store.close()
    }
  })
}
