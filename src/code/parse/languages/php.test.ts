import { expect, test } from "vitest"
import { terse } from "./terse.testing.ts"

test("classes, their members and functions are found in each form of namespace", async () => {
  const { definitions } = await terse(
    "a.php",
    `<?php
namespace A\\B {
  abstract class Base {
    const ONE = 1, TWO = 2;
    public readonly string $a, $b;
    abstract public function go(int $x): ?Foo;
    public static function make(): static { return new static(); }
  }
}
namespace {
  interface I { const Z = 1; }
  function outer() {}
}
`,
  )
  expect(definitions).toEqual([
    "module A\\B 2-9",
    "class A\\B > Base 3-8",
    "constant A\\B > Base > ONE 4-4",
    "constant A\\B > Base > TWO 4-4",
    "property A\\B > Base > a 5-5",
    "property A\\B > Base > b 5-5",
    "method A\\B > Base > go 6-6",
    "method A\\B > Base > make 7-7",
    "interface I 11-11",
    "constant I > Z 11-11",
    "function outer 12-12",
  ])
})

test("calls have what stands before them; self, static and parent are no names of classes", async () => {
  const { references } = await terse(
    "a.php",
    `<?php
class A extends B {
  function run(Clock $clock): static {
    parent::run();
    $clock->tick(new \\X\\Y\\Zed(1), inner(...));
    return new static();
  }
}
`,
  )
  expect(references).toEqual([
    "inherit B 2",
    "type Clock 3",
    "call parent~run 4",
    "call $clock~tick 5",
    "call X\\Y~Zed 5",
    "call inner 5",
  ])
})

test("used names and included files are imports", async () => {
  const { imports } = await terse(
    "a.php",
    `<?php
use A\\B\\{C, D as E};
use function A\\f as g;
require_once __DIR__ . '/a.php';
include dirname(__FILE__) . "/b.php";
require 'c.php';
`,
  )
  expect(imports).toEqual(["A\\B\\C as C", "A\\B\\D as E", "A\\f as g", "./a.php", "./b.php", "c.php"])
})

test("a page with code between its marks, and one that breaks off, keep what can be read", async () => {
  const { definitions, references } = await terse(
    "a.phtml",
    "<b><?= helper($y) ?></b>\n<?php\nfunction one() {}\nclass Cut {\n  function two() {}\n  function three( {\n",
  )
  expect(references).toContain("call helper 1")
  expect(definitions).toContain("function one 3-3")
  expect(definitions.join()).toContain("two 5-5")
})
