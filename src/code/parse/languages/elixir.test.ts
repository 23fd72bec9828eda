import { expect, test } from "vitest"
import { parseFile } from "../parse-file.ts"
import { terse } from "./terse.testing.ts"

test("captures and pipes without brackets are calls, a field of a value is none", async () => {
  const { references } = await terse(
    "a.ex",
    `defmodule A do
  def run(order, list) do
    order.items |> tidy |> Enum.map(&price/1)
    Enum.each(list, &Money.value/1)
    order.reload()
    Repo.all
    :ets.new(:x, [])
  end
end
`,
  )
  expect(references).toEqual([
    "call tidy 3",
    "use Enum 3",
    "call Enum~map 3",
    "call price 3",
    "use Enum 4",
    "call Enum~each 4",
    "use Money 4",
    "call Money~value 4",
    "call order~reload 5",
    "use Repo 6",
    "call Repo~all 6",
    "call :ets~new 7",
  ])
})

test("what documents and specifies a function belongs to its chunk", async () => {
  const text = `defmodule A do
  @doc """
  Says one.
  """
  @spec one() :: 1
  @impl true
  def one, do: 1

  @doc "Says two."
  def two, do: 2
end
`
  const { symbols, chunks } = await parseFile("a.ex", text, { strategy: "semantic" })
  expect(symbols.map(({ name, doc }) => [name, doc])).toEqual([
    ["A", ""],
    ["one", "Says one."],
    ["two", "Says two."],
  ])
  expect(chunks.map(({ name, startLine, endLine }) => [name, startLine, endLine])).toEqual([
    ["A", 1, 1],
    ["one", 2, 8],
    ["two", 9, 11],
  ])
})

test("uses, behaviours and implementations are inheritance", async () => {
  const { references, imports } = await terse(
    "a.ex",
    `defmodule A do
  use GenServer, restart: :temporary
  @behaviour Shop.Countable
end

defimpl String.Chars, for: A do
  def to_string(_), do: "a"
end
`,
  )
  expect(references.filter((line) => line.startsWith("inherit"))).toEqual([
    "inherit GenServer 2",
    "inherit Shop.Countable 3",
    "inherit String.Chars 6",
  ])
  expect(imports).toEqual(["GenServer as GenServer"])
})

test("module attributes are constants and reading them uses them", async () => {
  const { definitions, references } = await terse(
    "a.ex",
    "defmodule A do\n  @limit 10\n  def full?(n), do: n >= @limit\nend\n",
  )
  expect(definitions).toEqual(["module A 1-4", "constant A > limit 2-2", "function A > full? 3-3"])
  expect(references).toEqual(["use limit 3"])
})

test("functions of the same name and another doc comment are definitions of their own", async () => {
  const { definitions } = await terse(
    "a.ex",
    `defmodule A do
  def f(0), do: 0
  def f(n), do: n

  @doc "With two."
  def f(a, b), do: a + b
end
`,
  )
  expect(definitions).toEqual(["module A 1-7", "function A > f 2-3", "function A > f 6-6"])
})

test("a module that breaks off keeps the functions before the break", async () => {
  const { definitions } = await terse(
    "a.ex",
    "defmodule A do\n  def one(x) do\n    x\n  end\n\n  def two(y) do\n    f(y\n",
  )
  expect(definitions.join()).toMatch(/function (A > )?one 2-4/)
})
