import { join } from "node:path"
import { createWhole, discard, diskError } from "../access/private-file.ts"
import { asDuckError, DuckError, systemCode, UnavailableError } from "../base/errors.ts"
import { newId } from "../base/ids.ts"

/** Why the data folder could not be opened, in words a person can act on. What is a DuckError already stays as it is. */
export function openingError(folder: string, thrown: unknown): DuckError {
  if (thrown instanceof DuckError) return thrown
  if (systemCode(thrown)?.startsWith("E") && !systemCode(thrown)?.startsWith("ERR_")) return diskError(folder, thrown)
  // SQLite says little of what the disk said: ask the disk again.
  const probe = join(folder, `probe-${newId()}`)
  try {
    createWhole(probe, "probe\n")
  } catch (error) {
    return asDuckError(error)
  } finally {
    discard(probe)
  }
  const isFull = thrown instanceof Error && "errcode" in thrown && thrown.errcode === 13
  return isFull ? diskError(folder, Object.assign(new Error("full"), { code: "ENOSPC" })) : asDuckError(thrown)
}

export function listenError(port: number, cause: NodeJS.ErrnoException): UnavailableError {
  if (cause.code === "EADDRINUSE") {
    return new UnavailableError({
      code: "PORT_IN_USE",
      message: `Port ${port} on 127.0.0.1 is in use by another program.`,
      hint: "Name another with --port or the setting server.port; 0 takes any that is free.",
      cause,
      details: { port },
    })
  }
  return new UnavailableError({
    code: "PORT_REFUSED",
    message: `Port ${port} on 127.0.0.1 can't be opened (${cause.code ?? cause.message}).`,
    hint: cause.code === "EACCES" ? "Ports below 1024 need more rights; take a higher one." : undefined,
    cause,
    details: { port },
  })
}
