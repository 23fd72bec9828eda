import type { AnalysedFile } from "./analyse.ts"

/** Turns contents into what the index stores, on other threads. */
export interface Analyser {
  /** The language in which a path is parsed; with its hash it names a content. */
  variantOf(path: string): string
  /** How many contents are worth handing over at once. */
  readonly width: number
  /** `null` says that the bytes are no text. Rejects only when the analyser itself has failed. */
  analyse(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<AnalysedFile | null>
}
