import type { Manifest, ManifestArgument, ManifestCommand } from "../../commands/manifest.ts"

export function argument(
  name: string,
  more: Partial<ManifestArgument> & Pick<ManifestArgument, "type">,
): ManifestArgument {
  return {
    name,
    flag: `--${name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`,
    isVariadic: false,
    isRest: false,
    isRequired: false,
    description: `The ${name}`,
    ...more,
  }
}

export function command(name: string, more: Partial<ManifestCommand> = {}): ManifestCommand {
  const words = name.split(".")
  const runsIn = more.runsIn ?? "server"
  return {
    name,
    words,
    summary: `Do ${words.join(" ")}`,
    examples: [{ line: `duck ${words.join(" ")}`, says: "As it is" }],
    permission: "read",
    runsIn,
    isLocal: runsIn !== "server",
    startsServer: true,
    timeoutMs: 120_000,
    arguments: [],
    ...more,
  }
}

/** A small registry with an argument of every kind. */
export const sampleManifest: Manifest = {
  version: "1.2.3",
  commands: [
    command("ask", {
      summary: "Answer a question about the code",
      tells: "text",
      examples: [{ line: 'duck ask "where is the token read"', says: "With cited code" }],
      arguments: [
        argument("question", { type: "string", positional: 0, isRest: true, isRequired: true }),
        argument("limit", { type: "number", short: "-n", default: 5, description: "Most passages" }),
        argument("explain", { type: "boolean", short: "-x" }),
        argument("verbose", { type: "boolean", short: "-v" }),
        argument("path", { type: "string[]", description: "Only under these paths" }),
      ],
    }),
    command("analyze", { tells: "lines" }),
    command("search", {
      arguments: [
        argument("query", { type: "string", positional: 0, isRequired: true }),
        argument("kind", { type: "string", choices: ["function", "class"] }),
        argument("followUp", { type: "boolean", default: true }),
      ],
    }),
    command("index.status"),
    command("index.rebuild", { permission: "write" }),
    command("config.set", {
      permission: "write",
      arguments: [
        argument("key", { type: "string", positional: 0, isRequired: true }),
        argument("value", { type: "json", positional: 1, isRequired: true }),
      ],
    }),
    command("files", {
      arguments: [argument("names", { type: "string[]", positional: 0, isVariadic: true, isRequired: true })],
    }),
    command("stop", { startsServer: false, permission: "write" }),
    command("status", { startsServer: false }),
    command("health", { startsServer: false }),
    command("doctor", { runsIn: "process" }),
    command("help", {
      runsIn: "client",
      arguments: [argument("command", { type: "string[]", positional: 0, isVariadic: true })],
    }),
    command("version", { runsIn: "client" }),
    command("completion", {
      runsIn: "client",
      arguments: [
        argument("shell", { type: "string", positional: 0, isRequired: true, choices: ["bash", "zsh", "fish"] }),
      ],
    }),
    command("serve", {
      runsIn: "client",
      arguments: [argument("port", { type: "number" }), argument("idleMinutes", { type: "number" })],
    }),
  ],
}
