import { promises as fs } from "node:fs"
import { join } from "node:path"
import { asDuckError } from "../../base/errors.ts"
import { type Bounds, boundsOf, resolveForWrite } from "../contain.ts"
import { decodeText, type TextEncoding } from "../decode.ts"
import { encodeText, LossyWriteError } from "../encode.ts"
import { FileChangedError, printable } from "../errors.ts"
import { hashOf, readBytes, readText, type TextFile } from "../read.ts"
import { writeBytes } from "../write.ts"
import { removeFile, setMode } from "./disk.ts"
import { patchHalfApplied, patchInvalid, patchRefused } from "./errors.ts"
import { applyHunks, type HunkApplied } from "./hunks.ts"
import { parsePatch } from "./parse-patch.ts"
import type { FilePatch } from "./patch.ts"
import { type Recovery, replace } from "./replace.ts"
import { unifiedDiff } from "./unified.ts"

/** What became of one file. */
export interface EditedFile {
  readonly path: string
  readonly change: "updated" | "added" | "deleted" | "moved"
  readonly movedTo?: string
  /** The difference, in the unified format. */
  readonly diff: string
  /** SHA-256 of the new bytes; null for a deleted file. */
  readonly hash: string | null
  /** How each hunk of a patch was placed. */
  readonly hunks?: readonly HunkApplied[]
}

export interface ReplaceOptions {
  readonly all?: boolean
  /** The SHA-256 that the file had when it was read. Another one is a FileChangedError. */
  readonly expectHash?: string | undefined
}

/**
 * `replace` in a file inside the root or the bounds. Encoding, byte-order mark, line ends, the end of the last line and
 * the mode stay. Throws what `replace`, `readText` and `writeBytes` throw; the file is then as it was.
 */
export async function replaceInFile(
  root: string | Bounds,
  path: string,
  before: string,
  after: string,
  options: ReplaceOptions = {},
): Promise<EditedFile & { readonly lines: readonly number[]; readonly recovered: readonly Recovery[] }> {
  const bounds = typeof root === "string" ? await boundsOf({ root }) : root
  const file = await readExpected(bounds, path, options.expectHash)
  const { text, lines, recovered } = replace(file.text, before, after, { all: options.all ?? false })
  const bytes = bytesOf(path, text, file)
  const { hash } = await writeBytes(bounds, path, bytes, { expectHash: file.hash })
  return { path, change: "updated", diff: differenceOf(path, file.text, text), hash, lines, recovered }
}

export interface PatchOptions {
  /** Path -> the SHA-256 that the file had when it was read, for those that were. */
  readonly expectHashes?: Readonly<Record<string, string>>
}

/**
 * Applies a patch (unified, or `*** Begin Patch`) to all its files or to none. Everything is read, checked and computed
 * before the first byte is written; each write expects the file to be what was read, and when one fails those before it
 * are put back. Throws PATCH_INVALID, PATCH_HALF_APPLIED, and with the code of the cause what is wrong with one file.
 */
export async function applyPatch(
  root: string | Bounds,
  patch: string,
  { expectHashes = {} }: PatchOptions = {},
): Promise<readonly EditedFile[]> {
  const bounds = typeof root === "string" ? await boundsOf({ root }) : root
  const plans: Plan[] = []
  for (const file of parsePatch(patch)) {
    try {
      const expected = Object.hasOwn(expectHashes, file.path) ? expectHashes[file.path] : undefined
      plans.push(await planOf(bounds, file, expected))
    } catch (error) {
      throw patchRefused(file.path, asDuckError(error))
    }
  }
  const targets = plans.flatMap((plan) => plan.steps.map((step) => step.path))
  const twice = targets.find((path, i) => targets.indexOf(path) !== i)
  if (twice !== undefined) throw patchInvalid(`${printable(twice)} is changed twice`)
  await writeAll(bounds, plans)
  return plans.map((plan) => plan.edited)
}

/** A file before and after; null: it is not there. */
interface Content {
  readonly bytes: Uint8Array
  readonly hash: string
  readonly mode: number | undefined
}
interface FileStep {
  readonly path: string
  readonly before: Content | null
  readonly after: { readonly bytes: Uint8Array; readonly mode: number | undefined } | null
  /** Folders that are made with it, the outermost first: absolute. */
  readonly makes: readonly string[]
}
interface Plan {
  readonly steps: readonly FileStep[]
  edited: EditedFile
}

async function planOf(bounds: Bounds, patch: FilePatch, expectHash: string | undefined): Promise<Plan> {
  if (patch.kind === "add") {
    const makes = await expectNothing(bounds, patch.path)
    const after = { bytes: Buffer.from(patch.text), mode: undefined }
    const diff = unifiedDiff("", patch.text, { from: "/dev/null", to: `b/${patch.path}` })
    return {
      steps: [{ path: patch.path, before: null, after, makes }],
      edited: { path: patch.path, change: "added", diff, hash: null },
    }
  }
  const { path } = patch
  if (patch.kind === "delete") {
    const { bytes, mode } = await readBytes(bounds, path)
    const before = { bytes, hash: hashOf(bytes), mode }
    if (expectHash !== undefined && before.hash !== expectHash)
      throw new FileChangedError(path, expectHash, before.hash)
    const decoded = decodeText(bytes)
    const text = decoded === "binary" ? `(${bytes.length} bytes that are not text)\n` : decoded.text
    const diff = unifiedDiff(text, "", { from: `a/${path}`, to: "/dev/null" })
    return { steps: [{ path, before, after: null, makes: [] }], edited: { path, change: "deleted", diff, hash: null } }
  }
  const file = await readExpected(bounds, path, expectHash)
  const before = { bytes: bytesOf(path, file.text, file), hash: file.hash, mode: file.mode }
  const { text, applied } = applyHunks(file.text, patch.hunks)
  const bytes = bytesOf(path, text, file)
  if (patch.moveTo === undefined) {
    const diff = differenceOf(path, file.text, text)
    const edited: EditedFile = { path, change: "updated", diff, hash: null, hunks: applied }
    return { steps: [{ path, before, after: { bytes, mode: undefined }, makes: [] }], edited }
  }
  const diff = unifiedDiff(file.text, text, { from: `a/${path}`, to: `b/${patch.moveTo}` })
  const makes = await expectNothing(bounds, patch.moveTo)
  const steps: FileStep[] = [
    { path: patch.moveTo, before: null, after: { bytes, mode: file.mode }, makes },
    { path, before, after: null, makes: [] },
  ]
  return { steps, edited: { path, change: "moved", movedTo: patch.moveTo, diff, hash: null, hunks: applied } }
}

async function writeAll(bounds: Bounds, plans: readonly Plan[]): Promise<void> {
  const done: { step: FileStep; hash: string | null }[] = []
  for (const plan of plans)
    for (const step of plan.steps) {
      try {
        const hash = await carryOut(bounds, step.path, step.before?.hash ?? null, step.after)
        done.push({ step, hash })
        if (hash !== null) plan.edited = { ...plan.edited, hash }
      } catch (error) {
        const left = await takeBack(bounds, done)
        if (left.length > 0) throw patchHalfApplied(step.path, left, error)
        throw patchRefused(step.path, asDuckError(error))
      }
    }
}

/** Gives the new hash; null where the file is gone. */
async function carryOut(bounds: Bounds, path: string, expectHash: string | null, after: FileStep["after"]) {
  if (after === null) {
    if (expectHash !== null) await removeFile(bounds, path, expectHash)
    return null
  }
  const { hash } = await writeBytes(bounds, path, after.bytes, { expectHash })
  if (after.mode !== undefined) await setMode(bounds, path, after.mode)
  return hash
}

/** That a new file may be made at a path; gives the folders that have to be made for it. */
async function expectNothing(bounds: Bounds, path: string): Promise<string[]> {
  const { folder, missing, exists } = await resolveForWrite(bounds, path, "write")
  if (exists) throw new FileChangedError(path, null, "")
  return missing.map((_, i) => join(folder, ...missing.slice(0, i + 1)))
}

/** Puts files back, the latest first; gives those that someone changed since or that could not be written. */
async function takeBack(bounds: Bounds, done: readonly { step: FileStep; hash: string | null }[]): Promise<string[]> {
  const left: string[] = []
  for (const { step, hash } of [...done].reverse()) {
    await carryOut(bounds, step.path, hash, step.before).catch(() => left.push(step.path))
    // One that is not empty any more stays.
    for (const folder of [...step.makes].reverse()) await fs.rmdir(folder).catch(() => {})
  }
  return left
}

async function readExpected(bounds: Bounds, path: string, expectHash: string | undefined): Promise<TextFile> {
  const file = await readText(bounds, path)
  if (expectHash !== undefined && file.hash !== expectHash) throw new FileChangedError(path, expectHash, file.hash)
  return file
}

/** Text in a file's own encoding; one that Windows-1252 can't hold becomes UTF-8, as `writeText` does. */
function bytesOf(path: string, text: string, file: { encoding: TextEncoding; hadInvalidBytes: boolean }): Uint8Array {
  if (file.hadInvalidBytes) throw new LossyWriteError(path)
  return encodeText(text, file.encoding) ?? Buffer.from(text)
}

const differenceOf = (path: string, before: string, after: string) =>
  unifiedDiff(before, after, { from: `a/${path}`, to: `b/${path}` })
