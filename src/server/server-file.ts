import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { writeWhole } from "../access/private-file.ts"
import { type ServerFile, serverFileName } from "../base/wire.ts"

const schema = z.object({
  pid: z.int(),
  port: z.int(),
  token: z.string(),
  version: z.string(),
  startedAt: z.string(),
  instance: z.string(),
})

/** Says where the server is. Throws UnavailableError when the data folder can't be written. */
export function announceServer(dataFolder: string, file: ServerFile): void {
  writeWhole(join(dataFolder, serverFileName), `${JSON.stringify(file)}\n`)
}

/** What the data folder says about its server, undefined when nothing that can be read. */
export function readServerFile(dataFolder: string): ServerFile | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(join(dataFolder, serverFileName), "utf8")))
  } catch {
    return undefined
  }
}

/** Takes back what this start of the server announced; the announcement of another one stays. */
export function withdrawServer(dataFolder: string, instance: string): void {
  if (readServerFile(dataFolder)?.instance !== instance) return
  rmSync(join(dataFolder, serverFileName), { force: true })
}
