// Languages whose names see one another.
const families: Readonly<Record<string, string>> = {
  typescript: "javascript",
  tsx: "javascript",
  javascript: "javascript",
  jsx: "javascript",
  c: "c",
  cpp: "c",
}

export const familyOf = (language: string): string => families[language] ?? language

/** Languages in which files of one folder see each other's names without an import. */
const folderScoped: ReadonlySet<string> = new Set(["go", "java", "csharp", "c_sharp", "kotlin"])
export const sharesFolderScope = (language: string): boolean => folderScoped.has(language)

const testFolder = /(?:^|\/)(?:tests?|specs?|__tests__|testing|e2e|t)\//i
const testName =
  /(?:^|\/)(?:test_[^/]*\.py|conftest\.py|[^/]*_test\.(?:go|py|exs|rb|cc|cpp|c|rs|dart)|[^/]*[._-](?:test|spec)s?\.[cm]?[jt]sx?|[^/]*_spec\.rb|[^/]*(?:Tests?|IT|Spec)\.(?:java|kt|cs|php|scala|groovy)|test\.[cm]?[jt]sx?|tests\.rs|[^/]*\.bats)$/

/** Whether a path holds tests, by the conventions of its language. */
export const isTestPath = (path: string): boolean => testName.test(path) || testFolder.test(path)

/** The name of what a test file tests, by its own name: `retry` for retry.test.ts, test_retry.py, RetryTest.java. */
export function testedName(path: string): string | undefined {
  const base = (path.split("/").at(-1) ?? "").replace(/\.(?:d\.)?[^.]+$/, "")
  const name = base
    .replace(/[._-](?:test|spec)s?$/i, "")
    .replace(/^test[_-]/i, "")
    .replace(/(?<=[a-z\d])(?:Tests?|Spec|IT)$/, "")
  return name !== "" && (name !== base || testFolder.test(path)) ? name : undefined
}
