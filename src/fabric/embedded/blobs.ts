import { createHash } from "node:crypto"
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { asDuckError, InvalidInputError, NotFoundError, systemCode, UnavailableError } from "../../base/errors.ts"
import { newId } from "../../base/ids.ts"
import { BlobDamagedError } from "../errors.ts"
import type { Blobs } from "../ports.ts"

const chunkBytes = 64 * 1024

/**
 * Blobs as files: `<folder>/ab/cd/abcd...` holds the bytes whose SHA-256 is `abcd...`. A blob is written beside, made
 * durable and then renamed into its place, so that a place holds all of it or nothing. One process at a time owns the
 * folder; what a crash left half written is removed here, at the start.
 */
export async function fileBlobs(folder: string): Promise<Blobs> {
  const unfinished = join(folder, "unfinished")
  await mkdir(unfinished, { recursive: true, mode: 0o700 })
  for (const name of await readdir(unfinished)) await rm(join(unfinished, name), { force: true })

  const placeOf = (id: string) => join(folder, id.slice(0, 2), id.slice(2, 4), id)

  /** Renames even where the place is taken: a good copy heals a damaged one, and nobody can tell equal ones apart. */
  async function moveIn(path: string, id: string) {
    const place = placeOf(id)
    const made = await mkdir(dirname(place), { recursive: true, mode: 0o700 })
    await rename(path, place)
    await syncFolder(dirname(place))
    if (!made) return
    await syncFolder(dirname(dirname(place)))
    await syncFolder(folder)
  }

  return {
    async put(bytes) {
      const path = join(unfinished, newId())
      try {
        const id = await write(path, bytes)
        await moveIn(path, id)
        return id
      } catch (error) {
        await rm(path, { force: true })
        throw asStorageError(error)
      }
    },

    async *get(id) {
      assertBlobId(id)
      const file = await openBlob(placeOf(id), id)
      try {
        yield* verified(file, id)
      } finally {
        await file.close()
      }
    },

    async has(id) {
      assertBlobId(id)
      return stat(placeOf(id)).then(
        (found) => found.isFile(),
        (error) => {
          if (systemCode(error) === "ENOENT") return false
          throw error
        },
      )
    },

    async remove(id) {
      assertBlobId(id)
      const place = placeOf(id)
      try {
        await rm(place)
      } catch (error) {
        if (systemCode(error) === "ENOENT") return
        throw error
      }
      await syncFolder(dirname(place))
    },
  }
}

/** Writes the bytes to a new file, durably; answers their SHA-256. */
async function write(path: string, bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const file = await open(path, "wx", 0o600)
  try {
    const hash = createHash("sha256")
    for await (const chunk of bytes) {
      hash.update(chunk)
      await writeAll(file, chunk)
    }
    await file.sync()
    return hash.digest("hex")
  } finally {
    await file.close()
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten
}

async function openBlob(place: string, id: string): Promise<FileHandle> {
  try {
    return await open(place, "r")
  } catch (cause) {
    if (systemCode(cause) !== "ENOENT") throw cause
    throw new NotFoundError({ code: "BLOB_NOT_FOUND", message: `There is no blob ${id}.`, cause })
  }
}

/** The last chunk is held back until the hash is known to be right: damaged bytes never look complete. */
async function* verified(file: FileHandle, id: string): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256")
  let held: Uint8Array | undefined
  while (true) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(chunkBytes), 0, chunkBytes)
    if (bytesRead === 0) break
    if (held) yield held
    held = buffer.subarray(0, bytesRead)
    hash.update(held)
  }
  if (hash.digest("hex") !== id) throw new BlobDamagedError(id)
  if (held) yield held
}

/** Makes a rename or a removal in the folder survive a power loss. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r")
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function assertBlobId(id: string): void {
  if (/^[0-9a-f]{64}$/.test(id)) return
  throw new InvalidInputError({ message: `${JSON.stringify(id)} is not the id of a blob: a SHA-256 in hexadecimal.` })
}

function asStorageError(error: unknown): unknown {
  const code = systemCode(error)
  if (code !== "ENOSPC" && code !== "EDQUOT") return error
  return new UnavailableError({
    code: "DISK_FULL",
    message: "There is no space left to store the blob.",
    hint: "Free some space on the disk of the data folder and try again.",
    cause: asDuckError(error),
  })
}
