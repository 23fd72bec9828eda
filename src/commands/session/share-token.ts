import { createHash, randomBytes } from "node:crypto"

/** 256 random bits, so that a plain hash of it can't be turned back: base64url, 43 characters. */
export const newShareToken = (): string => randomBytes(32).toString("base64url")

/** SHA-256, hex: all that is kept of a token. */
export const hashOfToken = (token: string): string => createHash("sha256").update(token).digest("hex")

export const sharePath = (token: string): string => `/share/${token}`
