import { posix } from "node:path"
import type { FolderView } from "../ecosystems/folder-view.ts"
import type { Framework } from "./framework.ts"
import { fromCargo, fromExunit, fromGoEvents, fromJunitXml, fromRspecJson, goOutput } from "./results.ts"

const unquoted = (word: string) => word.replace(/^'(.*)'$/s, "$1").replaceAll("'\\''", "'")
const word = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
const always = (says: string) => async () => [{ weight: 2, says }]

/** The packages of these files: go runs packages, not files. */
const packagesOf = (files: readonly string[]) => [
  ...new Set(files.map((file) => word(`./${posix.dirname(unquoted(file))}`))),
]

const go: Framework = {
  id: "go",
  language: "go",
  files: /_test\.go$/,
  marks: /\btesting\.T\b/,
  manifests: ["go.mod"],
  evidence: always("go.mod is there"),
  isBuiltIn: true,
  canShuffle: true,
  coverageFile: "coverage.out",
  program: "go",
  installedIn: [],
  // Of a package, the tests of the files alone: those beside them may fail by themselves.
  testNames: (text) => Array.from(text.matchAll(/^func ((?:Test|Example|Fuzz)\w*)\(/gm), ([, name = ""]) => name),
  lacks: /missing go\.sum entry|module lookup disabled by GOPROXY=off/,
  caches: { GOCACHE: "go-build" },
  readable: goOutput,
  command: ({ program, files, names, coverage, seed }) =>
    [
      // Modules can't be fetched in the sandbox, nor another Go: it says so at once.
      `GOPROXY=off GOTOOLCHAIN=local ${program} test -json -count=1`,
      ...(names.length === 0 ? [] : [`-run ${word(`^(${names.join("|")})$`)}`]),
      ...(seed === undefined ? [] : [`-shuffle=${seed}`]),
      ...(coverage === undefined ? [] : [`-coverpkg=./... -coverprofile=${coverage}/coverage.out`]),
      ...(files.length === 0 ? ["./..."] : packagesOf(files)),
    ].join(" "),
  results: fromGoEvents,
}

const isCrate = /^(?:\.\/)?tests\/([^/]+)\.rs$/

/** Files of tests/ are crates of their own; those of src/ belong to the library. */
const cargoTargets = (files: readonly string[]) => {
  const crates = files.flatMap((file) => isCrate.exec(unquoted(file))?.[1] ?? [])
  const inSource = files.some((file) => !isCrate.test(unquoted(file)))
  return [...(inSource ? ["--lib"] : []), ...crates.map((name) => `--test ${word(name)}`)]
}

const cargo: Framework = {
  id: "cargo",
  language: "rust",
  files: /(?:^|\/)tests\/[^/]+\.rs$/,
  marks: /#\[(?:\w+::)?test\]/,
  manifests: ["Cargo.toml"],
  evidence: always("Cargo.toml is there"),
  isBuiltIn: true,
  canShuffle: false,
  coverageFile: undefined,
  program: "cargo",
  lacks: /you're using offline mode|attempting to make an HTTP request, but --offline/,
  installedIn: [],
  command({ program, files }) {
    const run = `${program} test --offline --no-fail-fast --color never`
    const tests = [run, ...cargoTargets(files)].join(" ")
    const sources = files.filter((file) => !isCrate.test(unquoted(file)))
    // Examples in the documentation are no target beside others: they are a run of their own, told by their files.
    const examples = sources.map((file) => `${run} --doc -- ${file}`)
    return [`failed=0`, ...[tests, ...examples].map((one) => `${one} || failed=$?`), "(exit $failed)"].join("; ")
  },
  results: (output) => fromCargo(output),
}

const isGradle = (view: FolderView) => view.has("build.gradle", "build.gradle.kts")

const junit: Framework = {
  id: "junit",
  language: "java",
  files: /(?:^|\/)(?:src\/test\/.*|[^/]*(?:Tests?|IT))\.java$/,
  marks: /org\.junit\b/,
  manifests: ["pom.xml", "build.gradle", "build.gradle.kts"],
  async evidence(view) {
    const texts = await Promise.all(["pom.xml", "build.gradle", "build.gradle.kts"].map((name) => view.text(name)))
    return texts.some((text) => /junit/i.test(text ?? "")) ? [{ weight: 3, says: "the build names junit" }] : []
  },
  isBuiltIn: true,
  canShuffle: false,
  coverageFile: undefined,
  program: "mvn",
  lacks: /Could not resolve dependencies for project|Cannot access \S+ \(.*\) in offline mode/,
  installedIn: [],
  command({ program, files, view }) {
    const classes = files.map((file) => posix.basename(unquoted(file), ".java"))
    if (!isGradle(view)) {
      const chosen = classes.length === 0 ? "" : ` ${word(`-Dtest=${classes.join(",")}`)}`
      return `${program} -o -B -q test${chosen}`
    }
    const runner = view.has("gradlew") ? "./gradlew" : "gradle"
    return [`${runner} --offline --console=plain test`, ...classes.map((name) => `--tests ${word(`*${name}`)}`)].join(
      " ",
    )
  },
  reportGlobs: ["target/surefire-reports/TEST-*.xml", "build/test-results/test/TEST-*.xml"],
  results: (_output, reports) => reports.flatMap(fromJunitXml),
}

const exunit: Framework = {
  id: "exunit",
  language: "elixir",
  files: /_test\.exs$/,
  marks: /\buse\s+ExUnit\.Case\b/,
  manifests: ["mix.exs"],
  evidence: always("mix.exs is there"),
  isBuiltIn: true,
  canShuffle: true,
  coverageFile: undefined,
  program: "mix",
  lacks:
    /Could not find (?:Hex|an SCM for dependency)|Unchecked dependencies for environment|the dependency is not available/,
  installedIn: [],
  command: ({ program, files, seed }) =>
    [`${program} test --trace --no-color`, ...(seed === undefined ? [] : [`--seed ${seed}`]), ...files].join(" "),
  results: (output) => fromExunit(output),
}

const rspec: Framework = {
  id: "rspec",
  language: "ruby",
  files: /_spec\.rb$/,
  marks: /\bRSpec\.describe\b|^\s*describe\b/m,
  manifests: ["Gemfile", ".rspec", "Rakefile"],
  async evidence(view) {
    const isNamed = /["']rspec/.test((await view.text("Gemfile")) ?? "")
    return [
      ...(view.has(".rspec") ? [{ weight: 3, says: ".rspec configures it" }] : []),
      ...(isNamed ? [{ weight: 2, says: "Gemfile names it" }] : []),
    ]
  },
  isBuiltIn: false,
  canShuffle: true,
  coverageFile: undefined,
  program: "rspec",
  lacks:
    /Bundler::GemNotFound|Could not find .+ in (?:locally installed gems|any of the sources)|bundler: command not found/,
  installedIn: ["bin"],
  command: ({ program, files, report, seed, view }) =>
    [
      // What is wrong outside of tests, such as a file that does not load, is told by those for people alone.
      `${view.has("Gemfile") ? "bundle exec " : ""}${program} --no-color --format progress --format json --out ${report}`,
      ...(seed === undefined ? [] : [`--order rand:${seed}`]),
      ...files,
    ].join(" "),
  results: (_output, reports) => reports.flatMap(fromRspecJson),
}

export const otherFrameworks: readonly Framework[] = [go, cargo, junit, exunit, rspec]
