import type { Ecosystem } from "./ecosystem.ts"

export const maven: Ecosystem = {
  manifests: ["pom.xml"],
  manager: async (view) => (view.has("pom.xml") ? "maven" : undefined),
  async name(view) {
    // The project's own artifactId, not its parent's or a dependency's.
    const own = withoutComments((await view.text("pom.xml")) ?? "").replace(
      /<(parent|dependencies|dependencyManagement|build|profiles)>[\s\S]*?<\/\1>/g,
      "",
    )
    return /<artifactId>\s*([^<\s]+)\s*<\/artifactId>/.exec(own)?.[1]
  },
  async members(view) {
    const text = withoutComments((await view.text("pom.xml")) ?? "")
    const modules = [...text.matchAll(/<module>\s*([^<\s]+)\s*<\/module>/g)].map((match) => match[1] ?? "")
    return modules.length === 0
      ? undefined
      : { include: modules.map((path) => path.replace(/\/?(pom\.xml)?$/, "")), exclude: [] }
  },
  commands: async (view) => ({ test: view.has("mvnw") ? "./mvnw test" : "mvn test" }),
}

const withoutComments = (xml: string) => xml.replace(/<!--[\s\S]*?-->/g, "")

const settings = ["settings.gradle", "settings.gradle.kts"]

export const gradle: Ecosystem = {
  manifests: ["build.gradle", "build.gradle.kts", ...settings],
  manager: async (view) => (view.has(...gradle.manifests) ? "gradle" : undefined),
  async name(view) {
    const text = (await view.text("settings.gradle")) ?? (await view.text("settings.gradle.kts")) ?? ""
    return /rootProject\.name\s*=\s*["']([^"']+)["']/.exec(text)?.[1]
  },
  async members(view) {
    const file = settings.find((name) => view.has(name))
    const text = ((file && (await view.text(file))) ?? "").replace(/\/\/.*$/gm, "").replace(/\/\*[\s\S]*?\*\//g, "")
    // include("a", ":b:c") and include 'a', 'b': strings up to the end of the list, over several lines.
    const lists = text.matchAll(/\binclude\b\s*\(?\s*((?:["'][^"']+["']\s*,?\s*)+)/g)
    const paths = [...lists].flatMap((list) =>
      [...(list[1] ?? "").matchAll(/["']([^"']+)["']/g)].map((m) => m[1] ?? ""),
    )
    return paths.length === 0
      ? undefined
      : { include: paths.map((path) => path.replace(/^:/, "").replaceAll(":", "/")), exclude: [] }
  },
  async commands(view) {
    const program = view.has("gradlew") ? "./gradlew" : "gradle"
    return { test: `${program} test`, lint: `${program} check -x test` }
  },
}
