import { posix } from "node:path"
import { type Planned, relativeModule, type ScaffoldTask, scaffoldMark } from "./scaffold-plan.ts"
import type { Callable } from "./subject.ts"
import { boundaryValues, type TypeText } from "./values.ts"

/** For vitest, jest, mocha and node:test. */
export function scriptScaffold(task: ScaffoldTask, plan: readonly Planned[]): string {
  const { style } = task
  const body = plan.map((one) => group(task, one)).join("\n\n")
  const text = [`// ${scaffoldMark}`, ...imports(task, plan, body), "", body, ""].join("\n")
  const quoted = style.quote === "'" ? text.replace(/"((?:[^"\\\n]|\\.)*)"/g, singleQuoted) : text
  // Nothing that is written here goes on behind a line that ends in another sign than these.
  return style.hasSemicolons ? quoted.replace(/^(?!\s*\/\/).*[^\s{,(;]$/gm, "$&;") : quoted
}

function imports(
  { subject, style, framework, typePaths, withProperties }: ScaffoldTask,
  plan: readonly Planned[],
  body: string,
) {
  const module = (path: string) => {
    const way = relativeModule(style.testPath, path)
    if (style.endings === "own") return way
    const bare = way.replace(/\.([cm]?)[jt]sx?$/, "")
    return style.endings === "none" ? bare : `${bare}.${/\.([cm])ts$/.exec(way)?.[1] ?? ""}js`
  }
  const isUsed = (name: string) => new RegExp(`(?<![\\w$.])${name.replace("$", "\\$")}(?![\\w$])`).test(body)
  const named = [...new Set(plan.map(({ callable }) => importedName(callable)))].filter((name) => isUsed(name))
  const hasDefault = plan.some(({ callable }) => callable.name === "default") && isUsed("subject")
  const { whole } = subject
  const own = named.filter((name) => name !== "subject" && name !== whole)
  const types = [...typePaths].filter(([name]) => isUsed(name) && !own.includes(name))
  const fromSubject = [...own, ...types.filter(([, path]) => path === subject.path).map(([name]) => name)]
  const others = types.filter(([, path]) => path !== subject.path)
  const from = (what: string, where: string) =>
    style.isModule
      ? `import ${what} from ${JSON.stringify(where)}`
      : `const ${what.replace(/ as /g, ": ")} = require(${JSON.stringify(where)})`
  const words = [...new Set(Array.from(body.matchAll(/^\s*(describe|it|test)\b/gm), ([, word = ""]) => word))].sort()
  const framed: Partial<Record<ScaffoldTask["framework"], string>> = { vitest: "vitest", "node:test": "node:test" }
  const home = framed[framework]
  return [
    ...(withProperties && isUsed("fc") ? [from("fc", "fast-check")] : []),
    ...(home ? [from(`{ ${words.join(", ")} }`, home)] : []),
    ...(hasDefault ? [from("subject", module(subject.path))] : []),
    ...(whole !== undefined && isUsed(whole) ? [from(whole, module(subject.path))] : []),
    ...(fromSubject.length > 0
      ? [from(`{ ${[...new Set(fromSubject)].sort().join(", ")} }`, module(subject.path))]
      : []),
    ...others.map(([name, path]) => from(`{ ${name} }`, module(path))),
  ]
}

const importedName = ({ owner, name }: Callable) => (owner !== "" ? owner : name === "default" ? "subject" : name)

function group(task: ScaffoldTask, one: Planned): string {
  const { style, framework, subject } = task
  const { callable, title, cases } = one
  const shown = callable.name === "default" ? posix.parse(subject.path).name : title
  const isGrouped = style.grouping === "describe"
  const indent = isGrouped ? "  " : ""
  const word = framework === "mocha" ? "it" : style.word
  const tests = cases.map(({ says, call }) => {
    const name = JSON.stringify(isGrouped ? says : `${shown}: ${says}`)
    const body = call && bodyOf(callable, call)
    return todo(framework, word, name, body, callable.isAsync)
  })
  if (task.withProperties) tests.push(...property(task, one, word, shown))
  const inside = tests.join("\n\n").replace(/^(?=.)/gm, indent)
  return isGrouped ? `describe(${JSON.stringify(shown)}, () => {\n${inside}\n})` : inside
}

/** What each framework calls a test that is not finished; none of them runs what is in it. */
function todo(framework: string, word: string, name: string, body: string | null, isAsync: boolean): string {
  const how = isAsync ? "async () =>" : "() =>"
  if (body === null) {
    if (framework === "mocha") return `${word}(${name})`
    return `${word}.todo(${name})`
  }
  const block = `${how} {\n${body.replace(/^/gm, "  ")}\n}`
  if (framework === "vitest") return `${word}.todo(${name}, ${block})`
  // node:test runs the body of a todo; jest's takes none.
  if (framework === "node:test") return `${word}(${name}, { skip: "todo: say what it gives" }, ${block})`
  return `${word}.skip(${name}, ${block})`
}

function bodyOf({ name, owner, isStatic, isAsync, isGetter }: Callable, call: { receiver: string; arguments: string }) {
  const wait = isAsync ? "await " : ""
  const given = isGetter ? "" : `(${call.arguments})`
  if (owner === "")
    return `const actual = ${wait}${name === "default" ? "subject" : name}${given}\n// todo: assert what actual is`
  const receiver = isStatic ? owner : "subjectUnderTest"
  const make = isStatic ? "" : `const subjectUnderTest = new ${owner}(${call.receiver})\n`
  return `${make}const actual = ${wait}${receiver}.${name}${given}\n// todo: assert what actual is`
}

const arbitraries: Readonly<Record<string, string>> = {
  number: "fc.double()",
  bigint: "fc.bigInt()",
  string: "fc.string()",
  boolean: "fc.boolean()",
  unknown: "fc.anything()",
  any: "fc.anything()",
  Date: "fc.date()",
}
function arbitrary(type: string, typeText: TypeText): string | undefined {
  if (Object.hasOwn(arbitraries, type)) return arbitraries[type]
  const list = /^(?:readonly\s+)?(.+)\[\]$/.exec(type)?.[1]
  const inner = list === undefined ? undefined : arbitrary(list, typeText)
  if (inner) return `fc.array(${inner})`
  // Of literals, unions of them and enums, the values at the bounds are all there are.
  const values = boundaryValues(type, { language: "javascript", typeText }).map(({ text }) => text)
  const isClosed = values.length > 1 && values.every((text) => /^"[^"]*"$|^-?\d+$|^[A-Z]\w*\.\w+$/.test(text))
  return isClosed ? `fc.constantFrom(${values.join(", ")})` : undefined
}

/** A property for whoever knows one: arbitraries of the parameters' types, and the call. */
function property({ framework, typeText }: ScaffoldTask, { callable }: Planned, word: string, shown: string): string[] {
  const { parameters, owner, name, isAsync } = callable
  const needed = parameters.filter(({ isOptional }) => !isOptional)
  const made = needed.map(({ type }) => arbitrary(type, typeText))
  if (owner !== "" || isAsync || needed.length === 0 || made.some((one) => one === undefined)) return []
  const names = needed.map((one) => one.name).join(", ")
  const called = name === "default" ? "subject" : name
  const body = [
    "fc.assert(",
    `  fc.property(${made.join(", ")}, (${names}) => {`,
    `    const actual = ${called}(${names})`,
    "    // todo: assert what holds for every input",
    "    void actual",
    "  }),",
    ")",
  ].join("\n")
  return [todo(framework, word, JSON.stringify(`${shown}: what holds for every input`), body, false)]
}

/** Left as it is where an escape would be needed. */
const singleQuoted = (written: string, inner: string) => (/['\\]/.test(inner) ? written : `'${inner}'`)
