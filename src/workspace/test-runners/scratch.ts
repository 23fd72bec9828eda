import { constants, existsSync } from "node:fs"
import { copyFile, mkdir, mkdtemp, realpath, rename, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join, posix } from "node:path"
import { systemClock } from "../../base/clock.ts"
import { DuckError } from "../../base/errors.ts"
import { newId } from "../../base/ids.ts"
import { walk } from "../walk.ts"
import { linkInstalled } from "./link-installed.ts"

/** A copy of a project to run tests in, so that nothing they or mutations do reaches the project. */
export interface Scratch extends AsyncDisposable {
  readonly root: string
  /** Folders of the project that the copy leads to: they have to be readable in the sandbox. */
  readonly linked: readonly string[]
  write(path: string, text: string): Promise<void>
  remove(path: string): Promise<void>
}

const mostBytes = 1_000_000_000
/** Installed, not written: ignored, and needed all the same. */
const installed = ["node_modules", ".venv", "venv", "vendor", "deps"]
const leftMs = 86_400_000
const copiesAtOnce = 64

/**
 * Copies what is worth reading of a project (see `walk`) into a temporary folder, and links what is installed. Throws
 * TOO_LARGE_TO_COPY. `at`: where the copy is made, unless there is another one at work.
 */
export async function scratchCopy(
  root: string,
  signal: AbortSignal,
  { at }: { readonly at?: string } = {},
): Promise<Scratch> {
  const copy = await realpath((at && (await taken(at))) ?? (await mkdtemp(join(tmpdir(), "duck-test-"))))
  const remove = () => rm(copy, { recursive: true, force: true, maxRetries: 3 })
  try {
    const folders = new Set<string>([""])
    let sizeBytes = 0
    let waiting: Promise<void>[] = []
    for await (const file of walk(root, { signal })) {
      sizeBytes += file.sizeBytes
      if (sizeBytes > mostBytes) throw tooLarge()
      const folder = posix.dirname(file.path)
      if (folder !== "." && !folders.has(folder)) {
        folders.add(folder)
        await mkdir(join(copy, folder), { recursive: true })
      }
      waiting.push(copyFile(join(root, file.path), join(copy, file.path), constants.COPYFILE_FICLONE))
      if (waiting.length >= copiesAtOnce) {
        await Promise.all(waiting)
        waiting = []
      }
    }
    await Promise.all(waiting)
    const linked = await link(root, copy, folders)
    return {
      root: copy,
      linked,
      async write(path, text) {
        await mkdir(dirname(join(copy, path)), { recursive: true })
        await writeFile(join(copy, path), text)
      },
      remove: (path) => rm(join(copy, path), { force: true }),
      [Symbol.asyncDispose]: remove,
    }
  } catch (thrown) {
    await remove()
    throw thrown
  }
}

/** Undefined where somebody has it; what a server left there that was killed is removed after a day. */
async function taken(at: string): Promise<string | undefined> {
  const make = () =>
    mkdir(at, { mode: 0o700 }).then(
      () => at,
      () => undefined,
    )
  const made = await make()
  const isLeft =
    made === undefined && systemClock.now() - ((await stat(at).catch(() => undefined))?.mtimeMs ?? 0) > leftMs
  if (!isLeft) return made
  // Who moves it away has it: two could see that it was left.
  const away = `${at}-${newId(systemClock.now())}`
  if (
    !(await rename(at, away).then(
      () => true,
      () => false,
    ))
  )
    return undefined
  await rm(away, { recursive: true, force: true, maxRetries: 3 })
  return make()
}

/** Gives what was linked, with symbolic links followed. */
async function link(root: string, copy: string, folders: ReadonlySet<string>): Promise<string[]> {
  const linked: string[] = []
  for (const folder of folders) {
    for (const name of installed) {
      const from = join(root, folder, name)
      if (!existsSync(from) || existsSync(join(copy, folder, name))) continue
      linked.push(await linkInstalled(from, { root, copy, folders }, join(copy, folder, name)))
    }
  }
  return linked
}

const tooLarge = () =>
  new DuckError({
    code: "TOO_LARGE_TO_COPY",
    message: "Changes are tried in a copy, and the project has more than 1 GB of files that aren't ignored.",
    hint: "Have what is generated ignored (.gitignore or .duckignore), or run the tests yourself.",
    status: 413,
  })
