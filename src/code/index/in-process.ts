import { decodeText } from "../../workspace/decode.ts"
import { parseFile } from "../parse/parse-file.ts"
import { type AnalysedFile, analyse } from "./analyse.ts"
import type { Analyser } from "./analyser.ts"
import { indexChunking } from "./chunking.ts"
import { variantOf } from "./variant.ts"

/** Parses and analyses one content in this thread; null where the bytes are no text. What a parse worker runs. */
export async function analyseBytes(path: string, bytes: Uint8Array): Promise<AnalysedFile | null> {
  const decoded = decodeText(bytes)
  if (decoded === "binary") return null
  return analyse(decoded.text, await parseFile(path, decoded.text, indexChunking))
}

/** An analyser without threads: for tests, and where there is a handful of files. */
export const inProcessAnalyser: Analyser = { variantOf, width: 1, analyse: analyseBytes }
