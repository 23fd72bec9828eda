import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { onTestFinished } from "vitest"

/** A temporary folder (canonical path) that goes away with the test, filled with `files` (path -> content). */
export function treeWith(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "duck-tree-")))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  fill(root, files)
  return root
}

export function fill(root: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

/** Runs git in `cwd` with an identity, a fixed date and none of the machine's configuration; gives its output. */
export function git(cwd: string, ...args: string[]): string {
  return execFileSync("git", args, {
    cwd,
    encoding: "utf8",
    maxBuffer: 100_000_000,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "Ada",
      GIT_AUTHOR_EMAIL: "ada@example.org",
      GIT_AUTHOR_DATE: "2026-01-02T03:04:05+01:00",
      GIT_COMMITTER_NAME: "Ada",
      GIT_COMMITTER_EMAIL: "ada@example.org",
      GIT_COMMITTER_DATE: "2026-01-02T03:04:05+01:00",
    },
  })
}

/** A git repository in a temporary folder, with `files` in a first commit when there are any. */
export function repositoryWith(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const root = treeWith(files)
  git(root, "init", "--quiet", "--initial-branch=main")
  if (Object.keys(files).length > 0) commitAll(root, "first")
  return root
}

export function commitAll(root: string, message: string): string {
  git(root, "add", "--all", "--force")
  git(root, "commit", "--quiet", "--allow-empty", "--message", message)
  return git(root, "rev-parse", "HEAD").trim()
}
