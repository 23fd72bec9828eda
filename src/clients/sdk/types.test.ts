import { expectTypeOf, test } from "vitest"
import type { Client } from "./client.ts"
import type { CommandName, InputOf, OutputOf } from "./types.ts"

declare const client: Client

// What the compiler must know; nothing here is run. `tsc` checks it with the rest.
test("the client knows each command's input and output from the registry", () => {
  expectTypeOf<"search">().toExtend<CommandName>()
  expectTypeOf<"index.status">().toExtend<CommandName>()
  expectTypeOf<"nothing.such">().not.toExtend<CommandName>()
  expectTypeOf<InputOf<"search">>().toHaveProperty("query").toEqualTypeOf<string>()
  expectTypeOf<InputOf<"search">["limit"]>().toEqualTypeOf<number | undefined>()
  expectTypeOf<OutputOf<"search">["hits"][number]["path"]>().toEqualTypeOf<string>()
  expectTypeOf<OutputOf<"stop">["isStopping"]>().toEqualTypeOf<boolean>()
  expectTypeOf<OutputOf<"jobs.list">["jobs"][number]["state"]>().toEqualTypeOf<
    "queued" | "running" | "succeeded" | "dead" | "cancelled"
  >()
})

test("calls are typed by the name", () => {
  const calls = () => [
    client.call("search", { query: "x" }),
    client.call("status"),
    client.call("status", {}, { timeoutMs: 5 }),
    // @ts-expect-error: search needs a query
    client.call("search"),
    // @ts-expect-error: and it is a text
    client.call("search", { query: 1 }),
    // @ts-expect-error: there is no such field
    client.call("search", { query: "x", most: 1 }),
    // @ts-expect-error: there is no such command
    client.call("serach", { query: "x" }),
  ]
  expectTypeOf(calls).toBeFunction()
  const found = () => client.call("search", { query: "x" })
  expectTypeOf<Awaited<ReturnType<typeof found>>["hits"][number]["score"]>().toEqualTypeOf<number>()
  const ran = () => client.run("health")
  expectTypeOf<Awaited<ReturnType<typeof ran>>["exitCode"]>().toEqualTypeOf<number>()
  expectTypeOf<Awaited<ReturnType<typeof ran>>["output"]["isHealthy"]>().toEqualTypeOf<boolean>()
})
