import { createHash } from "node:crypto"
import type { Rule } from "./rule.ts"

/** What holds everywhere unless somebody says otherwise. Each is for certain files only, and costs nothing elsewhere. */
const texts = [
  {
    id: "default/files-of-tools",
    title: "Files that tools write",
    globs: [
      ...[
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "Cargo.lock",
        "go.sum",
      ],
      ...["poetry.lock", "uv.lock", "Gemfile.lock", "composer.lock", "mix.lock", "*.pb.go", "*_pb2.py", "*.min.js"],
    ],
    text: "This file is written by a tool. Don't edit it by hand: change what it is made from and run the tool.",
  },
  {
    id: "default/secrets",
    title: "Files of secrets",
    globs: [".env", ".env.*", "!.env.example", "!.env.sample", "*.pem", "*.key", "*.p12"],
    text: "This file may hold secrets. Don't repeat what stands in it, don't commit it, and don't copy it elsewhere.",
  },
] as const

export const defaultRules: readonly Rule[] = texts.map(({ id, title, globs, text }) => ({
  ...{ id, title, text, globs, description: "", layer: "default", format: "built in", path: "built in", folder: "" },
  ...{ activation: "always", languages: [], frameworks: [], tasks: [], tags: [], priority: 0, version: null },
  ...{ requires: [], overrides: [], extends: null, isHard: false, check: null, decides: {}, model: null },
  ...{ chunking: null, rollout: 100, flag: null, isEnabled: true, isTemplate: false, imports: [] },
  hash: createHash("sha256").update(text).digest("hex"),
}))
