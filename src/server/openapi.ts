import { z } from "zod"
import { version } from "../base/version.ts"
import { headers } from "../base/wire.ts"
import type { Command } from "../commands/command.ts"
import { registry } from "../commands/registry.ts"

type Json = Readonly<Record<string, unknown>>

let made: Json | undefined

/** OpenAPI 3.1 (spec.openapis.org/oas/v3.1.1) of the registry; its schemas are those that requests are checked with. */
export function openApi(): Json {
  made ??= describe(Object.values(registry))
  return made
}

function describe(commands: readonly Command[]): Json {
  const operations = commands.map((command) => [`/v1/commands/${command.name}`, { post: operation(command) }])
  return {
    openapi: "3.1.1",
    info: {
      title: "RubberDuck",
      version,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      description: "Every command of RubberDuck. Generated from the registry that the command line comes from as well.",
    },
    servers: [{ url: "/", description: "This server." }],
    security: [{ token: [] }],
    tags: [...new Set(commands.map(tagOf))].map((name) => ({ name })),
    paths: {
      "/health": {
        get: {
          operationId: "getHealth",
          summary: "Whether the server lives",
          security: [],
          responses: { "200": { description: "It does.", content: json(healthSchema) } },
        },
      },
      ...Object.fromEntries(operations),
    },
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "The data folder's file `token`." } },
      schemas: {
        Error: errorSchema,
        Progress: progressSchema,
        ...Object.fromEntries([...shared.values()].map(({ name, schema }) => [name, schema])),
      },
      parameters: parameters(),
    },
  }
}

function operation(command: Command): Json {
  const { name, summary, description, examples, permission } = command
  const lines = examples.map(({ line, says }) => `- \`${line}\`: ${says}`).join("\n")
  return {
    operationId: name,
    tags: [tagOf(command)],
    summary,
    description: `${description ? `${description}\n\n` : ""}On the command line:\n${lines}`,
    "x-duck-permission": permission,
    parameters: Object.keys(parameters()).map((key) => ({ $ref: `#/components/parameters/${key}` })),
    requestBody: { required: false, content: json(schemaOf(command.input.strict(), "input")) },
    responses: {
      "200": {
        description: command.item
          ? "The result; as `text/event-stream`, events `progress` and `item`, then `result` or `error`."
          : "The result; as `text/event-stream`, events `progress`, then `result` or `error`.",
        ...(command.item ? { "x-duck-item": schemaOf(command.item, "output") } : {}),
        content: {
          ...json({
            type: "object",
            required: ["output", "exitCode"],
            properties: {
              output: schemaOf(command.output, "output"),
              rendered: { type: "string", description: "The output as text, when a format was asked for." },
              exitCode: { type: "integer", enum: [0, 1] },
              seen: { type: "object", additionalProperties: { type: "integer" } },
              ...(command.choice ? { choice: choiceSchema } : {}),
            },
          }),
          "text/event-stream": { schema: { type: "string" } },
        },
      },
      default: {
        description: "What went wrong.",
        content: json({
          type: "object",
          required: ["error"],
          properties: { error: { $ref: "#/components/schemas/Error" } },
        }),
      },
    },
  }
}

/** `Choice` of base/wire.ts. */
const choiceSchema: Json = {
  type: "object",
  description:
    "What the answer leaves open, for a person: whoever chooses runs the command again with `input` over its own.",
  required: ["question", "options"],
  properties: {
    question: { type: "string" },
    options: {
      type: "array",
      items: {
        type: "object",
        required: ["label", "input"],
        properties: { label: { type: "string" }, input: { type: "object" } },
      },
    },
  },
}

/** Schemas that schemas refer to (recursive ones), by what they say, each with its name among the components. */
const shared = new Map<string, { readonly name: string; readonly schema: Json }>()

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema, $defs = {}, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" })
  const names = new Map<string, string>()
  for (const [local, definition] of Object.entries($defs)) {
    const key = JSON.stringify(definition)
    const known = shared.get(key) ?? { name: `Shared${shared.size + 1}`, schema: definition as Json }
    shared.set(key, known)
    names.set(local, known.name)
  }
  if (names.size === 0) return rest
  // References are of the document they stand in: what was the schema's own is one of the components here.
  const moved = <T>(value: T): T =>
    JSON.parse(
      JSON.stringify(value).replaceAll(/"#\/\$defs\/([^"]+)"/g, (whole, local: string) =>
        names.has(local) ? `"#/components/schemas/${names.get(local)}"` : whole,
      ),
    ) as T
  for (const [key, { name, schema: definition }] of shared) shared.set(key, { name, schema: moved(definition) })
  return moved(rest)
}

const tagOf = (command: Command) => command.name.split(".")[0] ?? command.name
const json = (schema: Json) => ({ "application/json": { schema } })

function parameters(): Record<string, Json> {
  const header = (name: string, description: string, schema: Json) => ({ name, in: "header", description, schema })
  return {
    project: header(headers.project, "Percent-encoded absolute path of the folder to work in.", { type: "string" }),
    format: header(headers.format, "Adds `rendered` to the answer.", { enum: ["text", "table", "markdown", "json"] }),
    width: header(headers.width, "Columns to wrap at; 0: none.", { type: "integer", minimum: 0 }),
    color: header(headers.color, "Colours of the terminal.", { enum: ["0", "16", "256", "truecolor"] }),
    timeoutMs: header(headers.timeoutMs, "Most milliseconds; 0: no limit.", { type: "integer", minimum: 0 }),
    seen: header(headers.seen, "`seen` of an earlier answer, as JSON: read at least what was written then.", {
      type: "string",
    }),
  }
}

const errorSchema: Json = {
  type: "object",
  required: ["code", "message", "status"],
  properties: {
    code: { type: "string", description: "Stable; match on it." },
    message: { type: "string" },
    hint: { type: "string", description: "What to do next." },
    status: { type: "integer" },
    details: { type: "object" },
  },
}
const progressSchema: Json = {
  type: "object",
  required: ["phase"],
  properties: {
    phase: { type: "string" },
    done: { type: "number" },
    total: { type: "number" },
    message: { type: "string" },
  },
}
const healthSchema: Json = {
  type: "object",
  required: ["status", "version", "pid", "instance", "uptimeMs"],
  properties: {
    status: { enum: ["ok", "stopping"] },
    version: { type: "string" },
    pid: { type: "integer" },
    instance: { type: "string" },
    uptimeMs: { type: "number" },
  },
}
