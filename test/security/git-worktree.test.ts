import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { openPrograms } from "../../src/assistant/programs.ts"
import { openGit } from "../../src/workspace/git.ts"
import { fill, git, treeWith } from "../../src/workspace/tree.testing.ts"
import { needsBubblewrap } from "./sandbox.testing.ts"

/** A repository with a worktree, and the user's name for both among settings that are nobody's business. */
async function worktree() {
  const around = treeWith({ "home/.gitconfig": "", "main/a.txt": "one\n", "data/x": "" })
  const at = (path: string) => join(around, path)
  git(at("main"), "init", "--quiet", "-b", "main")
  git(at("main"), "config", "user.name", "Ada Lovelace")
  git(at("main"), "config", "user.email", "ada@example.org")
  git(at("main"), "config", "credential.helper", "store --file=/home-of-secrets")
  git(at("main"), "add", ".")
  git(at("main"), "commit", "--quiet", "-m", "first")
  git(at("main"), "worktree", "add", "--quiet", at("tree"), "-b", "side")
  const open = async (name: string) => {
    const root = at(name)
    const programs = await openPrograms({
      conversation: "c",
      project: { root, git: await openGit(root) },
      home: at("home"),
      dataFolder: at("data"),
      audit: { note: () => {} },
    })
    onTestFinished(() => programs.close())
    return programs
  }
  return { at, open }
}

test("a program of a conversation commits in a repository and in a worktree, under the user's name", async () => {
  const { at, open } = await worktree()
  for (const name of ["main", "tree"]) {
    const { processes } = await open(name)
    fill(at(name), { "b.txt": name })
    const { exitCode, output } = await processes.run(`git add b.txt && git commit -q -m "from ${name}"`)
    expect(output.text).toBe("")
    expect(exitCode).toBe(0)
    expect(git(at(name), "log", "-1", "--format=%an <%ae> %cn %s").trim()).toBe(
      `Ada Lovelace <ada@example.org> Ada Lovelace from ${name}`,
    )
  }
})

test("in a worktree, what makes programs run outside can't be changed: the shared settings and hooks, and where git is", async (context) => {
  const { at, open } = await worktree()
  const { processes } = await open("tree")
  await needsBubblewrap(context, { processes })
  const before = readFileSync(at("main/.git/config"), "utf8")
  const link = readFileSync(at("tree/.git"), "utf8")
  const attempts = [
    `echo x > ${at("main/.git/hooks/pre-commit")}`,
    `git config core.fsmonitor ./evil`,
    `echo "[core]" >> ${at("main/.git/config")}`,
    `mv ${at("main/.git/config")} ${at("main/.git/old")}`,
    "mkdir evil && echo 'gitdir: evil' > .git",
    "mv .git other; mkdir .git",
  ]
  for (const command of attempts) expect((await processes.run(command)).exitCode, command).not.toBe(0)
  await processes.run(`echo x > ${at("main/a.txt")}; rm -rf ${at("main")}/a.txt`)
  expect(readFileSync(at("main/.git/config"), "utf8")).toBe(before)
  expect(readFileSync(at("tree/.git"), "utf8")).toBe(link)
  expect(existsSync(at("main/.git/hooks/pre-commit"))).toBe(false)
  expect(readFileSync(at("main/a.txt"), "utf8")).toBe("one\n")
})

test("of the user's settings a program knows the name and the address alone", async (context) => {
  const { open } = await worktree()
  const { processes } = await open("main")
  await needsBubblewrap(context, { processes })
  const { output } = await processes.run("env | grep -i '^git_' | sort; cat ~/.gitconfig")
  expect(output.text).toContain("GIT_AUTHOR_NAME=Ada Lovelace")
  expect(output.text).not.toContain("credential")
})
