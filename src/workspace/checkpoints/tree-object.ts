import { z } from "zod"

/** Why something in a tree is not in its checkpoint. */
export const uncoveredReasons = ["too large", "dependencies", "unreadable", "not a file", "own data"] as const
export type Uncovered = (typeof uncoveredReasons)[number]

/**
 * One name in a folder of a checkpoint. `mode` is the permission bits. A file's `hash` names its bytes in the object
 * store, or, when it is `parted`, the list of its parts; a folder's names its own tree object. An uncovered name is
 * known to have been there, and nothing more.
 */
export type TreeEntry =
  | {
      readonly kind: "file"
      readonly name: string
      readonly mode: number
      readonly hash: string
      readonly sizeBytes: number
      readonly isParted: boolean
    }
  | { readonly kind: "link"; readonly name: string; readonly target: string }
  | { readonly kind: "folder"; readonly name: string; readonly mode: number; readonly hash: string }
  | { readonly kind: "uncovered"; readonly name: string; readonly why: Uncovered }

const rowSchema = z.union([
  z.tuple([z.literal(["f", "p"]), z.string(), z.int(), z.string(), z.int()]),
  z.tuple([z.literal("l"), z.string(), z.string()]),
  z.tuple([z.literal("d"), z.string(), z.int(), z.string()]),
  z.tuple([z.literal("u"), z.string(), z.enum(uncoveredReasons)]),
])
type Row = z.infer<typeof rowSchema>
const treeSchema = z.array(rowSchema)

/** The bytes of a folder's tree object: equal folders have equal bytes, in whatever order their names were read. */
export function encodeTree(entries: readonly TreeEntry[]): Buffer {
  const sorted = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))
  return Buffer.from(JSON.stringify(sorted.map(rowOf)))
}

/** Sorted by name. Throws for bytes that are no tree object. */
export function decodeTree(bytes: Uint8Array): TreeEntry[] {
  return treeSchema.parse(JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString())).map(entryOf)
}

function rowOf(entry: TreeEntry): Row {
  switch (entry.kind) {
    case "file":
      return [entry.isParted ? "p" : "f", entry.name, entry.mode, entry.hash, entry.sizeBytes]
    case "link":
      return ["l", entry.name, entry.target]
    case "folder":
      return ["d", entry.name, entry.mode, entry.hash]
    case "uncovered":
      return ["u", entry.name, entry.why]
  }
}

function entryOf(row: Row): TreeEntry {
  switch (row[0]) {
    case "l":
      return { kind: "link", name: row[1], target: row[2] }
    case "d":
      return { kind: "folder", name: row[1], mode: row[2], hash: row[3] }
    case "u":
      return { kind: "uncovered", name: row[1], why: row[2] }
    default:
      return { kind: "file", name: row[1], mode: row[2], hash: row[3], sizeBytes: row[4], isParted: row[0] === "p" }
  }
}

/**
 * Whether two names (undefined: nothing is there) are the same to a person: contents, modes and where links point. Of
 * folders only that they are folders of one mode; what is in them is compared name by name.
 */
export function isSameEntry(a: TreeEntry | undefined, b: TreeEntry | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  switch (a.kind) {
    case "file":
      return b.kind === "file" && a.mode === b.mode && a.hash === b.hash && a.isParted === b.isParted
    case "link":
      return b.kind === "link" && a.target === b.target
    case "folder":
      return b.kind === "folder" && a.mode === b.mode
    case "uncovered":
      return b.kind === "uncovered"
  }
}
