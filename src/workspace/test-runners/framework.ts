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
  /** Where the report and the coverage are to be written: words of a shell command. Missing: none is wanted. */
  readonly report: string
  readonly coverage: string | undefined
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
  readonly program: string
  /** Where the program may be installed: relative to the folder or those above it. */
  readonly installedIn: readonly string[]
  command(request: RunRequest): string
  /** Further places of reports: globs, relative to the folder. */
  readonly reportGlobs?: readonly string[]
  /** `reports`: texts of the files that it wrote. Throws where they are not what it writes. */
  results(output: string, reports: readonly string[]): readonly TestResult[]
}
