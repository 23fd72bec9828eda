import { z } from "zod"
import { nodeFolders } from "../diagnostics/checker.ts"
import type { FolderView } from "../ecosystems/folder-view.ts"
import type { Evidence, Framework } from "./framework.ts"
import { fromJestJson, fromJunitXml, fromMochaJson } from "./results.ts"

const texts = z.record(z.string(), z.string()).optional().catch(undefined)
const Manifest = z.object({
  dependencies: texts,
  devDependencies: texts,
  peerDependencies: texts,
  scripts: texts,
  jest: z.unknown().optional(),
  mocha: z.unknown().optional(),
})
const manifestOf = async (view: FolderView) => Manifest.safeParse(await view.json("package.json")).data

/** Names of all packages that a package.json depends on. */
export async function nodeDependencies(view: FolderView): Promise<ReadonlySet<string>> {
  const read = await manifestOf(view)
  return new Set(Object.keys({ ...read?.dependencies, ...read?.devDependencies, ...read?.peerDependencies }))
}

const evidenceOf =
  (packages: readonly string[], configuration: RegExp, script: RegExp, field?: "jest" | "mocha") =>
  async (view: FolderView): Promise<readonly Evidence[]> => {
    const read = await manifestOf(view)
    const has = await nodeDependencies(view)
    const file = [...view.names].find((name) => configuration.test(name))
    const name = packages.find((each) => has.has(each))
    const line = Object.entries(read?.scripts ?? {}).find(([, text]) => script.test(text))
    return [
      ...(file ? [{ weight: 3, says: `${file} configures it` }] : []),
      ...(field && read?.[field] !== undefined ? [{ weight: 3, says: `package.json configures it` }] : []),
      ...(name ? [{ weight: 2, says: `package.json depends on ${name}` }] : []),
      ...(line ? [{ weight: 2, says: `the script "${line[0]}" runs it` }] : []),
    ]
  }

const files =
  /(?:^|\/)(?:[^/]+[._-](?:test|spec)\.[cm]?[jt]sx?|__tests__\/.+\.[cm]?[jt]sx?|tests?\/[^/]+\.[cm]?[jt]sx?)$/

const common = { language: "javascript", files, manifests: ["package.json"], installedIn: nodeFolders } as const

const vitest: Framework = {
  ...common,
  id: "vitest",
  marks: /from\s+["']vitest["']|import\.meta\.vitest/,
  evidence: evidenceOf(["vitest"], /^vitest\.(?:config|workspace|projects)\.[cm]?[jt]s$/, /\bvitest\b/),
  isBuiltIn: false,
  canShuffle: true,
  coverageFile: "coverage-final.json",
  program: "vitest",
  command: ({ program, files, report, coverage, seed }) =>
    [
      `${program} run --no-color --reporter=junit --outputFile=${report}`,
      ...(seed === undefined ? [] : [`--sequence.shuffle.tests --sequence.seed=${seed}`]),
      ...(coverage === undefined
        ? ["--coverage.enabled=false"]
        : [
            "--coverage.enabled --coverage.reporter=json --coverage.reportOnFailure",
            `--coverage.reportsDirectory=${coverage}`,
            // What the project wants of all its tests together, those of one file need not reach.
            ...["lines", "functions", "branches", "statements"].map((of) => `--coverage.thresholds.${of}=0`),
          ]),
      ...files,
    ].join(" "),
  results: (_output, reports) => reports.flatMap(fromJunitXml),
}

const jest: Framework = {
  ...common,
  id: "jest",
  marks: /from\s+["']@jest\/globals["']|\bjest\.(?:fn|mock|spyOn)\(/,
  evidence: evidenceOf(["jest", "ts-jest", "react-scripts"], /^jest\.config\.(?:[cm]?[jt]s|json)$/, /\bjest\b/, "jest"),
  isBuiltIn: false,
  canShuffle: true,
  coverageFile: "coverage-final.json",
  program: "jest",
  command: ({ program, files, report, coverage, seed }) =>
    [
      `${program} --ci --colors=false --json --outputFile=${report}`,
      // From 29.5 on; an option that it doesn't know ends it.
      ...(seed === undefined
        ? []
        : [`$(${program} --help | grep -q -- --randomize && echo --randomize --seed=${seed})`]),
      ...(coverage === undefined
        ? []
        : [`--coverage --coverageReporters=json --coverageDirectory=${coverage} --coverageThreshold='{}'`]),
      ...(files.length === 0 ? [] : ["--runTestsByPath", ...files]),
    ].join(" "),
  results: (_output, reports) => reports.flatMap(fromJestJson),
}

/**
 * Mocha adds the files that the configuration names (`spec`) to those that it is given, and would run all of them. So it
 * is given the project's configuration without them.
 */
const mochaWithoutSpec = `const { loadPkgRc, loadRc } = require("mocha/lib/cli/options.js")
const { spec, _, ...rest } = { ...loadPkgRc(), ...loadRc() }
module.exports = rest
`

const mocha: Framework = {
  ...common,
  id: "mocha",
  marks: /from\s+["']mocha["']|require\(["']mocha["']\)|from\s+["']chai["']|require\(["']chai["']\)/,
  evidence: evidenceOf(["mocha"], /^\.mocharc\.(?:[cm]?js|json|jsonc|ya?ml)$/, /\bmocha\b/, "mocha"),
  isBuiltIn: false,
  canShuffle: false,
  coverageFile: "lcov.info",
  coverageTools: ["c8", "nyc"],
  program: "mocha",
  ownFiles: { "mocharc.cjs": mochaWithoutSpec },
  command: ({ program, files, reports, report, coverage, coverageTool }) =>
    [
      ...(coverage === undefined || !coverageTool
        ? []
        : [`${coverageTool.program} --reporter=lcovonly --report-dir=${coverage} --check-coverage=false`]),
      `${program} --no-color --reporter json --reporter-option output=${report}`,
      ...(files.length === 0 ? [] : [`--config ${reports}/mocharc.cjs --no-package`, ...files]),
    ].join(" "),
  results: (_output, reports) => reports.flatMap(fromMochaJson),
}

const nodeTest: Framework = {
  ...common,
  id: "node:test",
  marks: /["']node:test["']/,
  evidence: evidenceOf([], /^$/, /\bnode\b.*\s--test\b/),
  isBuiltIn: true,
  canShuffle: false,
  coverageFile: "lcov.info",
  program: "node",
  installedIn: [],
  command: ({ program, files, report, coverage }) =>
    [
      `${program} --test --test-reporter=junit --test-reporter-destination=${report}`,
      "--test-reporter=spec --test-reporter-destination=stdout",
      ...(coverage === undefined
        ? []
        : [
            "--experimental-test-coverage --test-coverage-include='**'",
            `--test-reporter=lcov --test-reporter-destination=${coverage}/lcov.info`,
          ]),
      ...files,
    ].join(" "),
  results: (_output, reports) => reports.flatMap(fromJunitXml),
}

export const nodeFrameworks: readonly Framework[] = [vitest, jest, mocha, nodeTest]
