import { createHash } from "node:crypto"
import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { writeWhole } from "../private-file.ts"

const Stored = z.object({
  folder: z.string(),
  trustedAt: z.iso.datetime(),
  /** By path relative to the folder. The text is kept so that what changes can be shown; "" for what is none. */
  files: z.record(z.string(), z.object({ sha256: z.string(), text: z.string() })),
})
export type Trusted = z.infer<typeof Stored>

/** What the user has looked at and lets run, by folder: of a project, or of the home folder. */
export interface TrustStore {
  of(folder: string): Trusted | undefined
  /** Whether a file is as it was when it was trusted. */
  holds(folder: string, path: string, sha256: string): boolean
  /** In place of what was trusted there before. */
  set(trusted: Trusted): void
  /** False where nothing was trusted. */
  forget(folder: string): boolean
}

export const sha256Of = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex")

/** One file for each folder in RubberDuck's own data, which no program of an agent ever sees. What can't be read is not trusted. */
export function trustStore(dataFolder: string): TrustStore {
  const place = join(dataFolder, "trust")
  const pathOf = (folder: string) => join(place, `${sha256Of(folder).slice(0, 32)}.json`)
  const read = (path: string): Trusted | undefined => {
    try {
      return Stored.safeParse(JSON.parse(readFileSync(path, "utf8"))).data
    } catch {
      return undefined
    }
  }
  const of = (folder: string): Trusted | undefined => {
    const found = read(pathOf(folder))
    return found?.folder === folder ? found : undefined
  }
  return {
    of,
    holds: (folder, path, sha256) => of(folder)?.files[path]?.sha256 === sha256,
    set: (trusted) => writeWhole(pathOf(trusted.folder), JSON.stringify(Stored.parse(trusted))),
    forget(folder) {
      const isThere = of(folder) !== undefined
      rmSync(pathOf(folder), { force: true })
      return isThere
    },
  }
}
