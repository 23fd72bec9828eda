import { execFileSync } from "node:child_process"
import { expect, test } from "vitest"
import { gitIdentity } from "./git-identity.ts"
import { treeWith } from "./tree.testing.ts"

test("who commits is told by the last of git's settings, and by nothing else of them", async () => {
  const root = treeWith({})
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, stdio: "pipe" })
  git("init", "-q")
  git("config", "user.name", "Ada Lovelace")
  git("config", "--add", "user.email", "old@example.com")
  git("config", "--add", "user.email", "ada@example.com")
  git("config", "user.signingkey", "none of it")
  expect(await gitIdentity(root)).toEqual({
    GIT_AUTHOR_NAME: "Ada Lovelace",
    GIT_COMMITTER_NAME: "Ada Lovelace",
    GIT_AUTHOR_EMAIL: "ada@example.com",
    GIT_COMMITTER_EMAIL: "ada@example.com",
  })
  git("config", "--replace-all", "user.email", "")
  expect(Object.keys(await gitIdentity(root))).not.toContain("GIT_AUTHOR_EMAIL")
})
