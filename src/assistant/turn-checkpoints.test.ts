import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { openFabric } from "../fabric/embedded/fabric.ts"
import { logger } from "../observe/log.ts"
import { type SharedCheckpoints, sharedCheckpoints } from "../workspace/checkpoints/shared-checkpoints.ts"
import { turnCheckpoints } from "./turn-checkpoints.ts"

const killing = join(import.meta.dirname, "../workspace/checkpoints/fixtures/restoring-process.ts")
const by = { actor: "ada" }

test("a restore that was killed half-way is finished when a session begins, and can be undone", async () => {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "duck-settle-")))
  onTestFinished(() => rmSync(top, { recursive: true, force: true }))
  const [root, data] = [join(top, "project"), join(top, "data")]
  const write = (text: string) => {
    for (const name of ["a", "b", "c", "d"]) writeFileSync(join(root, name), `${text} ${name}`)
  }
  const read = () => ["a", "b", "c", "d"].map((name) => readFileSync(join(root, name), "utf8").split(" ")[0])
  const project = { id: "test", root }
  const opened = async (work: (shared: SharedCheckpoints) => Promise<void>) => {
    const fabric = await openFabric({ folder: data })
    const shared = sharedCheckpoints({ dataFolder: data, fabric })
    try {
      await work(shared)
    } finally {
      await shared.close()
      await fabric.close()
    }
  }
  mkdirSync(root)
  write("old")
  await opened((shared) =>
    shared.use(project, async (checkpoints) => {
      await checkpoints.create("old", by)
      write("new")
      await checkpoints.create("new", by)
    }),
  )
  const killed = spawnSync(process.execPath, [killing, data, root, "1", "28"], { encoding: "utf8" })
  expect(killed.signal, killed.stderr).toBe("SIGKILL")
  expect(new Set(read()).size).toBe(2)

  await opened(async (shared) => {
    const lines: string[] = []
    const recorded = turnCheckpoints(shared, logger({ level: "warn", sinks: [(line) => void lines.push(line)] }))
    await recorded.settle(project, "ada")
    expect(read()).toEqual(["old", "old", "old", "old"])
    expect(lines.join()).toContain("a restore that was cut off was finished")
    await recorded.settle(project, "ada")
    expect(lines).toHaveLength(1)
    await shared.use(project, (checkpoints) => checkpoints.undo(by))
    expect(read()).toEqual(["new", "new", "new", "new"])
  })
})
