import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { fill, git, treeWith } from "../workspace/tree.testing.ts"
import { asText, serverWith, textOf } from "./llm/llm.testing.ts"

async function repository() {
  const server = await serverWith()
  const { project } = server
  git(project, "init", "-q")
  fill(project, { "a.ts": "export const a = 1\n" })
  git(project, "add", "a.ts")
  return { ...server, hook: join(project, ".git/hooks/pre-commit") }
}

/** A program called duck that notes what it is called with and ends with this code. */
function duckThatEnds(code: number) {
  const folder = treeWith({ duck: `#!/bin/sh\necho "$@" > "$(dirname "$0")/said"\nexit ${code}\n` })
  chmodSync(join(folder, "duck"), 0o755)
  return folder
}
function commit(project: string, duckFolder: string) {
  const env = {
    ...{ PATH: `${duckFolder}:/usr/bin:/bin`, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
    ...{ GIT_AUTHOR_NAME: "A", GIT_AUTHOR_EMAIL: "a@x", GIT_COMMITTER_NAME: "A", GIT_COMMITTER_EMAIL: "a@x" },
  }
  return spawnSync("git", ["commit", "-qm", "x", "--allow-empty"], { cwd: project, env, encoding: "utf8" })
}

test("findings hold a commit up, a server that is away does not, unless that was asked for", async () => {
  const { duck, project, hook } = await repository()
  const dry = await duck.run("hooks.install", { dryRun: true }, asText)
  expect(textOf(dry)).toContain("Would install")
  expect(textOf(dry)).toContain("neither on your path nor in node_modules/.bin")
  expect(existsSync(hook)).toBe(false)
  expect((await duck.run("hooks.status", {})).exitCode).toBe(1)
  expect((await duck.run("hooks.install", {})).output).toMatchObject({ state: "installed", chained: null })
  expect((await duck.run("hooks.status", {})).output.state).toBe("ours")
  execFileSync("sh", ["-n", hook])

  const finding = duckThatEnds(1)
  expect(commit(project, finding).status).toBe(1)
  expect(readFileSync(join(finding, "said"), "utf8")).toMatch(
    /^analyze --staged --tree [0-9a-f]{40} --fail-on error\n$/,
  )
  const away = commit(project, duckThatEnds(3))
  expect([away.status, away.stderr]).toEqual([0, expect.stringContaining("nothing looked at this commit")])
  expect((await duck.run("hooks.install", { strict: true, run: "review" })).output.state).toBe("installed")
  fill(project, { "b c.ts": "export const b = 1\n" })
  git(project, "add", ".")
  expect(commit(project, duckThatEnds(3)).status).toBe(1)
  const fine = duckThatEnds(0)
  expect(commit(project, fine).status).toBe(0)
  expect(readFileSync(join(fine, "said"), "utf8")).toMatch(
    /^review --staged --no-model --tree [0-9a-f]{40} --fail-on error\n$/,
  )
})

test("a hook that is there runs first, and comes back", async () => {
  const { duck, project, hook } = await repository()
  fill(project, { ".git/hooks/pre-commit": "#!/bin/sh\necho earlier >&2\nexit 7\n" })
  chmodSync(hook, 0o755)
  expect((await duck.run("hooks.install", {})).output.chained).toContain("pre-commit.before-duck")
  const stopped = commit(project, duckThatEnds(0))
  expect([stopped.status, stopped.stderr]).toEqual([1, "earlier\n"])
  // Once more changes nothing of what is kept.
  await duck.run("hooks.install", { failOn: "note" })
  expect((await duck.run("hooks.uninstall", { dryRun: true })).output.state).toBe("would uninstall")
  expect((await duck.run("hooks.uninstall", {})).output).toMatchObject({ state: "uninstalled", restored: true })
  expect(readFileSync(hook, "utf8")).toContain("exit 7")
  expect((await duck.run("hooks.uninstall", {})).exitCode).toBe(1)
})

test("what was changed by hand, what another program keeps and what others share is left alone", async () => {
  const { duck, project, hook } = await repository()
  await duck.run("hooks.install", {})
  writeFileSync(hook, `${readFileSync(hook, "utf8")}echo mine\n`)
  expect((await duck.run("hooks.status", {})).output.state).toBe("changed")
  await expect(duck.run("hooks.uninstall", {})).rejects.toMatchObject({ code: "HOOK_CHANGED" })
  await expect(duck.run("hooks.install", {})).rejects.toMatchObject({ code: "HOOK_CHANGED" })
  git(project, "config", "core.hooksPath", "my-hooks")
  await duck.run("hooks.install", {})
  expect(existsSync(join(project, "my-hooks/pre-commit"))).toBe(true)
  git(project, "config", "core.hooksPath", "/etc/shared-hooks")
  await expect(duck.run("hooks.install", {})).rejects.toMatchObject({ code: "HOOKS_SHARED" })
  git(project, "config", "--unset", "core.hooksPath")
  fill(project, { "lefthook.yml": "" })
  const left = await duck.run("hooks.install", {}, asText)
  expect([left.exitCode, left.output.state]).toEqual([1, "left to another program"])
  expect(textOf(left)).toContain("lefthook keeps the hooks")
})

test("outside of a repository that is said", async () => {
  const { duck } = await serverWith()
  await expect(duck.run("hooks.install", {})).rejects.toMatchObject({ code: "NO_REPOSITORY" })
})
