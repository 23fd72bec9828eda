import { promises as fs } from "node:fs"
import { dirname } from "node:path"
import { DuckError } from "../base/errors.ts"
import { type Bounds, locate, pathError } from "./contain.ts"
import { printable } from "./errors.ts"
import { existing, placeAt } from "./place.ts"

export interface Moved {
  readonly from: string
  readonly to: string
}

/**
 * Renames a file, a link or a folder. Nothing is overwritten: what is there already is a DuckError PATH_TAKEN. The folder
 * it goes to is made where it is missing. Throws as `remove` does.
 */
export async function move(bounds: Bounds, from: string, to: string): Promise<Moved> {
  const source = await placeAt(bounds, from, "write")
  try {
    existing(from, source)
    await makeFolderOf(bounds, to)
    const target = await placeAt(bounds, to, "write")
    try {
      if (target.stats) throw taken(to)
      await fs.rename(source.via, target.via)
      if (process.platform !== "win32") await Promise.all([source.folder.sync(), target.folder.sync()])
      bounds.audit({ operation: "write", path: printable(from), outcome: "done" })
      bounds.audit({ operation: "write", path: printable(to), outcome: "done" })
      return { from: source.shown, to: target.shown }
    } catch (error) {
      throw pathError(bounds, error, to, "write")
    } finally {
      await target.folder.close()
    }
  } catch (error) {
    throw pathError(bounds, error, from, "write")
  } finally {
    await source.folder.close()
  }
}

/** Each missing folder is made in one that was opened and found inside. */
async function makeFolderOf(bounds: Bounds, path: string): Promise<void> {
  const { base, absolute } = await locate(bounds, path, "write")
  const folder = dirname(absolute)
  if (folder === base || (await fs.lstat(folder).catch(() => undefined))) return
  await makeFolderOf(bounds, folder)
  const place = await placeAt(bounds, folder, "write")
  try {
    if (!place.stats) await fs.mkdir(place.via)
  } finally {
    await place.folder.close()
  }
}

const taken = (path: string) =>
  new DuckError({
    code: "PATH_TAKEN",
    message: `There is something at ${printable(path)} already.`,
    hint: "Choose another name, or remove what is there first.",
    status: 409,
  })
