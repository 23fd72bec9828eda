import { hash } from "node:crypto"

/**
 * Names a set of files: the sum, lane by lane, of the SHA-256 of each path with its content's hash. A sum can be kept up
 * to date file by file, and is the same in whatever order the files came. It tells trees apart; it is no signature.
 */
export interface TreeName {
  add(path: string, contentHash: string): void
  remove(path: string, contentHash: string): void
  toString(): string
}

export function treeName(): TreeName {
  const lanes = new Uint32Array(8)
  const digest = (path: string, contentHash: string) => {
    const bytes = hash("sha256", `${path}\0${contentHash}`, "buffer")
    return Array.from({ length: 8 }, (_, lane) => bytes.readUInt32LE(lane * 4))
  }
  return {
    add(path, contentHash) {
      for (const [lane, value] of digest(path, contentHash).entries()) lanes[lane] = (lanes[lane] ?? 0) + value
    },
    remove(path, contentHash) {
      for (const [lane, value] of digest(path, contentHash).entries()) lanes[lane] = (lanes[lane] ?? 0) - value
    },
    toString: () => Buffer.from(lanes.slice(0, 5).buffer).toString("hex"),
  }
}
