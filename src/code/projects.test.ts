import { spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { manualClock } from "../base/clock.ts"
import type { IndexChange } from "./code-index.ts"
import { commit, git, inTemporaryFolder, writeFiles } from "./index/index.testing.ts"
import { parserPool } from "./parse/parser-pool.ts"
import type { Project } from "./project.ts"
import { openProjects, type Projects, type ProjectsOptions } from "./projects.ts"

async function withProjects(
  work: (test: { folder: string; projects: Projects }) => Promise<void>,
  options: Partial<ProjectsOptions> = {},
) {
  await inTemporaryFolder(async (folder) => {
    const projects = openProjects({ dataFolder: join(folder, "data"), home: join(folder, "home"), ...options })
    try {
      await work({ folder, projects })
    } finally {
      await projects.close()
    }
  })
}

/** Resolves with the first change of the index that `matches`. */
const changeOf = (project: Project, matches: (change: IndexChange) => boolean) =>
  new Promise<IndexChange>((resolve) => {
    const stop = project.index.subscribe((change) => {
      if (!matches(change)) return
      stop()
      resolve(change)
    })
  })

test("a project is opened by any folder inside it, indexes itself and follows changes", async () => {
  await withProjects(async ({ folder, projects }) => {
    const root = join(folder, "repo")
    writeFiles(root, { "src/deep/a.ts": "export const first = 1\n" })
    git(root, ["init", "-q"])
    commit(root, "Start with firmness")
    const project = await projects.open(join(root, "src/deep"))
    expect(project.root).toBe(root)
    expect(await projects.open(root)).toBe(project)
    await project.ready()
    expect(project.index.freshness()).toMatchObject({
      files: 1,
      isComplete: true,
      head: git(root, ["rev-parse", "HEAD"]).trim(),
    })
    expect(project.watching).toBe("events")

    const heard = changeOf(project, (change) => change.kind === "batch" && change.paths.includes("src/new.ts"))
    writeFiles(root, { "src/new.ts": "export const secondThought = 2\n" })
    await heard
    expect((await project.index.search({ text: "secondThought" })).hits[0]?.path).toBe("src/new.ts")

    const moved = changeOf(project, (change) => change.kind === "updated" && change.report.commits > 0)
    commit(root, "Add a gyroscope")
    await moved
    await project.ready()
    expect((await project.index.search({ text: "gyroscope" })).hits[0]?.path).toBe("src/new.ts")
  })
})

test("worktrees of one repository share what was parsed", async () => {
  await withProjects(async ({ folder, projects }) => {
    const root = join(folder, "repo")
    writeFiles(root, { "a.ts": "export const a = 1\n", "b.ts": "export const b = 1\n" })
    git(root, ["init", "-q"])
    commit(root, "Start")
    git(root, ["worktree", "add", "-q", join(folder, "tree")])
    const main = await projects.open(root)
    await main.ready()
    const other = await projects.open(join(folder, "tree"))
    const updated = changeOf(other, (change) => change.kind === "updated")
    await other.ready()
    expect(other.id).not.toBe(main.id)
    expect(await updated).toMatchObject({ report: { added: 2, parsed: 0 } })
    expect(other.index.freshness().tree).toBe(main.index.freshness().tree)
  })
})

test("what is no project is refused by name", async () => {
  await withProjects(async ({ folder, projects }) => {
    mkdirSync(join(folder, "home"))
    writeFileSync(join(folder, "file.txt"), "")
    const codeOf = (path: string) =>
      projects.open(path).then(
        () => "opened",
        (error) => error.code,
      )
    expect(await codeOf(join(folder, "missing"))).toBe("FOLDER_NOT_FOUND")
    expect(await codeOf(join(folder, "file.txt"))).toBe("NOT_A_FOLDER")
    expect(await codeOf(join(folder, "home"))).toBe("NOT_A_PROJECT")
    expect(await codeOf("/")).toBe("NOT_A_PROJECT")
    if (process.getuid?.() !== 0) {
      mkdirSync(join(folder, "closed"), { mode: 0 })
      expect(await codeOf(join(folder, "closed"))).toBe("NOT_READABLE")
    }
    expect(projects.list()).toEqual([])
  })
})

test("a home folder kept in git is no project, a folder in it is one of its own", async () => {
  await withProjects(async ({ folder, projects }) => {
    const home = join(folder, "home")
    writeFiles(home, { ".profile": "x", "work/thing/a.ts": "export const a = 1\n", "work/thing/package.json": "{}" })
    git(home, ["init", "-q"])
    const project = await projects.open(join(home, "work/thing"))
    expect(project).toMatchObject({ root: join(home, "work/thing"), git: null, gitAbsence: "home-folder" })
    await project.ready()
    expect(project.index.files()).toContain("a.ts")
  })
})

test("a folder without a repository, an empty one and a read-only one work", async () => {
  await withProjects(async ({ folder, projects }) => {
    writeFiles(folder, { "plain/pyproject.toml": "", "plain/pkg/a.py": "def f():\n    pass\n" })
    mkdirSync(join(folder, "empty"))
    const plain = await projects.open(join(folder, "plain/pkg"))
    expect(plain).toMatchObject({ root: join(folder, "plain"), git: null, gitAbsence: "not-a-repository" })
    await plain.ready()
    expect(plain.index.freshness().isComplete).toBe(true)
    const empty = await projects.open(join(folder, "empty"))
    await empty.ready()
    expect(empty.index.freshness()).toMatchObject({ files: 0, isComplete: true })
    writeFiles(folder, { "fixed/a.ts": "export const a = 1\n" })
    chmodSync(join(folder, "fixed"), 0o555)
    const fixed = await projects.open(join(folder, "fixed"))
    await fixed.ready()
    expect(fixed.index.files()).toEqual(["a.ts"])
    chmodSync(join(folder, "fixed"), 0o755)
  })
})

test("a project nobody asks for is closed, and opens again where it was", async () => {
  const clock = manualClock()
  await withProjects(
    async ({ folder, projects }) => {
      writeFiles(folder, { "p/a.ts": "export const a = 1\n" })
      const first = await projects.open(join(folder, "p"))
      await first.ready()
      clock.advance(900)
      expect(projects.list()).toHaveLength(1)
      // The look for idle ones comes every quarter of the time.
      while (projects.list().length > 0) {
        clock.advance(250)
        await new Promise((resolve) => setImmediate(resolve))
      }
      const again = await projects.open(join(folder, "p"))
      expect(again).not.toBe(first)
      expect(again.index.freshness().files).toBe(1)
      await expect(first.ready()).rejects.toMatchObject({ code: "CANCELLED" })
    },
    { clock, idleMs: 1000, watches: false },
  )
})

test("256 projects can be open at once", async () => {
  const pool = parserPool({ size: 1 })
  await withProjects(
    async ({ folder, projects }) => {
      for (let n = 0; n < 256; n++) writeFiles(folder, { [`p${n}/a.ts`]: `export const value${n} = ${n}\n` })
      const all = await Promise.all(Array.from({ length: 256 }, (_, n) => projects.open(join(folder, `p${n}`))))
      await Promise.all(all.map((project) => project.ready()))
      expect(projects.list()).toHaveLength(256)
      expect((await all[200]?.index.search({ text: "value200" }))?.hits[0]?.name).toBe("value200")
    },
    { pool, watches: false },
  )
  await pool.close()
})

test("what was indexed before a kill is there after it", async () => {
  await inTemporaryFolder(async (folder) => {
    const many = Object.fromEntries(
      Array.from({ length: 1500 }, (_, n) => [`f${n}.ts`, `export const value${n} = ${n}\n`]),
    )
    writeFiles(join(folder, "p"), many)
    // Ends itself, as if by kill -9, with the first batch that is stored.
    const script = `
      import { openProjects } from ${JSON.stringify(new URL("./projects.ts", import.meta.url).href)}
      const projects = openProjects({ dataFolder: ${JSON.stringify(join(folder, "data"))}, watches: false })
      const project = await projects.open(${JSON.stringify(join(folder, "p"))})
      project.index.subscribe((change) => change.kind === "batch" && process.kill(process.pid, "SIGKILL"))
      await project.ready()`
    writeFileSync(join(folder, "killed.mjs"), script)
    const { signal } = spawnSync(process.execPath, [join(folder, "killed.mjs")], { stdio: "pipe" })
    expect(signal).toBe("SIGKILL")
    const projects = openProjects({ dataFolder: join(folder, "data"), home: folder, watches: false })
    const project = await projects.open(join(folder, "p"))
    expect(project.index.freshness().files).toBeGreaterThan(0)
    expect(project.index.freshness().isComplete).toBe(false)
    await project.ready()
    expect(project.index.freshness()).toMatchObject({ files: 1500, isComplete: true })
    await projects.close()
    rmSync(join(folder, "p"), { recursive: true })
  })
})
