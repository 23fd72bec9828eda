import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { configReader } from "../../access/config-reader.ts"
import { systemClock } from "../../base/clock.ts"
import { openProjects } from "../../code/projects.ts"
import { openFabric } from "../../fabric/embedded/fabric.ts"
import { silentLogger } from "../../observe/log.ts"
import { parseRule } from "./parse-rule.ts"
import { placeOf } from "./places.ts"
import type { Rule } from "./rule.ts"
import { openRuleBook } from "./rule-book.ts"

/** What a file of a project is as a rule. Throws where the path is none of rules. */
export function parsed(path: string, text: string) {
  const place = placeOf(path)
  if (!place) throw new Error(`${path} is no place of rules.`)
  return parseRule({ place, prefix: "", shown: path, text, hash: "0".repeat(64), imported: [] })
}

/** A rule of our own format, which must be good. */
export function ruleIn(name: string, fields: string, body = `Text of ${name}.`): Rule {
  const { rule, problems } = parsed(`.ai-rules/${name}.md`, `---\n${fields}\n---\n${body}\n`)
  if (!rule) throw new Error(problems.map(({ message }) => message).join(" "))
  return { ...rule, hash: name.padEnd(64, "0") }
}

/** A project on disk with its rules, a log and a folder of settings; all gone after `cleanups`. */
export async function ruledProject(files: Readonly<Record<string, string>>, cleanups: (() => unknown)[]) {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "duck-rules-")))
  cleanups.push(() => rmSync(top, { recursive: true, force: true }))
  const root = join(top, "project")
  const put = (path: string, text: string) => {
    const full = path.startsWith("/") ? path : join(root, path)
    mkdirSync(dirname(full), { recursive: true })
    writeFileSync(full, text)
  }
  mkdirSync(join(root, ".git"), { recursive: true })
  for (const [path, text] of Object.entries(files)) put(path.startsWith("~") ? join(top, path.slice(2)) : path, text)
  const data = join(top, "data")
  const fabric = await openFabric({ folder: data })
  cleanups.push(() => fabric.close())
  const projects = openProjects({ dataFolder: data, watches: false, home: join(top, "home") })
  cleanups.push(() => projects.close())
  const folders = { data, config: join(top, "config"), state: join(top, "state") }
  const book = await openRuleBook({
    ...{ fabric, config: configReader({ folders, env: {} }), configFolder: folders.config, home: join(top, "home") },
    ...{ clock: systemClock, logger: silentLogger },
  })
  cleanups.push(() => book.close())
  const project = await projects.open(root)
  return { top, root, put, project, book, rules: await book.of(project) }
}
