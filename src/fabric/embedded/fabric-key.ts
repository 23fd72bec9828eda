import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto"
import { chmodSync, existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { DuckError } from "../../base/errors.ts"
import type { Logger } from "../../observe/log.ts"
import { writeDurably } from "./store-durable.ts"

/** The folder's Ed25519 key, with which its node signs seals. Made once; readable only by its owner. */
export function nodeKey(folder: string, logger: Logger): KeyObject {
  const path = join(folder, "node.key")
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync("ed25519")
    writeDurably(path, String(privateKey.export({ format: "pem", type: "pkcs8" })))
    return privateKey
  }
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
    chmodSync(path, 0o600)
    logger.warn("Others could read the node's key; now they can't.", { path })
  }
  try {
    return createPrivateKey(readFileSync(path))
  } catch (cause) {
    throw new DuckError({
      code: "NODE_KEY_UNREADABLE",
      message: `The node's key in ${path} can't be read.`,
      hint: "Put it back from a backup, or move it away: a new one is made then, and older seals count as unknown.",
      cause,
    })
  }
}
