import type { Ecosystem } from "./ecosystem.ts"

export const ruby: Ecosystem = {
  manifests: ["Gemfile"],
  manager: async (view) => (view.has("Gemfile") ? "bundler" : undefined),
  async name(view) {
    const specification = [...view.names].find((name) => name.endsWith(".gemspec"))
    return specification?.replace(/\.gemspec$/, "")
  },
  commands: async (view) => ({
    test: view.has(".rspec", "spec") ? "bundle exec rspec" : view.has("Rakefile") ? "bundle exec rake test" : undefined,
    lint: view.has(".rubocop.yml") ? "bundle exec rubocop" : undefined,
  }),
}
