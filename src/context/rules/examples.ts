import type { CodeIndex } from "../../code/code-index.ts"
import type { CompiledRule } from "./compile.ts"

/** A passage that shows how the code does what a rule speaks of. */
export interface RuleExample {
  readonly path: string
  readonly startLine: number
  readonly endLine: number
  readonly name: string
  readonly language: string
  readonly text: string
}

const most = 3
const mostQueryChars = 300

/** What the index finds for a rule's title, tags and first words, in files that the rule is for. */
export async function examplesOf(
  { rule, text }: CompiledRule,
  index: Pick<CodeIndex, "search">,
  signal: AbortSignal,
): Promise<RuleExample[]> {
  const words = text.replaceAll(/[#*`_>{}()[\]"':]/g, " ").replaceAll(/\s+/g, " ")
  const folder = rule.folder === "" ? [] : [`${rule.folder}/**`]
  const paths = rule.globs.length > 0 ? rule.globs : folder
  const { hits } = await index.search(
    {
      text: `${rule.title} ${rule.tags.join(" ")} ${words}`.slice(0, mostQueryChars),
      limit: most * 3,
      filters: {
        ...(paths.length > 0 ? { path: paths.map((glob) => glob.replace(/^!/, "-")) } : {}),
        ...(rule.languages.length > 0 ? { lang: rule.languages } : {}),
      },
    },
    signal,
  )
  return hits
    .filter(({ path }) => path !== rule.path)
    .slice(0, most)
    .map(({ path, textLine, text: passage, name, language }) => ({
      path,
      startLine: textLine,
      endLine: textLine + passage.split("\n").length - 1,
      name,
      language,
      text: passage,
    }))
}
