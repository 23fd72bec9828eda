import { join, posix } from "node:path"
import { DuckError } from "../../base/errors.ts"
import { folderView } from "../../workspace/ecosystems/folder-view.ts"
import { frameworkFor } from "../../workspace/test-runners/detect.ts"
import type { FrameworkId, TestedLanguage } from "../../workspace/test-runners/framework.ts"
import { nodeDependencies } from "../../workspace/test-runners/node-frameworks.ts"
import { namesPythonPackage } from "../../workspace/test-runners/python-frameworks.ts"
import type { EngineTools } from "../pipeline/engine.ts"
import { doctestsOf } from "./doctests.ts"
import type { TestTask } from "./engine.ts"
import { styleOf } from "./style.ts"
import { type Subject, subjectOf } from "./subject.ts"

export interface Wanted {
  readonly target: string
  readonly framework?: FrameworkId | undefined
  readonly instruction: string
  readonly property: boolean
  readonly doctest: boolean
}

/**
 * What the engine needs to know of a target. Throws what `subjectOf` throws, and NO_FRAMEWORK where there is none for the
 * language, or NO_PROPERTY_LIBRARY where properties are asked for and the project has no library for them, and what `doctestsOf` throws.
 */
export async function prepareTask(
  { target, framework, instruction, property, doctest }: Wanted,
  { index, workspace, root }: Pick<EngineTools, "index" | "workspace" | "root">,
): Promise<TestTask> {
  const subject = await subjectOf(target, { index, workspace })
  const paths = index.files()
  const detected = await frameworkFor(subject.path, { root, paths, wanted: framework })
  if (!detected)
    throw new DuckError({
      code: "NO_FRAMEWORK",
      message: `${subject.path}: ${framework ? `${framework} is not for files of this language` : "the project has no test framework that is known"}.`,
      hint: "Set one up, or name one with --framework.",
      status: 400,
    })
  const view = await folderView(join(root, detected.folder))
  const read = await view.json("package.json")
  const isModulePackage = typeof read === "object" && read !== null && "type" in read && read.type === "module"
  const style = await styleOf(subject, detected, index, isModule(subject, isModulePackage))
  const properties = property ? await propertyLibrary(subject.language, root, detected.folder) : undefined
  if (property && !properties)
    throw new DuckError({
      code: "NO_PROPERTY_LIBRARY",
      message: `${subject.path}: the project depends on no library for property tests.`,
      hint: `Known are ${Object.values(libraries).join(", ")}: add one as a dependency.`,
      status: 400,
    })
  const { typeText, typePaths } = await typesOf(subject, index)
  const doctests = doctest ? await doctestsOf(subject, detected, root) : undefined
  return { subject, detected, style, typeText, typePaths, instruction, properties, doctests }
}

/** Whether what is written beside it imports, rather than requires. */
function isModule({ path, text }: Subject, isModulePackage: boolean): boolean {
  if (/\.c[jt]s$/.test(path)) return false
  return isModulePackage || /\.m?tsx?$|\.mjs$/.test(path) || /^(?:import|export)\b/m.test(text)
}

const libraries: Partial<Record<TestedLanguage, string>> = {
  javascript: "fast-check",
  python: "hypothesis",
  rust: "proptest",
  elixir: "stream_data",
  go: "pgregory.net/rapid",
  java: "jqwik",
}

const manifests: Partial<Record<TestedLanguage, readonly string[]>> = {
  rust: ["Cargo.toml"],
  elixir: ["mix.exs"],
  go: ["go.mod"],
  java: ["pom.xml", "build.gradle", "build.gradle.kts"],
}

/** The library for properties, where the folder or one above it depends on it. */
async function propertyLibrary(language: TestedLanguage, root: string, folder: string): Promise<string | undefined> {
  const name = libraries[language]
  if (name === undefined) return undefined
  for (let at = folder; ; at = posix.dirname(at)) {
    const view = await folderView(join(root, at))
    if (language === "javascript" && (await nodeDependencies(view)).has(name)) return name
    if (language === "python" && (await namesPythonPackage(view, /hypothesis/))) return name
    for (const manifest of manifests[language] ?? []) {
      if ((await view.text(manifest))?.includes(name)) return name
    }
    if (at === "" || at === ".") return undefined
  }
}

const mostTypes = 60

/** Texts of the project's types that signatures speak of, and of those that these speak of. */
async function typesOf(subject: Subject, index: EngineTools["index"]) {
  const texts = new Map<string, string>()
  const typePaths = new Map<string, string>()
  const namesIn = (text: string) => text.match(/\b[A-Z]\w*/g) ?? []
  const signatures = subject.callables.flatMap(({ parameters, making }) => [
    ...parameters,
    ...(making?.parameters ?? []),
  ])
  const pending = [...new Set(signatures.flatMap(({ type }) => namesIn(type)))]
  const seen = new Set(pending)
  for (let name = pending.shift(); name !== undefined && seen.size <= mostTypes; name = pending.shift()) {
    const { items } = await index.definitions(name)
    const fits = items.filter(({ kind }) => ["type", "enum", "class"].includes(kind))
    const found = fits.find(({ path }) => path === subject.path) ?? (fits.length === 1 ? fits[0] : undefined)
    const text = found && (await index.text(found.path, found))
    if (!found || text === undefined) continue
    texts.set(name, text)
    if (found.isExported) typePaths.set(name, found.path)
    if (found.kind !== "type") continue
    for (const next of namesIn(text)) {
      if (seen.has(next)) continue
      seen.add(next)
      pending.push(next)
    }
  }
  return { typeText: (name: string) => texts.get(name), typePaths }
}
