import { z } from "zod"
import { type Checker, nodeFolders } from "../checker.ts"
import type { Told } from "../diagnostic.ts"

const Output = z.object({
  diagnostics: z.array(
    z.object({
      message: z.string(),
      /** "eslint(no-debugger)"; what does not parse has none. */
      code: z.string().nullish(),
      severity: z.string(),
      filename: z.string(),
      labels: z.array(z.object({ span: z.object({ line: z.number(), column: z.number() }) })),
    }),
  ),
})

export const oxlint: Checker = {
  name: "oxlint",
  kind: "lint",
  files: /\.([cm]?[jt]sx?|vue|svelte|astro)$/,
  configuredBy: /^(\.oxlintrc\.jsonc?|oxlint\.config\.ts)$/,
  isConfigured: async (view) => view.has(".oxlintrc.json", ".oxlintrc.jsonc", "oxlint.config.ts"),
  isPerFolder: false,
  installedIn: nodeFolders,
  program: "oxlint",
  command: async (program, paths) => `${program} --format=json ${(paths ?? ["."]).join(" ")}`,
  parse: (out) =>
    Output.parse(JSON.parse(out)).diagnostics.map(({ message, code, severity, filename, labels }): Told => {
      const place = labels[0]?.span
      return {
        path: filename,
        line: Math.max(1, place?.line ?? 1),
        column: Math.max(1, place?.column ?? 1),
        severity: severity === "error" || severity === "warning" ? severity : "note",
        rule: code?.replace(/^([\w-]+)\(([^)]*)\)$/, "$1/$2") ?? "",
        message,
      }
    }),
}
