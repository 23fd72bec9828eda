import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { type Fabric, openFabric } from "../../fabric/embedded/fabric.ts"
import { treeWith } from "../tree.testing.ts"
import { fsPath, namesIn } from "./byte-names.ts"
import type { Checkpoints, CheckpointsOptions } from "./checkpoints.ts"
import { openCheckpoints } from "./open-checkpoints.ts"

export interface ProjectUnderTest {
  readonly root: string
  readonly data: string
  readonly fabric: Fabric
  readonly checkpoints: Checkpoints
  /** Another handle on the same project. */
  open(options?: Partial<CheckpointsOptions>): Promise<Checkpoints>
}

export const by = { actor: "user.ann" }

/** A project in a temporary folder, with a data folder and its log; all gone with the test. */
export async function projectWith(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: Partial<CheckpointsOptions> & { readonly data?: string } = {},
): Promise<ProjectUnderTest> {
  const root = options.root ?? treeWith(files)
  const data = options.data ?? mkdtempSync(join(tmpdir(), "duck-checkpoints-"))
  const fabric = await openFabric({ folder: data })
  const opened: Checkpoints[] = []
  onTestFinished(async () => {
    for (const one of opened) await one.close()
    await fabric.close()
    rmSync(data, { recursive: true, force: true })
  })
  const open = async (more: Partial<CheckpointsOptions> = {}) => {
    const { data: _, ...rest } = options
    const one = await openCheckpoints({ root, projectId: "test", dataFolder: data, fabric, ...rest, ...more })
    opened.push(one)
    return one
  }
  return { root, data, fabric, open, checkpoints: await open() }
}

/** A tree as it is, each path with kind, mode and content; git's own folders left out. Equal trees are equal. */
export function treeAt(folder: string, prefix = ""): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of namesIn(folder)) {
    if (name === ".git") continue
    const path = `${folder}/${name}`
    const stats = lstatSync(fsPath(path))
    const mode = (stats.mode & 0o7777).toString(8)
    if (stats.isDirectory()) {
      found[prefix + name] = `folder ${mode}`
      Object.assign(found, treeAt(path, `${prefix}${name}/`))
    } else if (stats.isSymbolicLink()) {
      found[prefix + name] = `link ${readlinkSync(fsPath(path), { encoding: "buffer" }).toString("hex")}`
    } else if (stats.isFile()) found[prefix + name] = `file ${mode} ${readFileSync(fsPath(path)).toString("latin1")}`
    else found[prefix + name] = "other"
  }
  return found
}
