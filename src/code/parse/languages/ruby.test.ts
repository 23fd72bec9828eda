import { expect, test } from "vitest"
import { parseFile } from "../parse-file.ts"
import { terse } from "./terse.testing.ts"

test("methods are found in each way of writing them", async () => {
  const { definitions } = await terse(
    "a.rb",
    `class Foo::Bar < Base
  attr_reader :x, "y"
  Err = Class.new(StandardError)
  def self.make = new
  def []=(k, v); @h[k] = v; end
  alias old make
  define_method(:dynamic) { |x| x }
  define_method("computed_#{x}") { }
end
def helper(x) = x
`,
  )
  expect(definitions).toEqual([
    "class Foo > Bar 1-9",
    "property Foo > Bar > x 2-2",
    "property Foo > Bar > y 2-2",
    "constant Foo > Bar > Err 3-3",
    "method Foo > Bar > make 4-4",
    "method Foo > Bar > []= 5-5",
    "method Foo > Bar > old 6-6",
    "method Foo > Bar > dynamic 7-7",
    "function helper 10-10",
  ])
})

test("what is private by a line, by a word before it or by its class is not exported", async () => {
  const { symbols } = await parseFile(
    "a.rb",
    `class A
  def one; end
  private def two; end
  private attr_reader :three
  def four; end

  private

  def five; end

  public

  def six; end
end
`,
  )
  expect(symbols.filter(({ isExported }) => !isExported).map(({ name }) => name)).toEqual(["two", "three", "five"])
})

test("mixed in modules are inheritance, required files imports", async () => {
  const { references, imports } = await terse(
    "a.rb",
    'require "json"\nrequire_relative "shapes/circle"\nclass A < Base::Thing\n  include Comparable\n  prepend Log::Calls\nend\n',
  )
  expect(imports).toEqual(["json", "./shapes/circle"])
  expect(references).toEqual(["inherit Base~Thing 3", "inherit Comparable 4", "inherit Log~Calls 5"])
})

test("comments of lines and of blocks are doc comments", async () => {
  const { docs } = await terse("a.rb", "# One\n# line.\ndef one; end\n\n=begin\nTwo.\n=end\ndef two; end\n")
  expect(docs).toEqual({ one: "One\nline.", two: "Two." })
})

test("a file that breaks off keeps the methods before the break", async () => {
  const { definitions } = await terse("a.rb", "class A\n  def one\n    1\n  end\n\n  def two(\n")
  expect(definitions.join()).toContain("one 2-4")
})
