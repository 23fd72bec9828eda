/**
 * What nodes of syntax trees do with values, by their type. The grammars agree on most names, so one table holds for all
 * languages whose code is looked through.
 */
export type Shape =
  | "call"
  | "member"
  | "index"
  | "name"
  | "text"
  | "constant"
  | "binary"
  | "choice"
  | "assign"
  | "function"
  | "pair"
  | "branch"
  | "regex"
  | "loose"
  | "skip"
  | "comment"
  | "return"
  | "special"

const typesOf: Readonly<Record<Exclude<Shape, "loose">, string>> = {
  call: `call_expression new_expression call method_invocation object_creation_expression invocation_expression
    function_call_expression member_call_expression nullsafe_member_call_expression scoped_call_expression macro_invocation`,
  member: `member_expression attribute selector_expression field_access field_expression member_access_expression
    nullsafe_member_access_expression scoped_property_access_expression class_constant_access_expression
    scoped_identifier qualified_identifier`,
  index: "subscript_expression subscript index_expression element_access_expression array_access element_reference",
  name: `identifier variable_name instance_variable global_variable class_variable shorthand_property_identifier
    shorthand_property_identifier_pattern this self constant implicit_parameter type_identifier`,
  text: `string template_string string_literal interpreted_string_literal raw_string_literal verbatim_string_literal
    encapsed_string heredoc nowdoc interpolated_string_expression concatenated_string char_literal character_literal
    heredoc_body chained_string`,
  constant: `number integer float true false null none nil undefined int_literal float_literal integer_literal
    real_literal boolean_literal null_literal number_literal decimal_integer_literal decimal_floating_point_literal
    hex_integer_literal boolean simple_symbol regex_flags property_identifier field_identifier hash_key_symbol`,
  binary: "binary_expression binary_operator binary boolean_operator",
  choice: "ternary_expression conditional_expression conditional",
  assign: `assignment_expression augmented_assignment_expression compound_assignment_expr assignment augmented_assignment
    operator_assignment short_var_declaration assignment_statement variable_declarator var_spec const_spec
    init_declarator let_declaration let_condition named_expression for_in_statement range_clause enhanced_for_statement
    for_range_loop for_in_clause resource const_item static_item for_statement foreach_statement for_expression`,
  function: `function_declaration function_expression arrow_function method_definition function_definition lambda
    func_literal method_declaration constructor_declaration lambda_expression function_item closure_expression
    anonymous_function anonymous_function_creation_expression method singleton_method block do_block
    local_function_statement generator_function_declaration generator_function anonymous_method_expression`,
  pair: `pair keyword_argument keyed_element field_initializer array_element_initializer jsx_attribute
    initializer_pair`,
  branch: `if_statement if unless while_statement while switch_statement switch_expression match_expression case
    if_expression try_statement elif_clause else_clause when_statement expression_switch_statement guard_statement
    do_statement if_modifier unless_modifier`,
  regex: "regex",
  return: "return_statement return return_expression",
  comment: "comment line_comment block_comment html_comment",
  special:
    "echo_statement print_intrinsic include_expression include_once_expression require_expression " +
    "require_once_expression shell_command_expression subshell exit_statement",
  skip: `import_statement import_declaration import_from_statement use_declaration package_clause type_annotation
    type_arguments type_parameters interface_declaration type_alias_declaration preproc_include property_signature
    namespace_use_declaration using_directive attribute_item`,
}

const byType = new Map(
  Object.entries(typesOf).flatMap(([shape, types]) =>
    types.split(/\s+/).map((type) => [type, shape as Shape] as const),
  ),
)

const compiled = new WeakMap<readonly string[], readonly Shape[]>()

/** Shapes by type id of a grammar. */
export function shapesOf(types: readonly string[]): readonly Shape[] {
  let shapes = compiled.get(types)
  if (!shapes) {
    shapes = types.map((type) => byType.get(type) ?? "loose")
    compiled.set(types, shapes)
  }
  return shapes
}

/** By which fields the parts of a node are known, in the order in which they are tried. */
export const fields = {
  callee: ["function", "constructor", "macro", "type"],
  /** Where the callee is an object and a name, apart. */
  receiver: ["object", "receiver", "scope"],
  method: ["name", "method"],
  object: ["object", "operand", "value", "argument", "expression", "path", "scope", "array"],
  member: ["property", "attribute", "field", "name"],
  left: ["left", "name", "declarator", "pattern"],
  right: ["right", "value"],
  key: ["key", "name", "field", "designator"],
  value: ["value"],
  parameters: ["parameters", "parameter", "declarator"],
} as const

/** Parts of a parameter or a pattern that bind no name. */
export const unbound = new Set([
  "type",
  "type_annotation",
  "modifiers",
  "attribute_list",
  "decorator",
  "accessibility_modifier",
  "mutable_specifier",
  "property_identifier",
  "type_identifier",
  "primitive_type",
])
