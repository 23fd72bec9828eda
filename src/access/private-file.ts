import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { dirname } from "node:path"
import { DuckError, systemCode, UnavailableError } from "../base/errors.ts"
import { newId } from "../base/ids.ts"

/**
 * Makes a folder that only its owner can enter, or takes the rights of others away from one that is ours: what is in it
 * (the log, the token) is for nobody else. Throws UnavailableError.
 */
export function privateFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const { mode, uid } = statSync(path)
    if (process.platform !== "win32" && (mode & 0o077) !== 0 && uid === process.getuid?.()) chmodSync(path, 0o700)
  } catch (cause) {
    throw diskError(path, cause)
  }
}

/**
 * Writes a small file of ours (0600, its folder 0700) so that a reader sees the old text or the new one, never a part,
 * and neither a crash nor a full disk leaves anything else. Throws UnavailableError with what the disk said.
 */
export function writeWhole(path: string, text: string, mode = 0o600): void {
  placed(path, text, mode, renameSync)
}

/** As `writeWhole`, but never over a file that is there: answers false then. */
export function createWhole(path: string, text: string): boolean {
  try {
    placed(path, text, 0o600, linkSync)
    return true
  } catch (thrown) {
    if (thrown instanceof DuckError && systemCode(thrown.cause) === "EEXIST") return false
    throw thrown
  }
}

function placed(path: string, text: string, mode: number, place: (from: string, to: string) => void): void {
  const temporary = `${path}.${newId()}.tmp`
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const file = openSync(temporary, "wx", mode)
    try {
      writeFileSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    place(temporary, path)
  } catch (cause) {
    throw diskError(path, cause)
  } finally {
    discard(temporary)
  }
}

/** Takes away what may not be there, without a word about why it can't. */
export function discard(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // What was wrong with the folder has been said by whoever tried to write.
  }
}

/** What a disk that refuses to be written says, as an error a person can act on. */
export function diskError(path: string, cause: unknown): UnavailableError {
  const code = systemCode(cause)
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new UnavailableError({
      code: "DISK_FULL",
      message: `${path} can't be written: the disk is full.`,
      hint: "Free some space, or set DUCK_HOME to a folder on another disk.",
      cause,
    })
  }
  if (code === "EROFS" || code === "EACCES" || code === "EPERM") {
    return new UnavailableError({
      code: "FOLDER_READ_ONLY",
      message: `${path} can't be written (${code}).`,
      hint: "Check who owns the folder and its rights, or set DUCK_HOME to a folder you can write to.",
      cause,
    })
  }
  if (code === "ENOTDIR" || code === "EEXIST") {
    return new UnavailableError({
      code: "NOT_A_FOLDER",
      message: `${path} can't be written: there is a file where a folder should be.`,
      hint: "Move the file away, or set DUCK_HOME to another folder.",
      cause,
    })
  }
  return new UnavailableError({
    code: "DISK_FAILED",
    message: `${path} can't be written (${code ?? (cause as Error).message}).`,
    hint: "`duck doctor` checks the data folder.",
    cause,
  })
}
