import type { LanguageServer } from "../../code/language-servers/language-servers.ts"
import { languageOf } from "../../code/parse/languages.ts"
import type { ExtractTools } from "../../code/refactorings/extract.ts"
import { answersWithinMs, type ServedTools } from "./served.ts"

/**
 * What the user's language server says of names, for an extraction. One that is not there, or fails once, says nothing: the
 * extraction does with what is written. Throws only when the signal fires.
 */
export function servedHover({ servers, index, signal }: ServedTools): NonNullable<ExtractTools["hoverIn"]> {
  const how = { timeoutMs: answersWithinMs, signal }
  let server: Promise<LanguageServer | undefined> | undefined
  let hasFailed = false
  const open = async (path: string) => {
    const language = languageOf(path)?.id
    const found = language === undefined ? undefined : await servers?.open({ root: index.root, index }, language, how)
    return found?.can("hover") ? found : undefined
  }
  return async ({ path, text }, offset) => {
    if (hasFailed) return ""
    try {
      server ??= open(path)
      return (await (await server)?.hover({ path, text, offset }, how)) ?? ""
    } catch (error) {
      if (signal.aborted) throw error
      hasFailed = true
      return ""
    }
  }
}
