import { type Checker, placed } from "../checker.ts"
import type { Told } from "../diagnostic.ts"

export const goVet: Checker = {
  name: "go vet",
  kind: "types",
  files: /\.go$/,
  configuredBy: /^go\.mod$/,
  isConfigured: async (view) => view.has("go.mod"),
  isPerFolder: true,
  installedIn: [],
  program: "go",
  // It knows packages. What does not compile is told too.
  command: async (program) => `${program} vet ./...`,
  parse(_out, errors) {
    return errors.split(/\r?\n/).flatMap((line): Told[] => {
      const isBroken = line.startsWith("vet: ")
      const place = placed(line.replace(/^vet: /, ""))
      if (!place?.path.endsWith(".go")) return []
      const { path, line: at, column, text } = place
      return [
        {
          path,
          line: at,
          column,
          severity: isBroken ? "error" : "warning",
          rule: isBroken ? "compile" : "",
          message: text,
        },
      ]
    })
  },
}
