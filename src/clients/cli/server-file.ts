import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type ServerFile, serverFileName } from "../../base/wire.ts"

/**
 * The server that `server.json` of a data folder names; undefined when there is no such file, it can't be read as one,
 * or the process it names is gone. Whether it listens and knows its token shows when it is asked.
 */
export function findServer(dataFolder: string): ServerFile | undefined {
  let text: string
  try {
    text = readFileSync(join(dataFolder, serverFileName), "utf8")
  } catch {
    return undefined
  }
  const file = serverFileFrom(text)
  return file && isAlive(file.pid) ? file : undefined
}

/** `server.json` is written whole, but anything may be in a file: what is no ServerFile is none. */
export function serverFileFrom(text: string): ServerFile | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== "object" || value === null) return undefined
  const { pid, port, token, version, startedAt, instance } = value as Partial<Record<keyof ServerFile, unknown>>
  const isWhole = (n: unknown, most: number): n is number => Number.isInteger(n) && Number(n) > 0 && Number(n) <= most
  if (!isWhole(pid, 2 ** 31) || !isWhole(port, 65_535)) return undefined
  // A token with line breaks would end the header it is sent in.
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) return undefined
  if (typeof version !== "string" || typeof startedAt !== "string" || typeof instance !== "string") return undefined
  return { pid, port, token, version, startedAt, instance }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}
