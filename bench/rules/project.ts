import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { configReader } from "../../src/access/config-reader.ts"
import { systemClock } from "../../src/base/clock.ts"
import { openProjects, type Project } from "../../src/code/projects.ts"
import { openRuleBook } from "../../src/context/rules/rule-book.ts"
import type { Rules } from "../../src/context/rules/rules.ts"
import { openFabric } from "../../src/fabric/embedded/fabric.ts"
import { silentLogger } from "../../src/observe/log.ts"

export const ruleCount = 1_000

/** An indexed project with a thousand rules, gone when it is disposed of. */
export interface RuledProject extends AsyncDisposable {
  readonly project: Project
  readonly rules: Rules
  /** Of the settings. */
  readonly config: string
  /** Where the rules are: `rule-0.md` and so on. */
  readonly ruleFolder: string
  /** How long reading all rules took. */
  readonly loadMs: number
}

/** `fill`: puts what else the project has into its root, when the rules are there. */
export async function ruledProject(
  ruleFile: (n: number) => string,
  fill: (root: string) => void,
): Promise<RuledProject> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "duck-bench-rules-")))
  await using opened = new AsyncDisposableStack()
  opened.defer(() => rmSync(top, { recursive: true, force: true }))
  const root = join(top, "project")
  const ruleFolder = join(root, ".ai-rules", "00-global")
  mkdirSync(ruleFolder, { recursive: true })
  for (let n = 0; n < ruleCount; n++) writeFileSync(join(ruleFolder, `rule-${n}.md`), ruleFile(n))
  fill(root)
  const data = join(top, "data")
  const folders = { data, config: join(top, "config"), state: join(top, "state") }
  mkdirSync(folders.config)
  const fabric = await openFabric({ folder: data })
  opened.defer(() => fabric.close())
  const projects = openProjects({ dataFolder: data, watches: false, home: top })
  opened.defer(() => projects.close())
  const options = { fabric, config: configReader({ folders, env: {} }), configFolder: folders.config, home: top }
  const book = await openRuleBook({ ...options, clock: systemClock, logger: silentLogger })
  opened.defer(() => book.close())
  const project = await projects.open(root)
  await project.ready()
  const startedMs = performance.now()
  const rules = await book.of(project)
  const loadMs = performance.now() - startedMs
  const kept = opened.move()
  const dispose = () => kept.disposeAsync()
  return { project, rules, config: folders.config, ruleFolder, loadMs, [Symbol.asyncDispose]: dispose }
}
