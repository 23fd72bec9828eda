import { languageOf } from "../parse/languages.ts"

/** The language in which a path is parsed; with the hash of its bytes it names a content. */
export const variantOf = (path: string): string => languageOf(path)?.id ?? "text"
