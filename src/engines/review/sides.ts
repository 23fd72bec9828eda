import { DuckError } from "../../base/errors.ts"
import { decodeText } from "../../workspace/decode.ts"
import { gitBytes } from "../../workspace/git-run.ts"
import type { Workspace } from "../../workspace/workspace.ts"

/** A file on one side of a change; null where there is none, or none that is read as text. */
export interface Side {
  readonly text: string | null
  /** Why its text was not read. */
  readonly unread?: string
}

/** Larger ones are written by programs, or no text. */
const mostBytes = 1_000_000
const lineEnd = 0x0a

/**
 * Blobs by names that git knows (`HEAD:./a.ts`), in two runs of git however many they are. A name that is none (a submodule, a
 * path that only another side has) is unread.
 */
export async function blobs(
  names: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Side>> {
  // Git takes a name a line.
  const asked = [...new Set(names)].filter((name) => !name.includes("\n"))
  const found = new Map<string, Side>(names.map((name) => [name, { text: null, unread: "no file" }]))
  if (asked.length === 0) return found
  const checked = await gitBytes({ cwd, args: ["cat-file", "--batch-check"], input: `${asked.join("\n")}\n`, signal })
  const wanted: { readonly name: string; readonly id: string }[] = []
  for (const [at, line] of checked.toString("utf8").trimEnd().split("\n").entries()) {
    const [, id, size] = /^([0-9a-f]+) blob (\d+)$/.exec(line) ?? []
    const name = asked[at]
    if (id === undefined || name === undefined) continue
    if (Number(size) > mostBytes) found.set(name, { text: null, unread: "too large" })
    else wanted.push({ name, id })
  }
  if (wanted.length === 0) return found
  const input = `${wanted.map(({ id }) => id).join("\n")}\n`
  const bytes = await gitBytes({ cwd, args: ["cat-file", "--batch"], input, signal })
  let from = 0
  for (const { name } of wanted) {
    const head = bytes.indexOf(lineEnd, from)
    const size = Number(bytes.toString("utf8", from, head).split(" ").at(-1))
    found.set(name, textIn(bytes.subarray(head + 1, head + 1 + size)))
    // A line end after each.
    from = head + 1 + size + 1
  }
  return found
}

export async function onDisk(path: string, workspace: Workspace): Promise<Side> {
  try {
    const { kind, sizeBytes } = await workspace.stat(path)
    if (kind !== "file") return { text: null, unread: `a ${kind}` }
    if (sizeBytes > mostBytes) return { text: null, unread: "too large" }
    return textIn((await workspace.readBytes(path)).bytes)
  } catch (error) {
    if (error instanceof DuckError)
      return { text: null, unread: error.code === "FILE_NOT_FOUND" ? "no file" : error.message }
    throw error
  }
}

function textIn(bytes: Uint8Array): Side {
  const decoded = decodeText(bytes)
  return decoded === "binary" ? { text: null, unread: "binary" } : { text: decoded.text }
}
