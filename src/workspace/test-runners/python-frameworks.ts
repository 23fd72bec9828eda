import { pythonFolders } from "../diagnostics/checker.ts"
import type { FolderView } from "../ecosystems/folder-view.ts"
import type { Evidence, Framework } from "./framework.ts"
import { fromJunitXml, fromUnittest } from "./results.ts"

const manifests = ["pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "pytest.ini", "tox.ini"]

/** Whether a manifest names a package: a rough look, since there are four forms of them. */
export async function namesPythonPackage(view: FolderView, name: RegExp): Promise<string | undefined> {
  for (const file of [...view.names].filter(
    (each) => manifests.includes(each) || /requirements.*\.(?:txt|in)$/.test(each),
  )) {
    const found = new RegExp(`^[^#\\n]*(?<![\\w-])${name.source}(?![\\w-])`, "m").test((await view.text(file)) ?? "")
    if (found) return file
  }
  return undefined
}

const common = {
  language: "python",
  files: /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/,
  manifests,
  program: "python3",
  installedIn: [...pythonFolders],
} as const

const pytest: Framework = {
  ...common,
  id: "pytest",
  marks: /^\s*(?:import|from)\s+pytest\b|^def test_/m,
  async evidence(view): Promise<readonly Evidence[]> {
    const configuration = ["pytest.ini", "conftest.py"].find((name) => view.has(name))
    const isTool = /^\[tool\.pytest|^\[tool:pytest\]|^\[pytest\]/m
    const tool = (
      await Promise.all(["pyproject.toml", "setup.cfg", "tox.ini"].map(async (name) => [name, await view.text(name)]))
    ).find(([, text]) => isTool.test(text ?? ""))
    const named = await namesPythonPackage(view, /pytest/)
    return [
      ...(configuration ? [{ weight: 3, says: `${configuration} configures it` }] : []),
      ...(tool ? [{ weight: 3, says: `${tool[0]} configures it` }] : []),
      ...(named ? [{ weight: 2, says: `${named} names it` }] : []),
    ]
  },
  isBuiltIn: false,
  canShuffle: false,
  coverageFile: "lcov.info",
  lacks: /No module named '?pytest'?$/,
  command: ({ program, files, report, coverage }) =>
    [
      `${program} -m pytest -q --color=no -p no:cacheprovider --junitxml=${report}`,
      // Without pytest-cov the tests run all the same, and nothing is measured.
      ...(coverage === undefined
        ? []
        : [
            `$(${program} -c 'import pytest_cov' 2>/dev/null && echo --cov=. --cov-branch --cov-fail-under=0`,
            `--cov-report=lcov:${coverage}/lcov.info)`,
          ]),
      ...files,
    ].join(" "),
  results: (_output, reports) => reports.flatMap(fromJunitXml),
}

const unittest: Framework = {
  ...common,
  id: "unittest",
  marks: /^\s*(?:import|from)\s+unittest\b/m,
  evidence: async () => [],
  isBuiltIn: true,
  canShuffle: false,
  coverageFile: undefined,
  command: ({ program, files }) =>
    files.length === 0 ? `${program} -m unittest discover -v` : `${program} -m unittest -v ${files.join(" ")}`,
  results: (output) => fromUnittest(output),
}

export const pythonFrameworks: readonly Framework[] = [pytest, unittest]
