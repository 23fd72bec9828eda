import type { CodeIndex } from "../../code/code-index.ts"
import { type Ground, unquoted, wordsOf } from "./offered.ts"

const mostLookups = 8

/** Which words of a line name files, folders or symbols of the project, as far as it is indexed now. */
export async function groundOf(
  text: string,
  index: Pick<CodeIndex, "files" | "search">,
  signal: AbortSignal,
): Promise<Ground> {
  // The first word is the command's.
  const [, ...typed] = wordsOf(text)
  const words = [...new Set(typed.flatMap((word) => [unquoted(word), unquoted(word).replace(/[.,;:!]+$/, "")]))]
  const pathOf = (word: string) =>
    word
      .replace(/:\d+(-\d+)?$/, "")
      .replace(/^\.\//, "")
      .replace(/\/$/, "")
  const wanted = new Map(words.filter((word) => /[./]|^\w+$/.test(word)).map((word) => [word, pathOf(word)]))
  const paths = new Set<string>()
  const found = new Set<string>()
  const sought = new Set([...wanted.values()].filter((path) => path !== ""))
  for (const file of index.files()) {
    if (sought.has(file)) found.add(file)
    for (const path of sought) if (path.length < file.length && file.startsWith(`${path}/`)) found.add(path)
  }
  for (const [word, path] of wanted) if (found.has(path)) paths.add(word)
  const symbols = new Set<string>()
  const names = words.filter((word) => /^[\p{L}_$][\p{L}\p{N}_$]{2,}$/u.test(word)).slice(0, mostLookups)
  for (const name of names) {
    const { hits } = await index.search({ text: name, mode: "symbol", limit: 1 }, signal)
    if (hits[0]?.name === name) symbols.add(name)
  }
  return { paths, symbols }
}
