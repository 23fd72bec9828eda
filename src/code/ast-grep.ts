import type { SgRoot } from "@ast-grep/napi"

/** Patterns over syntax trees. Loads native code: only when it is asked for. */
export interface AstGrep {
  /** Whether files of a language, by the index's name, can be looked at. */
  knows(language: string): boolean
  /** Throws for a language that it does not know. */
  parse(language: string, text: string): SgRoot
}

/** The library's names of languages, by ours. */
const names: Readonly<Record<string, string>> = {
  typescript: "TypeScript",
  tsx: "Tsx",
  javascript: "JavaScript",
  html: "Html",
  css: "Css",
  python: "python",
  go: "go",
  rust: "rust",
  java: "java",
}

let loading: Promise<AstGrep> | undefined

/** The one way to ast-grep: languages that are not built in may be registered only once in a process. */
export function astGrep(): Promise<AstGrep> {
  loading ??= load().catch((error) => {
    loading = undefined
    throw error
  })
  return loading
}

async function load(): Promise<AstGrep> {
  const [{ parse, registerDynamicLanguage }, go, java, python, rust] = await Promise.all([
    import("@ast-grep/napi"),
    import("@ast-grep/lang-go"),
    import("@ast-grep/lang-java"),
    import("@ast-grep/lang-python"),
    import("@ast-grep/lang-rust"),
  ])
  registerDynamicLanguage({ go: go.default, java: java.default, python: python.default, rust: rust.default })
  return {
    knows: (language) => Object.hasOwn(names, language),
    parse: (language, text) => parse(names[language] ?? language, text),
  }
}
