import { z } from "zod"
import { type Checker, nodeFolders } from "../checker.ts"

const Output = z.array(
  z.object({
    filePath: z.string(),
    messages: z.array(
      z.object({
        ruleId: z.string().nullish(),
        severity: z.number(),
        message: z.string(),
        line: z.number().nullish(),
        column: z.number().nullish(),
        endLine: z.number().nullish(),
        endColumn: z.number().nullish(),
      }),
    ),
  }),
)

const configuration = /^(eslint\.config\.[cm]?[jt]s|\.eslintrc(\.(json|ya?ml|[cm]?js))?)$/

export const eslint: Checker = {
  name: "eslint",
  kind: "lint",
  files: /\.([cm]?[jt]sx?|vue|svelte|astro)$/,
  configuredBy: configuration,
  isConfigured: async (view) => [...view.names].some((name) => configuration.test(name)),
  isPerFolder: false,
  installedIn: nodeFolders,
  program: "eslint",
  command: async (program, paths) =>
    `${program} --format json --no-color --no-error-on-unmatched-pattern ${(paths ?? ["."]).join(" ")}`,
  parse: (out) =>
    Output.parse(JSON.parse(out)).flatMap(({ filePath, messages }) =>
      messages
        // A file that it ignores is told as a warning about no place.
        .filter(({ ruleId, line, severity }) => ruleId || line || severity === 2)
        .map(({ ruleId, severity, message, line, column, endLine, endColumn }) => ({
          path: filePath,
          line: Math.max(1, line ?? 1),
          column: Math.max(1, column ?? 1),
          ...(endLine && endColumn && { endLine, endColumn }),
          severity: severity === 2 ? ("error" as const) : ("warning" as const),
          rule: ruleId ?? "",
          message,
        })),
    ),
}
