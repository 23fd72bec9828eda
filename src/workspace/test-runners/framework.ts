import type { FolderView } from "../ecosystems/folder-view.ts"
import type { TestResult } from "./results.ts"

export const frameworkIds = [
  "vitest",
  "jest",
  "node:test",
  "mocha",
  "pytest",
  "unittest",
  "go",
  "cargo",
  "junit",
  "exunit",
  "rspec",
] as const
export type FrameworkId = (typeof frameworkIds)[number]

export type TestedLanguage = "javascript" | "python" | "go" | "rust" | "java" | "elixir" | "ruby"

/** What a folder says for a framework; the more weight, the surer. */
export interface Evidence {
  readonly weight: number
  readonly says: string
}

export interface RunRequest {
  /** As words of a shell command, relative to the folder in which it runs; empty: all tests. */
  readonly files: readonly string[]
  /** The program with its path, as a word of a shell command. */
  readonly program: string
  /** Names of the tests in the files, by `testNames`; empty: all. */
  readonly names: readonly string[]
  /** The folder of reports and of `ownFiles`, and the report in it: words of a shell command. */
  readonly reports: string
  readonly report: string
  /** The folder that the coverage is to be written into. Missing: none is wanted. */
  readonly coverage: string | undefined
  /** The one of `coverageTools` that the project has. */
  readonly coverageTool: { readonly name: string; readonly program: string } | undefined
  /** The order is shuffled by it, where the runner can. */
  readonly seed: number | undefined
  readonly view: FolderView
}

/** A test framework: how it is known, run and read. */
export interface Framework {
  readonly id: FrameworkId
  readonly language: TestedLanguage
  /** Paths of its test files. Frameworks of one language may share them: then their imports tell. */
  readonly files: RegExp
  /** What stands in test files of it and of no other of its language. */
  readonly marks: RegExp
  /** Files of one of these names make a folder one that it could be at home in. */
  readonly manifests: readonly string[]
  /** What a manifest's folder says for it. */
  evidence(view: FolderView): Promise<readonly Evidence[]>
  /** It comes with the language: taken where nothing speaks for another. */
  readonly isBuiltIn: boolean
  readonly canShuffle: boolean
  /** Name of the coverage file that it writes into the folder of `RunRequest.coverage`; undefined: it can't. */
  readonly coverageFile: string | undefined
  /** Programs that measure coverage around it, of which the project has to have one; undefined: it needs none. */
  readonly coverageTools?: readonly string[]
  readonly program: string
  /** Where the program may be installed: relative to the folder or those above it. */
  readonly installedIn: readonly string[]
  command(request: RunRequest): string
  /** Files that its command names, by their names in the folder of reports. */
  readonly ownFiles?: Readonly<Record<string, string>>
  /** For runners that take no files: the names of the tests in the text of one, by which they are picked. */
  testNames?(text: string): readonly string[]
  /** Variables for its caches, which last as long as the copy that it runs in: the folder in the caches for each. */
  readonly caches?: Readonly<Record<string, string>>
  /** What it prints where it, or what the project needs for it, is not installed. */
  readonly lacks?: RegExp
  /** Its output for people, where that is not what it prints. */
  readable?(output: string): string
  /** Further places of reports: globs, relative to the folder. */
  readonly reportGlobs?: readonly string[]
  /** `reports`: texts of the files that it wrote. Throws where they are not what it writes. */
  results(output: string, reports: readonly string[]): readonly TestResult[]
}
