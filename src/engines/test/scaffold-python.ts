import { type Planned, type ScaffoldTask, scaffoldMark } from "./scaffold-plan.ts"

/** For pytest and unittest. */
export function pythonScaffold(task: ScaffoldTask, plan: readonly Planned[]): string {
  const { subject, framework, typePaths, withProperties, callsDoctests } = task
  const isPytest = framework === "pytest"
  const names = new Set<string>()
  const unique = (text: string) => {
    const plain = snake(text)
    let name = plain
    for (let n = 2; names.has(name); n++) name = `${plain}_${n}`
    names.add(name)
    return name
  }
  const tests = plan.flatMap((one) => {
    const { callable, title, cases } = one
    const written = cases.map(({ says, call }) => {
      const { owner, name, isStatic, making } = callable
      const receiver = owner === "" ? "" : isStatic || !making ? `${owner}.` : `${owner}(${call?.receiver ?? ""}).`
      const body = call
        ? `actual = ${receiver}${name}(${call.arguments})  # todo: assert what actual is\ndel actual`
        : `# todo: ${says}\npass`
      return testOf(isPytest, unique(`${title} ${says}`), `${title}: ${says}`, body)
    })
    const property = withProperties && isPytest ? propertyOf(one, unique) : []
    return [...written, ...property]
  })
  const module = pythonModule(subject.path)
  if (callsDoctests && isPytest)
    tests.push(
      `def test_${unique("examples in the documentation")}():\n    assert doctest.testmod(${module}).failed == 0`,
    )
  const body = tests.join(isPytest ? "\n\n\n" : "\n\n")
  const used = [...new Set(plan.map(({ callable }) => callable.owner || callable.name))]
  const isUsed = (name: string) => new RegExp(`(?<![\\w.])${name}(?!\\w)`).test(body)
  const types = [...typePaths].filter(([name, path]) => path === subject.path && isUsed(name)).map(([name]) => name)
  const imported = [...new Set([...used.filter(isUsed), ...types])].sort()
  const head = [
    `# ${scaffoldMark}`,
    ...(callsDoctests ? ["import doctest"] : []),
    isPytest ? "import pytest" : "import unittest",
    ...(body.includes("@given") ? ["from hypothesis import given, strategies as st"] : []),
    "",
    ...(callsDoctests ? [`import ${module}`] : []),
    ...(imported.length > 0 ? [`from ${module} import ${imported.join(", ")}`] : []),
  ].join("\n")
  if (isPytest) return `${head}\n\n\n${body}\n`
  const group = (plan[0]?.title ?? "Subject").replace(/\W/g, "")
  const inside = body.replace(/^(?=.)/gm, "    ")
  // The protocol of unittest: what it gives is run with the rest.
  const loading = callsDoctests
    ? `\n\n\ndef load_tests(loader, tests, ignore):\n    tests.addTests(doctest.DocTestSuite(${module}))\n    return tests`
    : ""
  return `${head}\n\n\nclass Test${group.charAt(0).toUpperCase()}${group.slice(1)}(unittest.TestCase):\n${inside}${loading}\n\n\nif __name__ == "__main__":\n    unittest.main()\n`
}

function testOf(isPytest: boolean, name: string, says: string, body: string): string {
  const reason = JSON.stringify(`todo: ${says}`)
  const inside = body.replace(/^/gm, "    ")
  return isPytest
    ? `@pytest.mark.skip(reason=${reason})\ndef test_${name}():\n${inside}`
    : `@unittest.skip(${reason})\ndef test_${name}(self):\n${inside}`
}

const strategies: Readonly<Record<string, string>> = {
  int: "st.integers()",
  float: "st.floats()",
  str: "st.text()",
  bytes: "st.binary()",
  bool: "st.booleans()",
}

function propertyOf({ callable, title }: Planned, unique: (text: string) => string): string[] {
  const needed = callable.parameters.filter(({ isOptional }) => !isOptional)
  const given = needed.map(({ type }) => strategies[type])
  if (callable.owner !== "" || needed.length === 0 || given.some((one) => one === undefined)) return []
  const names = needed.map(({ name }) => name)
  return [
    [
      `@pytest.mark.skip(reason=${JSON.stringify(`todo: ${title}: what holds for every input`)})`,
      `@given(${names.map((name, i) => `${name}=${given[i]}`).join(", ")})`,
      `def test_${unique(`${title} property`)}(${names.join(", ")}):`,
      `    actual = ${callable.name}(${names.map((name) => name).join(", ")})  # todo: assert what holds for every input`,
      "    del actual",
    ].join("\n"),
  ]
}

/** A layout with `src/` has it on the path; the rest is imported from the root. */
const pythonModule = (path: string) =>
  path
    .replace(/^(?:.*\/)?src\//, "")
    .replace(/(?:\/__init__)?\.py$/, "")
    .replaceAll("/", ".")

export const snake = (text: string): string =>
  text
    .replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .replace(/\W+/g, "_")
    .replace(/^_+|_+$/g, "")
    .toLowerCase()
    .slice(0, 80)
